import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "@local/command-line/process/child-process";

/** The function supports these minor versions of Python 3. */
const MINORS = [8, 9, 10, 11, 12, 13, 14];

export interface Python {
  readonly executable: string;
  /** Such as `3.8`. */
  readonly version: string;
}

/** Finds the oldest and the newest supported Python on this machine, except `main`. */
export async function findOtherPythons(main: string): Promise<Python[]> {
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  const installed = existsSync(pyenv) ? readdirSync(pyenv).map((name) => join(pyenv, name, "bin", "python")) : [];
  // `main` comes first, so that the search finds no other Python of its version.
  const candidates = [main, ...MINORS.map((minor) => `python3.${minor}`), ...installed];
  const found = await Promise.all(candidates.map(inspect));
  const supported = MINORS.flatMap((minor) => found.find((python) => python?.version === `3.${minor}`) ?? []);
  const ends = supported.filter((_python, index) => index === 0 || index === supported.length - 1);
  return ends.filter(({ executable }) => executable !== found[0]?.executable);
}

async function inspect(python: string): Promise<Python | undefined> {
  const script = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";
  const result = await run(python, ["-c", script]).catch(() => undefined);
  const [version, executable] = result?.exitCode === 0 ? result.stdout.trim().split("\n") : [];
  return version && executable ? { version, executable } : undefined;
}
