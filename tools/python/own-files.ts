import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { readRecord } from "../../constructs/libraries/library-index";
import { listFiles, type WalkOptions } from "../../constructs/source/source-files";

/** The folders with the functions' code: those of a project that have a Python file at their first level. */
export function sourceFolders(project: string): string[] {
  const folders = readdirSync(project, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const hasPython = (folder: string) => readdirSync(join(project, folder)).some((name) => name.endsWith(".py"));
  return folders.map(({ name }) => name).filter(hasPython);
}

/**
 * The files of a function's source, relative to its folder, without those of packages that pip has installed beside them
 * (`pip install --target`).
 */
export function listOwnFiles(source: string, options?: WalkOptions): string[] {
  const files = listFiles(source, options);
  const records = files.filter((file) => /\.dist-info\/RECORD$/.test(file));
  const installed = new Set(records.flatMap((record) => listInstalled(source, record)));
  return files.filter((file) => !installed.has(file) && !/\.dist-info\//.test(file));
}

function listInstalled(source: string, record: string): string[] {
  const target = posix.join(record, "../..");
  return readRecord(readFileSync(join(source, record), "utf8")).map(({ path }) => posix.join(target, path));
}
