import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isOffline } from "@local/command-line/options";
import { run } from "@local/command-line/process/child-process";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { FETCHING, localEnvironment, PIP } from "@local/terraform/environment";

const REQUIREMENTS = "requirements.txt";
const CACHE = join(PROJECT_FOLDER, "node_modules", ".cache", "local-libraries");

/**
 * Installs for this machine's Python what the `requirements.txt` in the first folder with one names, once for each text.
 * Returns the folder of the packages, or `undefined` if no folder has the file. Throws a UserError if pip fails.
 */
export async function installRequirements(python: string, ...folders: readonly string[]): Promise<string | undefined> {
  const file = folders.map((folder) => join(folder, REQUIREMENTS)).find((path) => existsSync(path));
  if (!file) return undefined;
  const script = "import platform, sys; print(sys.implementation.cache_tag, platform.platform())";
  const { stdout: platform } = await run(python, ["-c", script], { env: localEnvironment() });
  const key = createHash("sha256").update(platform).update(readFileSync(file)).digest("hex").slice(0, 32);
  const kept = join(CACHE, key);
  if (!existsSync(kept)) await install(python, file, kept);
  return kept;
}

async function install(python: string, file: string, kept: string): Promise<void> {
  if (isOffline())
    throw new UserError(`--offline forbids to install the packages of ${REQUIREMENTS}; leave it out once.`);
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, "unfinished-"));
  try {
    const args = ["--target", unfinished, "--requirement", file, "--only-binary=:all:", "--no-user"];
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-script-location"];
    const env = { ...localEnvironment(FETCHING, PIP), PIP_REQUIRE_VIRTUALENV: "0" };
    const { exitCode, stdout, stderr } = await run(python, ["-m", "pip", "install", ...args, ...quiet], { env });
    if (exitCode !== 0) throw new UserError(describe(python, `${stdout}\n${stderr}`));
    renameSync(unfinished, kept);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another process may have been first.
    if (!existsSync(kept)) throw error;
  }
}

function describe(python: string, output: string): string {
  const lines = output.split("\n").filter((line) => line.trim());
  const [, broken] = /connection broken by .*\[Errno -?\d+\] ([^']+)'/.exec(output) ?? [];
  const error = lines.find((line) => line.startsWith("ERROR: "))?.replace("ERROR: ", "") ?? lines.at(-1);
  const reason = broken ? `pip reaches no package index: ${broken}` : error;
  return `The packages of ${REQUIREMENTS} cannot be installed for ${python}: ${reason}`;
}

/**
 * Makes a virtual environment `.venv` beside a function's code, in which editors find the packages. An environment of the
 * user's own stays as it is.
 */
export async function showToEditors(python: string, source: string, packages: string): Promise<void> {
  const venv = join(source, ".venv");
  if (!existsSync(venv)) {
    await run(python, ["-m", "venv", "--without-pip", "--system-site-packages", venv], { env: localEnvironment() });
    writeFileSync(join(venv, "made-for-editors"), "");
  }
  if (!existsSync(join(venv, "made-for-editors"))) return;
  const [version = ""] = readdirSync(join(venv, "lib"));
  writeFileSync(join(venv, "lib", version, "site-packages", "function-libraries.pth"), `${packages}\n`);
}
