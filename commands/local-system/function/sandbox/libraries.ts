import { join } from "node:path";
import { run } from "../../../cli/child-process";
import { PROJECT_FOLDER } from "../../../cli/project";
import { UserError } from "../../../cli/user-error";

/** Makes a folder with the libraries that Lambda gives to a function: links to Python's own boto3, and what that requires. */
export async function linkLibraries(python: string, folder: string): Promise<string> {
  const script = join(PROJECT_FOLDER, "commands", "local-system", "function", "sandbox", "link_libraries.py");
  const { exitCode, stderr } = await run(python, [script, folder]);
  if (exitCode === 0) return folder;
  throw new UserError(`${python} cannot find what boto3 requires: ${stderr.trim().split("\n").at(-1)}`);
}
