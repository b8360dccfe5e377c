import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The project's folder: the nearest parent with a cdktf.json, because this file also runs from `dist`. */
export const PROJECT_FOLDER = findProjectFolder(__dirname);

function findProjectFolder(folder: string): string {
  return existsSync(join(folder, "cdktf.json")) ? folder : findProjectFolder(dirname(folder));
}

/** Writes a generated file, by its path in the project, and prints whether the text changed. */
export function writeGenerated(path: string, text: string): void {
  const file = join(PROJECT_FOLDER, path);
  const isUpToDate = existsSync(file) && readFileSync(file, "utf8") === text;
  if (!isUpToDate) writeFileSync(file, text);
  console.log(`${path} is ${isUpToDate ? "up to date" : "updated"}`);
}
