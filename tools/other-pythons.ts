import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "../commands/cli/child-process";

/** The minor versions of Python 3 that the function must run on. */
const MINORS = [8, 9, 10, 11, 12, 13, 14];

/** A Python on this machine. */
export interface Python {
  readonly executable: string;
  /** Such as `3.8`. */
  readonly version: string;
}

/** The oldest and the newest Python on this machine that the function must run on, apart from the one that is given. */
export async function findOtherPythons(main: string): Promise<Python[]> {
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  const installed = existsSync(pyenv) ? readdirSync(pyenv).map((name) => join(pyenv, name, "bin", "python")) : [];
  const candidates = [main, ...MINORS.map((minor) => `python3.${minor}`), ...installed];
  const found = await Promise.all(candidates.map(inspect));
  const byMinor = new Map<number, Python>();
  // The given one stands for its version.
  for (const python of found) {
    const minor = Number(python?.version.split(".")[1]);
    if (python && MINORS.includes(minor) && !byMinor.has(minor)) byMinor.set(minor, python);
  }
  const sorted = [...byMinor].sort(([one], [other]) => one - other).map(([, python]) => python);
  const ends = new Set([sorted[0], sorted.at(-1)]);
  return [...ends].filter((python) => python !== undefined && python.executable !== found[0]?.executable) as Python[];
}

async function inspect(python: string): Promise<Python | undefined> {
  const script = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";
  const result = await run(python, ["-c", script]).catch(() => undefined);
  const [version, executable] = result?.exitCode === 0 ? result.stdout.trim().split("\n") : [];
  return version && executable ? { version, executable } : undefined;
}
