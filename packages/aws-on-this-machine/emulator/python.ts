import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isOffline } from "@local/command-line/options";
import { run } from "@local/command-line/process/child-process";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { FETCHING, localEnvironment, PIP } from "@local/terraform/environment";

const REQUIREMENTS = "requirements-dev.txt";
const PACKAGES = ["boto3", "flask", "hypothesis", "moto", "pytest"];
const VENV = join(PROJECT_FOLDER, ".venv");

interface Python {
  /** The path of the Python itself, not of a version manager's shim. */
  readonly executable: string;
  readonly version: string;
  /** The packages of requirements-dev.txt that it lacks. */
  readonly lacks: readonly string[];
}

/**
 * Finds a Python with the packages of requirements-dev.txt: python3 on the PATH, else the one in `.venv`, which is made if
 * necessary. Throws a UserError if that fails or there is no Python.
 *
 * @param note called with the progress of an installation, and with the chosen Python and the reason
 * @param venv the folder of the virtual environment
 */
export async function findPython(note: (text: string) => void = () => {}, venv = VENV): Promise<string> {
  const own = await inspect("python3");
  if (own?.lacks.length === 0) {
    note(`${own.executable} ${own.version}, which has the packages of ${REQUIREMENTS}`);
    return own.executable;
  }
  const because = own
    ? `${own.executable} ${own.version} lacks ${own.lacks.join(", ")}`
    : "no working python3 is on the PATH";
  const python = join(venv, "bin", "python");
  const made = existsSync(makerFile(venv)) ? undefined : await inspect(python);
  if (made?.lacks.length !== 0) {
    if (isOffline()) throw new UserError(`--offline forbids to install ${REQUIREMENTS} into .venv, and ${because}.`);
    if (!made && (!own || isOld(own))) throw new UserError(`Install Python 3.10 or later; ${because}.`);
    await makeVenv(venv, made !== undefined, note);
  }
  note(`${python}, because ${because}`);
  return python;
}

function isOld({ version }: Python): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 3 || (major === 3 && minor < 10);
}

/**
 * The file with the id of the process that makes a virtual environment. Without it, an interrupted one would look complete.
 */
const makerFile = (venv: string) => join(venv, "made-by");

async function makeVenv(venv: string, runs: boolean, note: (text: string) => void): Promise<void> {
  const maker = makerFile(venv);
  if (!runs) {
    refuseWhileMade(maker);
    note("making .venv");
    rmSync(venv, { recursive: true, force: true });
    mkdirSync(venv);
    writeFileSync(maker, String(process.pid));
    await install("python3", ["-m", "venv", "--system-site-packages", venv]);
  }
  const quiet = ["--disable-pip-version-check", "--progress-bar", "off"];
  const pip = ["-m", "pip", "install", ...quiet, "-r", join(__dirname, "..", REQUIREMENTS)];
  await install(join(venv, "bin", "python"), pip, (line) => {
    const [, collected] = /^Collecting (\S+)/.exec(line) ?? [];
    if (collected) note(`collecting ${collected} for .venv`);
    else if (line.startsWith("Installing ")) note("installing what was collected into .venv");
  });
  rmSync(maker, { force: true });
}

function refuseWhileMade(maker: string): void {
  const pid = existsSync(maker) ? Number(readFileSync(maker, "utf8")) : 0;
  try {
    // Signal 0 only tests whether the process exists.
    if (!pid || pid === process.pid || !process.kill(pid, 0)) return;
  } catch {
    return;
  }
  throw new UserError(`Process ${pid} is making .venv; wait for its end, or delete .venv if it does something else.`);
}

async function install(command: string, args: string[], onLine?: (line: string) => void): Promise<void> {
  const env = localEnvironment(FETCHING, PIP);
  const { exitCode, stdout, stderr } = await run(command, args, { env, ...(onLine ? { onLine } : {}) });
  if (exitCode === 0) return;
  const reason = explain(`${stdout}\n${stderr}`.trim()) || `${command} ended with ${exitCode}`;
  throw new UserError(`The packages of ${REQUIREMENTS} cannot be installed into .venv: ${reason}`);
}

function explain(output: string): string | undefined {
  // Debian has venv in a package of its own, and says so in a paragraph.
  const missing = /\bapt install \S+/.exec(output)?.[0];
  if (missing) return `run \`${missing}\``;
  // Without a connection, pip ends with an error about versions.
  const [, broken] = /connection broken by .*\[Errno -?\d+\] ([^']+)'/.exec(output) ?? [];
  return broken ? `pip reaches no package index: ${broken}` : output.split("\n").at(-1);
}

/** Returns undefined if the Python does not run. */
async function inspect(python: string): Promise<Python | undefined> {
  const script = [
    "import json, platform, sys",
    "from importlib.metadata import PackageNotFoundError, version",
    "from importlib.util import find_spec",
    "def lacks(name):",
    "    try:",
    // pip writes the metadata for `version` last, so that a half-copied package has none.
    "        found = find_spec(name) and version(name)",
    // emulator.py patches moto's internals, which are different in older versions.
    '        return not found or name == "moto" and tuple(map(int, found.split(".")[:2])) < (5, 2)',
    "    except PackageNotFoundError:",
    "        return True",
    "names = list(filter(lacks, sys.argv[1:]))",
    'print(json.dumps({"executable": sys.executable, "version": platform.python_version(), "lacks": names}))',
  ].join("\n");
  try {
    const { stdout } = await run(python, ["-c", script, ...PACKAGES], { env: localEnvironment() });
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}
