import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { listOwnFiles, sourceFolders } from "../../../tools/python/own-files";

const FOLDERS = ["settings", "stacks", "constructs", "commands", "packages", "tools", "docs", ".github", "__tests__"];
/** Folders that commands generate, or that tools/bench/synth installs. */
const OTHERS = /node_modules|__pycache__|template-/;
const MAX_LINES = 300;
const MAX_FILES = 12;

/** All folders, with the paths of the files at their own level. */
function readFolders(folder: string): [folder: string, files: string[]][] {
  const paths = readdirSync(folder)
    .filter((name) => !OTHERS.test(name))
    .map((name) => join(folder, name));
  const isFolder = (path: string) => statSync(path).isDirectory();
  return [[folder, paths.filter((path) => !isFolder(path))], ...paths.filter(isFolder).flatMap(readFolders)];
}

/** The function's folders, without packages that are installed in them. */
function readSource(source: string): [folder: string, files: string[]][] {
  const paths = listOwnFiles(source).map((file) => join(source, file));
  return [...new Set(paths.map(dirname))].map((folder) => [folder, paths.filter((path) => dirname(path) === folder)]);
}

const folders = [...FOLDERS.flatMap(readFolders), ...sourceFolders(".").flatMap(readSource)];

test("a folder has a dozen files at one level at most", () => {
  const full = folders.filter(([, files]) => files.length > MAX_FILES);
  expect(full.map(([folder, { length }]) => [folder, length])).toEqual([]);
});

test("a source file has 300 lines at most", () => {
  const paths = folders.filter(([folder]) => !folder.includes("__tests__")).flatMap(([, files]) => files);
  const sources = [...readdirSync("."), ...paths].filter((path) => /\.(ts|js|mjs|py|css|html)$/.test(path));
  const lines = sources.map((path): [string, number] => [path, readFileSync(path, "utf8").split("\n").length - 1]);
  expect(lines.length).toBeGreaterThan(80);
  expect(lines.filter(([, count]) => count > MAX_LINES)).toEqual([]);
});
