import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The contents of all files below a folder, by their path from there. */
export function filesIn(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, encoding: "utf8" });
  const files = entries.filter((entry) => statSync(join(root, entry)).isFile()).sort();
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
}
