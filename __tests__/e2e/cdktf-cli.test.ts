import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { type Aws, connectAws } from "../../local/aws";
import { type RunResult, run } from "../../local/child-process";
import { Deployment } from "../../local/deployment";
import { filesIn } from "../files";
import { AwsProxy } from "./aws-proxy";
import { Checkout, recordWrites } from "./checkout";
import { describeE2e, sharedRun } from "./shared";

const CDKTF = resolve("node_modules/.bin/cdktf");

/** Deploying takes more than a minute, by the AWS provider's own waiting. */
jest.setTimeout(240_000);

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

// Each test goes on from the one before it.
describeE2e("at a desk, an environment without data protection", () => {
  const STATE_BUCKET = "serverless-infrastructure-state-development";
  const LOG_BUCKET = "api-logs-123456789012-us-west-2-development";
  let folder: string;
  let proxy: AwsProxy;
  let checkout: Checkout;
  let deployment: Deployment;
  let aws: Aws;
  let bootstrapped: Promise<RunResult>;

  beforeAll(async () => {
    const shared = sharedRun();
    folder = mkdtempSync(join(tmpdir(), "desk-"));
    proxy = await AwsProxy.start(shared.endpoint);
    checkout = new Checkout(join(folder, "checkout"), proxy.endpoint, "development");
    deployment = new Deployment({
      ...shared,
      folder,
      environment: "development",
      outputFolder: join(checkout.folder, "cdktf.out"),
    });
    aws = connectAws({ endpoint: shared.endpoint, region: "us-west-2" });
  });
  afterAll(async () => {
    deployment?.stop();
    await proxy?.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => {
    proxy.before = () => undefined;
  });

  async function cdktf(command: "deploy" | "destroy", stack: string): Promise<string> {
    const options = ["--auto-approve", "--skip-synth", "--skip-provider-lock"];
    const { exitCode, stdout, stderr } = await run(CDKTF, [command, stack, ...options], {
      env: deployment.environment,
      cwd: checkout.folder,
    });
    if (exitCode !== 0) throw new Error(`cdktf ${command} ${stack}: ${stdout}${stderr}`);
    return stdout;
  }

  async function hasBucket(Bucket: string): Promise<boolean> {
    return aws.s3.send(new HeadBucketCommand({ Bucket })).then(
      () => true,
      () => false,
    );
  }

  test("cdktf deploy creates the system, with its state in the bucket that bootstrap makes", async () => {
    bootstrapped = checkout.run("bootstrap");
    // The bucket's lifecycle rules take bootstrap a minute, during which the bucket can be used.
    while (!(await hasBucket(STATE_BUCKET))) await setTimeout(200);
    await deployment.serveArchiveProvider(deployment.stack("serverless-infrastructure").folder);

    const output = await cdktf("deploy", "serverless-infrastructure-development");
    expect(output).toContain("dynamodb_table_name = RequestDataTable-development");
    expect(await hasBucket(LOG_BUCKET)).toBe(true);
  });

  test("bootstrap says that it created the state bucket, and where its own state is", async () => {
    const { exitCode, stdout } = await bootstrapped;
    expect([exitCode, stdout]).toEqual([
      0,
      `State bucket ${STATE_BUCKET}: created.\nIts own state is terraform.${STATE_BUCKET}.tfstate: keep it, or lose nothing but a minute.\n`,
    ]);
  });

  test("bootstrap changes nothing when it is run again", async () => {
    const writes = recordWrites(proxy);
    const { exitCode, stdout } = await checkout.run("bootstrap");
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("as it should be; nothing changed")]);
    expect(writes).toEqual([]);
  });

  test("bootstrap adopts the state bucket where its own state is lost, and changes nothing", async () => {
    const stateFile = join(checkout.folder, `terraform.${STATE_BUCKET}.tfstate`);
    rmSync(stateFile);
    const writes = recordWrites(proxy);
    const { exitCode, stdout } = await checkout.run("bootstrap");
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("adopted: it was there already")]);
    expect(writes).toEqual([]);
    expect(existsSync(stateFile)).toBe(true);
  });

  test("cdktf destroy deletes the system, and then the state bucket", async () => {
    await cdktf("destroy", "serverless-infrastructure-development");
    expect(await hasBucket(LOG_BUCKET)).toBe(false);
    expect(await hasBucket(STATE_BUCKET)).toBe(true);

    await cdktf("destroy", "state-backend-development");
    expect(await hasBucket(STATE_BUCKET)).toBe(false);
  });
});
