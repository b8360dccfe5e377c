import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@local/command-line/process/child-process";
import { filesIn } from "../files";

test("cdktf synth writes what npm run synth writes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cdktf-cli-"));
  try {
    const [cli, script] = [join(folder, "cli"), join(folder, "script")];
    const env = { ...process.env, CHECKPOINT_DISABLE: "1" };
    expect((await run("node_modules/.bin/cdktf", ["synth", "--output", cli], { env })).exitCode).toBe(0);
    expect((await run("npm", ["run", "synth"], { env: { ...env, CDKTF_OUTDIR: script } })).exitCode).toBe(0);
    expect(Object.keys(filesIn(script))).toContain(join("stacks", "serverless-infrastructure", "cdk.tf.json"));
    expect(filesIn(cli)).toEqual(filesIn(script));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
