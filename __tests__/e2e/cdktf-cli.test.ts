import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { run } from "../../local/child-process";
import { Deployment } from "../../local/deployment";
import { filesIn } from "../files";
import { describeE2e, sharedRun } from "./shared";

const CDKTF = resolve("node_modules/.bin/cdktf");

/** Deploying and destroying two stacks takes four minutes, by the AWS provider's own waiting. */
jest.setTimeout(400_000);

test("cdktf synth writes what npm run synth writes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cdktf-cli-"));
  try {
    const [cli, script] = [join(folder, "cli"), join(folder, "script")];
    const env = { ...process.env, CHECKPOINT_DISABLE: "1" };
    expect((await run(CDKTF, ["synth", "--output", cli], { env })).exitCode).toBe(0);
    expect((await run("npm", ["run", "synth"], { env: { ...env, CDKTF_OUTDIR: script } })).exitCode).toBe(0);
    expect(Object.keys(filesIn(script))).toContain(join("stacks", "serverless-infrastructure", "cdk.tf.json"));
    expect(filesIn(cli)).toEqual(filesIn(script));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describeE2e("the CDKTF CLI, on an environment without data protection", () => {
  let deployment: Deployment;

  beforeAll(async () => {
    const shared = sharedRun();
    const folder = join(shared.folder, "cdktf-cli");
    mkdirSync(folder);
    deployment = new Deployment({ ...shared, folder, environment: "development" });
    // The stand-in for hashicorp/archive, if needed, must know the stack's folder before Terraform runs there.
    await deployment.synthesize();
  });
  afterAll(() => deployment.stop());

  async function cdktf(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await run(
      CDKTF,
      [...args, "--auto-approve", "--output", deployment.outputFolder],
      { env: deployment.environment },
    );
    if (exitCode !== 0) throw new Error(`cdktf ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  async function hasBucket(bucket: string): Promise<boolean> {
    const s3 = new S3Client({
      region: "us-west-2",
      endpoint: sharedRun().endpoint,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      forcePathStyle: true,
    });
    return s3.send(new HeadBucketCommand({ Bucket: bucket })).then(
      () => true,
      () => false,
    );
  }

  test("deploys and destroys the state bucket and the system", async () => {
    await cdktf("deploy", "state-backend-development", "--skip-provider-lock");
    const output = await cdktf("deploy", "serverless-infrastructure-development", "--skip-provider-lock");
    expect(output).toContain("dynamodb_table_name = RequestDataTable-development");
    expect(await hasBucket("api-logs-123456789012-us-west-2-development")).toBe(true);

    await cdktf("destroy", "serverless-infrastructure-development", "--skip-provider-lock");
    expect(await hasBucket("api-logs-123456789012-us-west-2-development")).toBe(false);
    expect(await hasBucket("serverless-infrastructure-state-development")).toBe(true);

    await cdktf("destroy", "state-backend-development", "--skip-provider-lock");
    expect(await hasBucket("serverless-infrastructure-state-development")).toBe(false);
  });
});
