import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../constructs/lambda-source";

/** The contents of all files below a folder, by their path from there; Python's bytecode is left out. */
export function filesIn(root: string): Record<string, string> {
  const files = listFiles(root).filter((file) => !file.includes("__pycache__"));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
}
