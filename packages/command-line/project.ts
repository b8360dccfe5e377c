import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The project's folder: the nearest one with a cdktf.json, from the working folder upwards; else the working folder. */
export const PROJECT_FOLDER = findProjectFolder(process.cwd()) ?? process.cwd();

function findProjectFolder(folder: string): string | undefined {
  if (existsSync(join(folder, "cdktf.json"))) return folder;
  return dirname(folder) === folder ? undefined : findProjectFolder(dirname(folder));
}

/** Writes a generated file, by its path in the project, and prints whether the text changed. */
export function writeGenerated(path: string, text: string): void {
  const file = join(PROJECT_FOLDER, path);
  const isUpToDate = existsSync(file) && readFileSync(file, "utf8") === text;
  if (!isUpToDate) writeFileSync(file, text);
  console.log(`${path} is ${isUpToDate ? "up to date" : "updated"}`);
}
