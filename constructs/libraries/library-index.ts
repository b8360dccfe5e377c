import { createHash } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { deflateRawSync } from "node:zlib";
import { executables, type PackageFile, packageFiles, readSourceFile, walkSource } from "../source/source-files";

/** A file of an installed package. */
export interface LibraryFile {
  /** Relative to the folder of the packages. */
  readonly path: string;
  readonly bytes: number;
  /** In Deflate's format. */
  readonly zippedBytes: number;
  readonly isExecutable: boolean;
  /** The name of its package, where its package lists it. */
  readonly library?: string;
}

/** The installed packages that a function's package contains. */
export interface LibraryIndex {
  readonly libraries: readonly { readonly name: string; readonly version: string }[];
  /** Sorted by their paths. */
  readonly files: readonly LibraryFile[];
  /** Of all files with their paths and modes. */
  readonly digest: string;
}

/**
 * The files that pip writes differently on each machine: scripts with the path of a Python, and notes about the installation.
 * Badly made packages also have a `requirements.txt`, which would replace the source's own.
 */
const LEFT_OUT =
  /^bin\/|^requirements\.txt$|(^|\/)__pycache__\/|^[^/]+\.dist-info\/(INSTALLER|REQUESTED|direct_url\.json)$/;

/** A line of a `RECORD`, which is CSV: https://packaging.python.org/en/latest/specifications/recording-installed-packages/ */
const RECORD_LINE = /^(?:"((?:[^"]|"")*)"|([^,]*))(,.*)$/;

/**
 * Reads the lines of a `RECORD`, each with the path of a file beside the packages: with --target, pip moves the files for
 * folders above the packages to places beside them.
 */
export function readRecord(text: string): { readonly path: string; readonly line: string }[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [found, quoted, bare = "", rest = ""] = RECORD_LINE.exec(line) ?? [];
    if (!found) return [];
    const path = (quoted?.replaceAll('""', '"') ?? bare).replace(/^(\.\.\/)+/, "");
    const field = quoted === undefined ? path : `"${path.replaceAll('"', '""')}"`;
    return [{ path, line: `${field}${rest}` }];
  });
}

/** Lists the files that pip has installed in a folder, and gives their modes and lists the values of every machine. */
export function indexLibraries(folder: string): LibraryIndex {
  const found = packageFiles(walkSource(folder, { isLeftOut: () => false })).filter(({ path }) => !LEFT_OUT.test(path));
  const paths = new Set(found.map(({ path }) => path));
  const records = [...paths].filter((path) => /^[^/]+\.dist-info\/RECORD$/.test(path));
  const libraries = records.map((record) => {
    const [, version = ""] = basename(dirname(record), ".dist-info").split("-");
    const metadata = readSourceFile(folder, posix.join(dirname(record), "METADATA")).toString();
    const name = /^Name: *(\S+)/m.exec(metadata)?.[1] ?? record;
    return { name, version, files: rewriteRecord(folder, record, paths) };
  });
  const libraryOf = new Map(libraries.flatMap(({ name, files }) => files.map((file) => [file, name])));
  const executable = executables(found);
  const hash = createHash("sha256");
  const files = found.map(({ path }: PackageFile): LibraryFile => {
    const content = readSourceFile(folder, path);
    // A library that is loaded needs no permission to be run.
    const isExecutable = executable.has(path) && !/\.so(\.[\d.]+)?$/.test(path);
    chmodSync(join(folder, path), isExecutable ? 0o755 : 0o644);
    hash.update(`${path}\0${isExecutable}\0${content.length}\0`).update(content);
    const zippedBytes = deflateRawSync(content).length;
    return { path, bytes: content.length, zippedBytes, isExecutable, library: libraryOf.get(path) };
  });
  return { libraries: libraries.map(({ name, version }) => ({ name, version })), files, digest: hash.digest("hex") };
}

/** Keeps the lines of the files in the function's package, and sorts them. Returns the files. */
function rewriteRecord(folder: string, record: string, paths: ReadonlySet<string>): string[] {
  const listed = readRecord(readSourceFile(folder, record).toString()).filter(({ path }) => paths.has(path));
  const sorted = listed.map(({ line }) => `${line}\n`).sort();
  writeFileSync(join(folder, record), sorted.join(""));
  return listed.map(({ path }) => path);
}
