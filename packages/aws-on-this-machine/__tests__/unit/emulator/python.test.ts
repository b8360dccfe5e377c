import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { type RunResult, run, startChild } from "@local/command-line/process/child-process";

let folder: string;
let venv: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "python-"));
  venv = join(folder, ".venv");
});
afterEach(() => rmSync(folder, { recursive: true }));

const answer = (executable: string, version: string, lacks: string[]) =>
  `echo '${JSON.stringify({ executable, version, lacks })}'`;

/** A stand-in for Python: what it does with `-c`, and with `-m venv` or `-m pip`. */
function script(inspection: string, module = "exit 1"): string {
  return `#!/bin/sh\nif [ "$1" = -c ]; then\n${inspection}\nelse\n${module}\nfi\n`;
}

/** The Python of a virtual environment, in which a package is one file that pip writes. */
function venvPython(pip = `echo 'Collecting moto[server]<6,>=5.2 (from -r requirements-dev.txt)'; : > ${venv}/moto`) {
  const python = join(venv, "bin", "python");
  const [complete, bare] = [answer(python, "3.11.9", []), answer(python, "3.11.9", ["moto"])];
  return script(`if [ -e ${venv}/moto ]; then ${complete}; else ${bare}; fi`, pip);
}

/** Puts a python3 on a PATH without any other. Its module venv copies the Python of a virtual environment. */
function python3(version: string, lacks: string[], module?: string): string {
  const [bin, executable] = [join(folder, "bin"), join(folder, "bin", "python3")];
  mkdirSync(bin);
  mkdirSync(join(folder, "none"));
  writeFileSync(join(folder, "venv-python"), venvPython(), { mode: 0o755 });
  const makeVenv = `/bin/mkdir -p "$4/bin" && /bin/cp ${join(folder, "venv-python")} "$4/bin/python"`;
  writeFileSync(executable, script(answer(executable, version, lacks), module ?? makeVenv), { mode: 0o755 });
  return executable;
}

/** A virtual environment that is there already. */
function existing(isComplete: boolean): void {
  mkdirSync(join(venv, "bin"), { recursive: true });
  writeFileSync(join(venv, "bin", "python"), venvPython(), { mode: 0o755 });
  if (isComplete) writeFileSync(join(venv, "moto"), "");
}

const MODULE = resolve("packages/aws-on-this-machine/emulator/python");
const find = () => [
  ...TYPESCRIPT,
  "-e",
  `require("${MODULE}").findPython(console.error, ${JSON.stringify(venv)}).then(console.log, (error) => {
    console.error(error.name + ": " + error.message);
    process.exitCode = 1;
  })`,
];
const environment = (changes: NodeJS.ProcessEnv) => ({
  ...process.env,
  PATH: join(folder, "bin"),
  npm_config_offline: undefined,
  ...changes,
});

/** The Python that is found, or nothing; and the lines about it. */
async function findPython(changes: NodeJS.ProcessEnv = {}): Promise<[found: string, ...lines: string[]]> {
  const { stdout, stderr }: RunResult = await run(process.execPath, find(), { env: environment(changes) });
  return [stdout.trim(), ...stderr.trim().split("\n")];
}

test("a python3 that has the packages is taken", async () => {
  const python = python3("3.12.1", []);
  existing(true);
  expect(await findPython()).toEqual([python, `${python} 3.12.1, which has the packages of requirements-dev.txt`]);
});

test("otherwise .venv is made, and later taken as it is", async () => {
  const because = `because ${python3("3.12.1", ["boto3", "moto"])} 3.12.1 lacks boto3, moto`;
  const python = join(venv, "bin", "python");
  expect(await findPython()).toEqual([
    python,
    "making .venv",
    "collecting moto[server]<6,>=5.2 for .venv",
    `${python}, ${because}`,
  ]);
  expect(await findPython()).toEqual([python, `${python}, ${because}`]);
});

test("a .venv that lacks a package gets it, and keeps what else it has", async () => {
  python3("3.12.1", ["moto"]);
  existing(false);
  writeFileSync(join(venv, "own"), "");
  expect(await findPython()).toEqual([
    join(venv, "bin", "python"),
    "collecting moto[server]<6,>=5.2 for .venv",
    expect.stringContaining("lacks moto"),
  ]);
  expect(existsSync(join(venv, "own"))).toBe(true);
});

test("a .venv whose Python is gone is made anew", async () => {
  python3("3.12.1", ["moto"]);
  existing(true);
  rmSync(join(venv, "bin", "python"));
  expect(await findPython()).toContain("making .venv");
});

describe("while .venv is made", () => {
  async function startMaking() {
    python3("3.12.1", ["moto"]);
    // Whoever kills its parent leaves it running: it ends with the folder.
    const wait = `while [ -e ${folder} ]; do /bin/sleep 0.1; done`;
    const hangs = `: > ${venv}/moto; echo 'Installing collected packages: moto'; ${wait}`;
    writeFileSync(join(folder, "venv-python"), venvPython(hangs), { mode: 0o755 });
    const child = startChild(process.execPath, find(), { env: environment({}), stdio: ["ignore", "ignore", "pipe"] });
    const ended = new Promise((done) => child.once("close", done));
    for await (const text of child.stderr?.setEncoding("utf8") ?? []) if (text.includes("installing")) break;
    // The next one has no trouble.
    writeFileSync(join(folder, "venv-python"), venvPython(), { mode: 0o755 });
    return { child, ended };
  }

  test("another command does not make it, too", async () => {
    const { child, ended } = await startMaking();
    expect(await findPython()).toEqual([
      "",
      `UserError: Process ${child.pid} is making .venv; wait for its end, or delete .venv if it does something else.`,
    ]);
    child.kill("SIGINT");
    await ended;
  });

  test.each(["SIGINT", "SIGKILL"] as const)("%s leaves one that the next run makes anew", async (signal) => {
    const { child, ended } = await startMaking();
    child.kill(signal);
    await ended;
    writeFileSync(join(venv, "half-copied"), "");
    expect(await findPython()).toEqual([
      join(venv, "bin", "python"),
      "making .venv",
      "collecting moto[server]<6,>=5.2 for .venv",
      expect.stringContaining("lacks moto"),
    ]);
    expect(existsSync(join(venv, "half-copied"))).toBe(false);
  });
});

describe("without a Python that can make .venv", () => {
  test("one line says so", async () => {
    const line = "UserError: Install Python 3.10 or later; no working python3 is on the PATH.";
    expect(await findPython({ PATH: join(folder, "none") })).toEqual(["", line]);
  });

  test("one line names the old one", async () => {
    const python = python3("3.9.19", ["moto"]);
    expect(await findPython()).toEqual(["", `UserError: Install Python 3.10 or later; ${python} 3.9.19 lacks moto.`]);
  });

  test("the one of .venv is taken", async () => {
    existing(true);
    const python = join(venv, "bin", "python");
    const line = `${python}, because no working python3 is on the PATH`;
    expect(await findPython({ PATH: join(folder, "none") })).toEqual([python, line]);
  });

  test("a .venv that lacks a package gets it all the same", async () => {
    existing(false);
    const [found, ...lines] = await findPython({ PATH: join(folder, "none") });
    expect([found, lines[0]]).toEqual([join(venv, "bin", "python"), "collecting moto[server]<6,>=5.2 for .venv"]);
  });

  test("one line has the command that Debian names", async () => {
    const hint =
      "ensurepip is not available. Install python3-venv:\n\n    apt install python3.11-venv\n\nFailing command: x";
    python3("3.11.2", ["moto"], `echo '${hint}'; exit 1`);
    const line =
      "UserError: The packages of requirements-dev.txt cannot be installed into .venv: run `apt install python3.11-venv`";
    expect(await findPython()).toEqual(["", "making .venv", line]);
  });

  test.each([
    [
      "has no connection",
      "[Errno -2] Name or service not known",
      "pip reaches no package index: Name or service not known",
    ],
    ["finds no package", "a warning", "ERROR: No matching distribution found for moto"],
  ])("one line says that pip %s", async (_what, cause, reason) => {
    python3("3.12.1", ["moto"]);
    const warning = `WARNING: Retrying (Retry(total=0)) after connection broken by 'NewError('<pip at 0x7f>: ${cause}')': /moto/`;
    const pip = `/bin/cat >&2 << 'END'\n${warning}\nERROR: No matching distribution found for moto\nEND\nexit 1`;
    writeFileSync(join(folder, "venv-python"), venvPython(pip), { mode: 0o755 });
    const line = `UserError: The packages of requirements-dev.txt cannot be installed into .venv: ${reason}`;
    expect(await findPython()).toEqual(["", "making .venv", line]);
  });

  test("offline, one line says why nothing is installed", async () => {
    const python = python3("3.12.1", ["moto"]);
    const line = `UserError: --offline forbids to install requirements-dev.txt into .venv, and ${python} 3.12.1 lacks moto.`;
    expect(await findPython({ npm_config_offline: "true" })).toEqual(["", line]);
    expect(existsSync(venv)).toBe(false);
  });
});
