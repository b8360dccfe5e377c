import { delimiter, join } from "node:path";
import { findPython } from "@local/aws-on-this-machine/emulator/python";
import { installRequirements, showToEditors } from "@local/aws-on-this-machine/function/sandbox/requirements";
import { run } from "@local/command-line/process/child-process";
import { runCommand } from "@local/command-line/process/run-command";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { findOtherPythons, type Python } from "./other-pythons";

const SOURCE = join(PROJECT_FOLDER, "lambda-src");
const TESTS = join(PROJECT_FOLDER, "__tests__", "lambda");

/**
 * Runs the function's tests with a suitable Python and, unless `ONE_PYTHON` is set, with the oldest and the newest on
 * this machine. Skips them with a message if there is no Python; with `E2E=required`, that is an error.
 */
async function main(args: string[]): Promise<number> {
  const python = await step("Python", (current) => findPython(current.setNote)).catch((error: unknown) => {
    if (!(error instanceof UserError) || process.env.E2E === "required") throw error;
    console.error(`The function's tests are skipped: ${error.message}`);
  });
  if (!python) return 0;
  const libraries = await installRequirements(python, SOURCE);
  if (libraries) await showToEditors(python, SOURCE, libraries);
  const packages = await findPackages(python);
  const others = process.env.ONE_PYTHON ? [] : await findOtherPythons(python);
  const results = await Promise.all([
    pytest(python, args, pathOf(libraries)),
    ...others.map((other) => testOn(other, packages, args)),
  ]);
  for (const { title, output } of results) console.log(`${title}\n${output.trim()}`);
  return results.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
}

function pathOf(...folders: readonly (string | undefined)[]): NodeJS.ProcessEnv {
  const found = folders.filter((folder) => folder !== undefined);
  return found.length > 0 ? { PYTHONPATH: found.join(delimiter) } : {};
}

async function pytest(python: string, args: string[], env: NodeJS.ProcessEnv = {}, name = python) {
  const command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", ...args, TESTS];
  const { exitCode, stdout, stderr } = await run(python, command, {
    // Other installed plugins could change the tests, or write files.
    env: { ...process.env, PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1", PYTHONDONTWRITEBYTECODE: "1", ...env },
    cwd: PROJECT_FOLDER,
  });
  return { title: `The function, with ${name}:`, exitCode, output: stdout + stderr };
}

/** Other Pythons use the packages of the first. Without support for these, they run a test without libraries. */
async function testOn({ executable, version }: Python, packages: string, args: string[]) {
  const libraries = await installRequirements(executable, SOURCE).catch((error: Error) => error);
  if (libraries instanceof Error) {
    return { title: `The function is not tested with Python ${version}:`, exitCode: 0, output: libraries.message };
  }
  const env = { ...pathOf(libraries, packages), PYTHONDONTWRITEBYTECODE: "1" };
  const script = "import botocore.session, hypothesis, pytest";
  const { exitCode } = await run(executable, ["-c", script], { env: { ...process.env, ...env } });
  if (exitCode === 0) return pytest(executable, args, env, `Python ${version}`);
  const check = await run(executable, [join(TESTS, "check_without_libraries.py")], {
    env: { ...process.env, ...pathOf(libraries) },
  });
  return {
    title: `The function, with Python ${version}, without botocore and pytest:`,
    exitCode: check.exitCode,
    output: check.exitCode === 0 ? "passed" : check.stdout + check.stderr,
  };
}

async function findPackages(python: string): Promise<string> {
  const script = [
    "import os, botocore, hypothesis, pytest",
    "folders = {os.path.dirname(os.path.dirname(m.__file__)) for m in (botocore, hypothesis, pytest)}",
    "print(os.pathsep.join(sorted(folders)))",
  ].join("\n");
  const { exitCode, stdout, stderr } = await run(python, ["-c", script]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.trim();
}

runCommand(main);
