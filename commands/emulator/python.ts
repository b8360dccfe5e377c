import { join } from "node:path";
import { run } from "../cli/child-process";
import { PROJECT_FOLDER } from "../cli/project";
import { UserError } from "../cli/user-error";

const MODULES = ["boto3", "flask", "hypothesis", "moto", "pytest"];
const VENV = join(PROJECT_FOLDER, ".venv");
const VENV_PYTHON = join(VENV, "bin", "python");

/**
 * Finds a Python with the packages of requirements-dev.txt: python3 on the PATH, else the one in `.venv`. Makes that
 * if necessary, and first calls `onInstall`. Throws a UserError if it fails or there is no Python.
 */
export async function findPython(onInstall: (message: string) => void = () => {}): Promise<string> {
  const found = (await findModules("python3")) ?? (await findModules(VENV_PYTHON).catch(() => undefined));
  if (found) return found;

  onInstall("Installing requirements-dev.txt into .venv");
  await install("python3", "-m", "venv", "--system-site-packages", VENV);
  await install(VENV_PYTHON, "-m", "pip", "install", "--quiet", "-r", join(PROJECT_FOLDER, "requirements-dev.txt"));
  return VENV_PYTHON;
}

async function install(command: string, ...args: string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await run(command, args);
  if (exitCode === 0) return;
  const reason = (stderr || stdout).trim().split("\n").at(-1) || `${command} ended with ${exitCode}`;
  throw new UserError(`Python packages of requirements-dev.txt cannot be installed into .venv: ${reason}`);
}

/** The path of the Python itself, not of a version manager's shim; nothing if it lacks a module. */
async function findModules(python: string): Promise<string | undefined> {
  const script = [
    "import sys",
    "from importlib.util import find_spec",
    "from importlib.metadata import version",
    "complete = all(map(find_spec, sys.argv[1:]))",
    // emulator.py patches moto's internals, which are different in older versions.
    'complete = complete and tuple(map(int, version("moto").split(".")[:2])) >= (5, 2)',
    "print(sys.executable if complete else '')",
  ].join("\n");
  const { exitCode, stdout } = await run(python, ["-c", script, ...MODULES]);
  return exitCode === 0 && stdout.trim() ? stdout.trim() : undefined;
}
