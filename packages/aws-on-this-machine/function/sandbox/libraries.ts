import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { run } from "@local/command-line/process/child-process";
import { UserError } from "@local/command-line/user-error";
import { localEnvironment } from "@local/terraform/environment";

/**
 * Makes a subfolder with the libraries that Lambda gives to a function: links to Python's own boto3 and to its requirements.
 * Throws a UserError if Python does not find them.
 */
export async function linkLibraries(python: string, parent: string): Promise<string> {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "libraries-"));
  const script = join(__dirname, "link_libraries.py");
  const { exitCode, stderr } = await run(python, ["-B", script, folder], { env: localEnvironment() });
  if (exitCode === 0) return folder;
  throw new UserError(`${python} cannot find boto3 and what it requires: ${stderr.trim().split("\n").at(-1)}`);
}
