import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../local/child-process";
import { describeE2e } from "./shared";

jest.setTimeout(60_000);

describeE2e("npm start", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "start-"));
    expect((await run("node_modules/.bin/tsc", ["-p", "local"])).exitCode).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "ended by %s during the apply, it leaves nothing",
    async (signal) => {
      const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: folder };
      delete env.AWS_ENDPOINT_URL;
      const child = spawn(process.execPath, ["dist/local/start.js"], { env, stdio: ["ignore", "pipe", "inherit"] });
      const ended = new Promise<number | null>((done) => child.once("close", done));
      let output = "";
      await new Promise<void>((done) => {
        child.once("close", () => done());
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          if (output.includes("aws_s3_bucket.state")) done();
        });
      });
      child.kill(signal);
      expect(await ended).toBe(130);

      expect(readdirSync(folder)).toEqual([]);
      const [, endpoint = ""] = /AWS emulator: (\S+)/.exec(output) ?? [];
      expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
    },
  );
});
