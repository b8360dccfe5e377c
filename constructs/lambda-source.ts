import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** The paths of all files below a folder, relative to it and sorted. */
export function listFiles(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.filter((entry) => statSync(join(folder, entry)).isFile()).sort();
}
