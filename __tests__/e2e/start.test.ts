import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { run, startChild } from "@local/command-line/process/child-process";
import { close, listen, serverUrl } from "@local/command-line/server";
import { runInProcess } from "../command-in-process";
import { describeE2e } from "./shared";

describeE2e("npm start", () => {
  const START = [...TYPESCRIPT, "commands/start.ts"];
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "start-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("SIGINT during the apply leaves nothing", async () => {
    const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: folder };
    delete env.AWS_ENDPOINT_URL;
    const child = startChild(process.execPath, [...START, "--port", "0", "--fresh"], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = new Promise((done) => child.once("close", done));
    let output = "";
    await new Promise<void>((done) => {
      child.once("close", () => done());
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (/^ {2}state-backend {2}0\/\d/m.test(output)) done();
      });
    });
    child.kill("SIGINT");
    expect(await ended).toBe(130);

    expect(readdirSync(folder)).toEqual([]);
    const [, endpoint = ""] = /AWS emulator: (\S+)/.exec(output) ?? [];
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
  });

  // `kill` hits npm, which by itself would leave its child behind.
  test("SIGTERM to npm ends npm run emulator, whose script let Terraform use it", async () => {
    const child = startChild("npm", ["run", "emulator"], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    for await (const text of child.stdout?.setEncoding("utf8") ?? []) {
      output += text;
      if (output.includes("Terraform and every command")) break;
    }
    const [, script = ""] = /^ {2}\. (\S+)$/m.exec(output) ?? [];
    const { stdout } = await run("sh", ["-c", `. ${script} && env`]);
    expect(stdout).toMatch(/^TF_CLI_CONFIG_FILE=/m);
    const [, endpoint = ""] = /^AWS_ENDPOINT_URL=(\S+)$/m.exec(stdout) ?? [];
    expect((await fetch(endpoint)).ok).toBe(true);
    const ended = new Promise((done) => child.once("close", done));
    child.kill("SIGTERM");
    await ended;
    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a port that is taken is told at once", async () => {
    const server = await listen(0, "--port");
    const { port } = new URL(serverUrl(server));
    const { exitCode, stdout, stderr } = await run(process.execPath, [...START, "--port", port]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      `Error: Port ${port} is taken; choose another one with --port, where 0 takes any free one.\n`,
    ]);
    await close(server);
  });

  test.each([
    [["--port", "http"], "--port is http; use a port from 1 to 65535, or 0 for any free one."],
    [["--once", "orders"], "--once is orders; use METHOD /path body, such as 'POST /orders {\"a\":1}'."],
    [["--once", 'GET /orders {"a":1}'], "--once: a GET request has no body."],
    [["--header", "a: b"], "--header needs --once."],
    [
      ["--once", "GET /", "--header", "Bearer x"],
      "--header is Bearer x; use 'name: value', such as 'authorization: Bearer <token>'.",
    ],
    [["--host", "phone"], "--host is phone; use 0.0.0.0 for all addresses of this machine, or one of them."],
    [["--host", "192.0.2.1"], "192.0.2.1 is no address of this machine; use 0.0.0.0 for all of its addresses."],
    [["--debug", "x"], "--debug is x; use a port from 1 to 65535, or 0 for any free one."],
    [["--prot", "1"], "Unknown option '--prot'; --help lists the options."],
  ])("%s is refused with one line", async (args, message) => {
    const { exitCode, stderr } = await runInProcess("start", args);
    expect([exitCode, stderr]).toEqual([1, `Error: ${message}\n`]);
  });

  test("a Terraform that is not there is told before anything else is done", async () => {
    const env = { ...process.env, TERRAFORM: join(folder, "none") };
    const { exitCode, stdout, stderr } = await run(process.execPath, [...START, "--once", "GET /orders"], { env });
    const message = `TERRAFORM is ${env.TERRAFORM}, which does not exist. Install Terraform 1.10 or later, or set TERRAFORM to its path.`;
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^✖ Terraform \d+\.\d s\nError: .*\n$/);
    expect(stderr).toContain(`Error: ${message}\n`);
  });

  test("npm run local says where nothing answers", async () => {
    const { exitCode, stderr } = await runInProcess("local", ["items", "--console-port", "1"]);
    const message = "Nothing answers at http://127.0.0.1:1; run npm start, or name its console with --console-port.";
    expect([exitCode, stderr]).toEqual([1, `Error: ${message}\n`]);
  });
});
