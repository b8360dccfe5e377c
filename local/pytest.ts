import { join } from "node:path";
import { startChild } from "./child-process";
import { PROJECT_FOLDER } from "./project";
import { findPython } from "./python";
import { UserError } from "./user-error";

/**
 * Runs the function's tests with a Python that has what they need. Where there is none they are skipped with a line;
 * with `E2E=required` that is a failure.
 */
async function main(args: string[]): Promise<void> {
  const python = await findPython(console.log);
  const tests = join(PROJECT_FOLDER, "__tests__", "lambda");
  const child = startChild(python, ["-m", "pytest", "-q", "-p", "no:cacheprovider", ...args, tests], {
    stdio: "inherit",
    // Plugins that happen to be installed could change the tests, or write files of theirs.
    env: { ...process.env, PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1", PYTHONDONTWRITEBYTECODE: "1" },
  });
  child.once("close", (code) => {
    process.exitCode = code ?? 1;
  });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof UserError)) throw error;
  const isRequired = process.env.E2E === "required";
  console.error(isRequired ? `Error: ${error.message}` : `The function's tests are skipped: ${error.message}`);
  process.exitCode = isRequired ? 1 : 0;
});
