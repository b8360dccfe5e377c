import { join } from "node:path";
import { run } from "../cli/child-process";
import { PROJECT_FOLDER } from "../cli/project";
import { UserError } from "../cli/user-error";

const MODULES = ["boto3", "flask", "hypothesis", "moto", "pytest"];
const VENV = join(PROJECT_FOLDER, ".venv");
const VENV_PYTHON = join(VENV, "bin", "python");

/**
 * Finds a Python that has what requirements-dev.txt names: the machine's own, else one in `.venv`, which is made where
 * it is missing.
 *
 * @param onInstall called before packages are installed, which takes a while
 * @throws UserError where there is no Python, or the packages cannot be installed
 */
export async function findPython(onInstall: (message: string) => void = () => {}): Promise<string> {
  const found = (await findModules("python3")) ?? (await findModules(VENV_PYTHON).catch(() => undefined));
  if (found) return found;

  onInstall("Installing requirements-dev.txt into .venv");
  for (const [command, ...args] of [
    ["python3", "-m", "venv", "--system-site-packages", VENV],
    [VENV_PYTHON, "-m", "pip", "install", "--quiet", "-r", join(PROJECT_FOLDER, "requirements-dev.txt")],
  ] as [string, ...string[]][]) {
    const { exitCode, stdout, stderr } = await run(command, args);
    if (exitCode !== 0) {
      const reason = (stderr || stdout).trim().split("\n").at(-1) || `${command} ended with ${exitCode}`;
      throw new UserError(`Python packages of requirements-dev.txt cannot be installed into .venv: ${reason}`);
    }
  }
  return VENV_PYTHON;
}

/** The Python itself, without what stands before it to choose a version; nothing where it lacks a module. */
async function findModules(python: string): Promise<string | undefined> {
  const script = [
    "import sys",
    "from importlib.util import find_spec",
    "from importlib.metadata import version",
    "complete = all(map(find_spec, sys.argv[1:]))",
    // An older moto has other internals than those that emulator.py completes.
    'complete = complete and tuple(map(int, version("moto").split(".")[:2])) >= (5, 2)',
    "print(sys.executable if complete else '')",
  ].join("\n");
  const { exitCode, stdout } = await run(python, ["-c", script, ...MODULES]);
  return exitCode === 0 && stdout.trim() ? stdout.trim() : undefined;
}
