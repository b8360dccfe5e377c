import { cpSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PARTS = [
  "commands/cli/run.mjs",
  "commands/cli/launcher",
  "commands/tsconfig.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "package.json",
];

/** Makes a project with the real launcher and compiler options, and as yet without sources. Returns its folder. */
export function makeLauncherProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "launcher-"));
  for (const path of PARTS) cpSync(path, join(folder, path), { recursive: true });
  for (const name of ["settings", "stacks", "constructs", "tools"]) mkdirSync(join(folder, name));
  return folder;
}
