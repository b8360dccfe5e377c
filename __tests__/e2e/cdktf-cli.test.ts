/** @sequential Each test goes on from the one before it. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { type RunResult, run } from "@local/command-line/process/child-process";
import { type Aws, connectAws } from "@local/terraform/aws";
import { Deployment } from "@local/terraform/deployment";
import { AwsProxy } from "./aws-proxy";
import { Checkout, recordWrites } from "./checkout";
import { describeE2e, sharedRun } from "./shared";

const CDKTF = resolve("node_modules/.bin/cdktf");

describeE2e("at a desk, an environment without data protection", () => {
  const STATE_BUCKET = "serverless-infrastructure-state-development";
  const LOG_BUCKET = "api-logs-123456789012-us-west-2-development";
  let folder: string;
  let deployment: Deployment;
  let proxy: AwsProxy;
  let checkout: Checkout;
  let bootstraps: Promise<Bootstraps>;
  let aws: Aws;

  beforeAll(async () => {
    const shared = sharedRun();
    folder = mkdtempSync(join(tmpdir(), "desk-"));
    deployment = new Deployment({ ...shared, folder, environment: "development" });
    // The stand-in for hashicorp/archive, if needed, must know the stack's folder before Terraform runs there.
    await deployment.synthesize();
    aws = connectAws({ endpoint: shared.endpoint, region: "us-west-2" });
    proxy = await AwsProxy.start(shared.endpoint);
    checkout = new Checkout(join(folder, "checkout"), proxy.endpoint, "development");
    bootstraps = bootstrap();
    // The bucket's lifecycle rules take bootstrap a minute, during which the bucket can be used.
    while (!(await hasBucket(STATE_BUCKET))) await Promise.race([bootstraps, setTimeout(200)]);
  });
  afterAll(async () => {
    await bootstraps?.catch(() => {});
    await proxy?.stop();
    deployment?.stop();
    rmSync(folder, { recursive: true });
  });

  async function cdktf(
    command: "deploy" | "destroy",
    stack: string,
    output = deployment.outputFolder,
  ): Promise<string> {
    const options = ["--auto-approve", "--skip-synth", "--skip-provider-lock", "--output", output];
    const { exitCode, stdout, stderr } = await run(CDKTF, [command, stack, ...options], {
      env: deployment.environment,
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
    const output = await cdktf("deploy", "serverless-infrastructure-development");
    expect(output).toContain("dynamodb_table_name = RequestDataTable-development");
    expect(await hasBucket(LOG_BUCKET)).toBe(true);
  });

  test("cdktf destroy deletes the system, and not its state bucket", async () => {
    await cdktf("destroy", "serverless-infrastructure-development");
    expect(await hasBucket(LOG_BUCKET)).toBe(false);
    expect(await hasBucket(STATE_BUCKET)).toBe(true);
  });

  test("bootstrap says that it created the state bucket, and where its own state is", async () => {
    const { exitCode, stdout } = (await bootstraps).first;
    expect([exitCode, stdout]).toEqual([
      0,
      `State bucket ${STATE_BUCKET}: created.\nIts own state is terraform.${STATE_BUCKET}.tfstate. If you lose that file, npm run bootstrap adopts the bucket again.\n`,
    ]);
  });

  test("run again, bootstrap changes nothing", async () => {
    const { exitCode, stdout, writes } = (await bootstraps).again;
    expect([exitCode, stdout, writes]).toEqual([0, expect.stringContaining("up to date; nothing changed"), []]);
  });

  test("where its own state is lost, bootstrap adopts the state bucket and changes nothing", async () => {
    const { exitCode, stdout, writes } = (await bootstraps).withoutState;
    expect([exitCode, stdout, writes]).toEqual([0, expect.stringContaining("adopted: it existed"), []]);
    expect(existsSync(join(checkout.folder, `terraform.${STATE_BUCKET}.tfstate`))).toBe(true);
  });

  test("cdktf destroy deletes the state bucket that bootstrap adopted", async () => {
    await cdktf("destroy", "state-backend-development", join(checkout.folder, "cdktf.out"));
    expect(await hasBucket(STATE_BUCKET)).toBe(false);
  });

  interface Bootstraps {
    readonly first: RunResult;
    readonly again: RunResult & { readonly writes: string[] };
    readonly withoutState: RunResult & { readonly writes: string[] };
  }

  async function bootstrap(): Promise<Bootstraps> {
    const recorded = async () => {
      const writes = recordWrites(proxy);
      return { ...(await checkout.run("bootstrap")), writes };
    };
    const first = await checkout.run("bootstrap");
    if (first.exitCode !== 0) throw new Error(first.stderr);
    const again = await recorded();
    rmSync(join(checkout.folder, `terraform.${STATE_BUCKET}.tfstate`));
    return { first, again, withoutState: await recorded() };
  }
});
