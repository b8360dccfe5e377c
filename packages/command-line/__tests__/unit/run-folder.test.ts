import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TYPESCRIPT } from "../../launcher/typescript";
import { run } from "../../process/child-process";

let folder: string;
beforeEach(() => {
  // The tests' own TMPDIR may be long.
  folder = mkdtempSync("/tmp/run-folder-");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Makes a run's folder in TMPDIR, and in it a socket with the longest name that a provider of Terraform gives it. */
async function makeRunFolder(TMPDIR: string) {
  const program = `
    const { makeRunFolder } = require("./packages/command-line/process/run-folder");
    const { runCommand } = require("./packages/command-line/process/run-command");
    runCommand(async () => {
      const socket = makeRunFolder() + "/again/plugin4294967295";
      fs.mkdirSync(path.dirname(socket));
      await events.once(net.createServer().listen(socket), "listening");
      // Node.js cuts a path that is too long.
      return fs.existsSync(socket) ? 0 : 2;
    });
  `;
  return run(process.execPath, [...TYPESCRIPT, "-e", program], { env: { ...process.env, TMPDIR } });
}

/** Makes a folder whose path has that many bytes. */
function makeFolder(bytes: number): string {
  const path = join(folder, "ü");
  const made = path + "x".repeat(bytes - Buffer.byteLength(path));
  mkdirSync(made);
  return made;
}

test("a run's folder has room for sockets, or one line says that TMPDIR is too long for them", async () => {
  const MAX = process.platform === "darwin" ? 69 : 73;
  const longest = makeFolder(MAX);
  expect(Buffer.byteLength(longest)).toBe(MAX);
  expect(await makeRunFolder(longest)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(readdirSync(longest)).toEqual([]);
  for (const bytes of [MAX + 1, 100]) {
    const tooLong = makeFolder(bytes);
    const line = `Error: TMPDIR is ${tooLong}; with more than ${MAX} bytes, it is too long for sockets; set TMPDIR to another folder, such as TMPDIR=/tmp.\n`;
    expect(await makeRunFolder(tooLong)).toEqual({ exitCode: 1, stdout: "", stderr: line });
  }
});

test("one line says that TMPDIR is no folder", async () => {
  const { exitCode, stderr } = await makeRunFolder(join(folder, "missing"));
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^Error: TMPDIR is \S+\/missing, where no folder can be made: ENOENT.*TMPDIR=\/tmp\.\n$/);
});
