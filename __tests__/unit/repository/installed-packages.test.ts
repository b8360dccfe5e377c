import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { run } from "@local/command-line/process/child-process";
import { listOwnFiles } from "../../../tools/python/own-files";

const UNTIDY = "import os,sys\nx = {  }\n";

/** As `pip install --target lambda-src` leaves it, and a package below the source. */
const FILES = {
  "lambda-src/index.py": "X = 1\n",
  "lambda-src/own/part.py": "Y = 2\n",
  "lambda-src/package/__init__.py": UNTIDY,
  "lambda-src/package/data.json": '{"a":   1}',
  "lambda-src/single.py": UNTIDY,
  'lambda-src/package/a "b", c.py': UNTIDY,
  "lambda-src/bin/tool.py": UNTIDY,
  "lambda-src/package-1.0.dist-info/METADATA": "Name: package\n",
  "lambda-src/package-1.0.dist-info/RECORD":
    'package/__init__.py,sha256=x,9\r\npackage/data.json,sha256=x,9\r\n"package/a ""b"", c.py",sha256=x,9\r\nsingle.py,,\r\n../../bin/tool.py,,\r\npackage-1.0.dist-info/RECORD,,\r\n',
  "lambda-src/vendor/other/__init__.py": UNTIDY,
  "lambda-src/vendor/other-2.dist-info/RECORD": "other/__init__.py,,\n",
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "installed-packages-"));
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the function's own files are those of no package that is installed beside them", () => {
  expect(listOwnFiles(join(folder, "lambda-src"))).toEqual(["index.py", "own/part.py"]);
});

test("lint and format leave installed packages as they are, and mind the function's own files", async () => {
  for (const name of ["__tests__", "packages", "tools"]) mkdirSync(join(folder, name));
  const ruff = (...args: string[]) =>
    run(process.execPath, [...TYPESCRIPT, resolve("tools/ruff.ts"), ...args], { cwd: folder });
  expect(await ruff()).toMatchObject({ exitCode: 0, stdout: "" });
  await ruff("--write");
  for (const [name, content] of Object.entries(FILES)) expect(readFileSync(join(folder, name), "utf8")).toBe(content);
  writeFileSync(join(folder, "lambda-src/own/part.py"), "import os\n");
  expect(await ruff()).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("lambda-src/own/part.py:1: F401"),
  });
});

test("Biome leaves the function's folder as it is", async () => {
  cpSync("biome.json", join(folder, "biome.json"));
  writeFileSync(join(folder, "own.json"), "{}\n");
  const biome = [resolve("node_modules/@biomejs/biome/bin/biome"), "check", "--vcs-enabled=false", "."];
  const { stdout, stderr } = await run(process.execPath, biome, { cwd: folder });
  expect(stdout + stderr).toContain("Checked 2 files");
});
