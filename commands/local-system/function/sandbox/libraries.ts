import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../cli/child-process";
import { PROJECT_FOLDER } from "../../../cli/project";
import { UserError } from "../../../cli/user-error";
import { localEnvironment } from "../../../emulator/environment";

/**
 * Makes a folder within another, with the libraries that Lambda gives to a function: links to Python's own boto3, and to
 * all that boto3 requires. Throws a UserError if Python does not find them.
 */
export async function linkLibraries(python: string, parent: string): Promise<string> {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "libraries-"));
  const script = join(PROJECT_FOLDER, "commands", "local-system", "function", "sandbox", "link_libraries.py");
  const { exitCode, stderr } = await run(python, ["-B", script, folder], { env: localEnvironment() });
  if (exitCode === 0) return folder;
  throw new UserError(`${python} cannot find boto3 and what it requires: ${stderr.trim().split("\n").at(-1)}`);
}
