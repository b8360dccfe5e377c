import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** The contents of all files below a folder, by their path from there; Python's bytecode is left out. */
export function filesIn(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.path, entry.name)).filter((path) => !path.includes("__pycache__"));
  return Object.fromEntries(paths.sort().map((path) => [relative(root, path), readFileSync(path, "utf8")]));
}
