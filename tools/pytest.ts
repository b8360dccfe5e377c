import { join } from "node:path";
import { run } from "../commands/cli/child-process";
import { PROJECT_FOLDER } from "../commands/cli/project";
import { runCommand } from "../commands/cli/run-command";
import { UserError } from "../commands/cli/user-error";
import { findPython } from "../commands/emulator/python";
import { findOtherPythons, type Python } from "./other-pythons";

const TESTS = join(PROJECT_FOLDER, "__tests__", "lambda");

/**
 * Runs the function's tests with a Python that has what they need, and with the oldest and the newest that are found.
 * Where there is none they are skipped with a line; with `E2E=required` that is a failure.
 */
async function main(args: string[]): Promise<number> {
  try {
    return await runTests(args);
  } catch (error) {
    if (!(error instanceof UserError) || process.env.E2E === "required") throw error;
    console.error(`The function's tests are skipped: ${error.message}`);
    return 0;
  }
}

async function runTests(args: string[]): Promise<number> {
  const python = await findPython(console.log);
  const packages = await findPackages(python);
  const others = await findOtherPythons(python);
  const runs = [pytest(python, args), ...others.map((other) => testOn(other, packages, args))];
  const results = await Promise.all(runs);
  for (const { title, output } of results) console.log(`${title}\n${output.trim()}`);
  return results.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
}

interface TestRun {
  readonly title: string;
  readonly exitCode: number;
  readonly output: string;
}

async function pytest(python: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<TestRun> {
  const { exitCode, stdout, stderr } = await run(
    python,
    ["-m", "pytest", "-q", "-p", "no:cacheprovider", ...args, TESTS],
    {
      // Plugins that happen to be installed could change the tests, or write files of theirs.
      env: { ...process.env, PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1", PYTHONDONTWRITEBYTECODE: "1", ...env },
      cwd: PROJECT_FOLDER,
    },
  );
  return { title: `The function, with ${python}:`, exitCode, output: stdout + stderr };
}

/** Other versions have no packages of their own; those that support them run the tests with the first one's. */
async function testOn({ executable, version }: Python, packages: string, args: string[]): Promise<TestRun> {
  const env = { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" };
  const script = "import botocore.session, hypothesis, pytest";
  const { exitCode } = await run(executable, ["-c", script], { env: { ...process.env, ...env } });
  if (exitCode === 0)
    return { ...(await pytest(executable, args, env)), title: `The function, with Python ${version}:` };
  const check = await run(executable, [join(TESTS, "check_without_libraries.py")]);
  return {
    title: `The function, with Python ${version}, for which botocore and pytest are not there:`,
    exitCode: check.exitCode,
    output: check.exitCode === 0 ? "passed" : check.stdout + check.stderr,
  };
}

/** The folders that hold the packages of requirements-dev.txt, as `PYTHONPATH` has them. */
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
