import { resolve } from "node:path";
import { TYPESCRIPT } from "../../launcher/typescript";
import { run } from "../../process/child-process";

const MODULES = resolve("packages/command-line");

/** Runs a program into a pipe that is read late. Returns the output's length and the exit code. */
async function throughSlowPipe(program: string): Promise<string[]> {
  const node = `"${process.execPath}" ${TYPESCRIPT.join(" ")} -e '${program}'; echo $? >&2`;
  const { stdout, stderr } = await run("sh", ["-c", `{ ${node}; } | { sleep 1; wc -c; }`]);
  return [stdout.trim(), stderr.trim()];
}

// A pipe takes 64 KiB.
test.each([
  [
    "a command that returns",
    `const { runCommand } = require("${MODULES}/process/run-command"); runCommand(async () => { console.log("x".repeat(500000)); return 3; });`,
  ],
  [
    "a command that shuts down",
    `const { shutDown } = require("${MODULES}/process/shutdown"); console.log("x".repeat(500000)); process.exitCode = 3; shutDown();`,
  ],
])("%s leaves all of its output to a slow pipe", async (_what, program) => {
  expect(await throughSlowPipe(program)).toEqual(["500001", "3"]);
});

test("an error that the user can correct is one line, below its details", async () => {
  const program = `
    const { runCommand } = require("${MODULES}/process/run-command");
    const { UserError } = require("${MODULES}/user-error");
    runCommand(async () => { throw new UserError("two are there", ["one", "another"]); });`;
  const { exitCode, stdout, stderr } = await run(process.execPath, [...TYPESCRIPT, "-e", program]);
  expect([exitCode, stdout, stderr]).toEqual([1, "", "one\nanother\nError: two are there\n"]);
});

test.each([
  ["example.com", "example.com,127.0.0.1,localhost,::1,[::1]"],
  ["*", "*"],
])("a command and its programs reach this machine without the user's proxy, beside %s", async (NO_PROXY, hosts) => {
  const program = `
    const { runCommand } = require("${MODULES}/process/run-command");
    runCommand(async () => { console.log(process.env.no_proxy, process.env.NO_PROXY); return 0; });`;
  const env = { ...process.env, NO_PROXY, no_proxy: undefined };
  const { stdout } = await run(process.execPath, [...TYPESCRIPT, "-e", program], { env });
  expect(stdout).toBe(`${hosts} ${hosts}\n`);
});
