import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";

const run = promisify(execFile);

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "lint-"));
  for (const folder of ["__tests__", "tools/node_modules", "packages", "lambda-src/.venv"]) {
    mkdirSync(join(project, folder), { recursive: true });
  }
});
afterEach(() => rmSync(project, { recursive: true }));

/** Lints the Python files of a project; returns the exit code and what is on standard error. */
async function lint(): Promise<[code: number, stderr: string]> {
  return run(process.execPath, [...TYPESCRIPT, resolve("tools/ruff.ts")], { cwd: project }).then(
    ({ stderr }) => [0, stderr],
    ({ code, stderr }) => [code, stderr],
  );
}

test("Python files are linted, but not those that the function's package leaves out", async () => {
  for (const file of ["lambda-src/.venv/a.py", "tools/node_modules/b.py", "lambda-src/a.py~"]) {
    writeFileSync(join(project, file), "import os\n");
  }
  symlinkSync("user@host.1234:5678", join(project, "lambda-src", ".#index.py"));
  const [code, output] = await lint();
  expect([code, output.replace("Compiling TypeScript\n", "")]).toEqual([0, ""]);
  writeFileSync(join(project, "lambda-src", "index.py"), "import os\n");
  expect(await lint()).toEqual([1, "lambda-src/index.py:1: F401 `os` imported but unused\n"]);
});

test("a dangling link ends in one line", async () => {
  symlinkSync("gone.py", join(project, "lambda-src", "link.py"));
  const [code, output] = await lint();
  const line = 'lambda-src/link.py: is a link to "gone.py", where there is no file; mend or delete the link\n';
  expect([code, output.replace("Compiling TypeScript\n", "")]).toEqual([1, line]);
});
