import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetFunctionCommand } from "@aws-sdk/client-lambda";
import { ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { run } from "@local/command-line/process/child-process";
import { type Aws, connectAws } from "@local/terraform/aws";
import { unzipSync } from "fflate";
import { listFiles } from "../../../constructs/source/source-files";
import { STACKS } from "../../../stacks/names";
import { synthesizeTo } from "../../synthesize-to";
import { Checkout } from "../checkout";
import { planChanges } from "../inspect-terraform";
import { describeE2e, sharedRun } from "../shared";
import { SharedDeployment } from "./shared-deployment";

describeE2e("production, deployed", () => {
  let deployment: SharedDeployment;
  let aws: Aws;

  beforeAll(async () => {
    deployment = await SharedDeployment.ready();
    aws = connectAws({ endpoint: deployment.endpoint, region: "us-west-2" });
  });

  test("neither Terraform nor the provider warned", () => {
    expect(deployment.shown).toMatch(/^✔ serverless-infrastructure: \d+ resources/m);
    expect(deployment.shown).not.toContain("Warning");
  });

  test.each(STACKS)("the next plan of %s says no changes", (stack) => {
    expect(deployment.stacks[stack].nextPlan).toEqual([]);
  });

  test("every resource that can carry tags carries the environment's", () => {
    const resources = STACKS.flatMap((stack) => deployment.stacks[stack].resources);
    const taggable = resources.filter(({ values }) => "tags_all" in values);
    expect(taggable.length).toBeGreaterThan(20);
    // AWS has no tags for these; whatever else comes without is a resource that lost them.
    const types = resources.filter((resource) => !taggable.includes(resource)).map(({ type }) => type);
    expect([...new Set(types)].sort()).toEqual([
      "aws_apigatewayv2_integration",
      "aws_apigatewayv2_route",
      "aws_appautoscaling_policy",
      "aws_cloudwatch_dashboard",
      "aws_cloudwatch_event_target",
      "aws_cloudwatch_log_stream",
      "aws_cloudwatch_log_subscription_filter",
      "aws_iam_role_policy",
      "aws_kms_alias",
      "aws_lambda_function_event_invoke_config",
      "aws_lambda_permission",
      "aws_s3_bucket_lifecycle_configuration",
      "aws_s3_bucket_ownership_controls",
      "aws_s3_bucket_policy",
      "aws_s3_bucket_public_access_block",
      "aws_s3_bucket_server_side_encryption_configuration",
      "aws_s3_bucket_versioning",
      "aws_sns_topic_policy",
      "aws_sqs_queue_policy",
    ]);
    const untagged = taggable.filter(({ values }) => values.tags_all?.Environment !== "Production");
    expect(untagged.map(({ address }) => address)).toEqual([]);
  });

  test("the state and its lock live in the state bucket", async () => {
    const { Versions = [] } = await aws.s3.send(
      new ListObjectVersionsCommand({
        Bucket: "serverless-infrastructure-state",
        Prefix: "serverless-infrastructure/production.tfstate",
      }),
    );
    const keys = new Set(Versions.map(({ Key }) => Key));
    // The lock is gone after each run; the versioned bucket remembers that it was there.
    expect([...keys].sort()).toEqual([
      "serverless-infrastructure/production.tfstate",
      "serverless-infrastructure/production.tfstate.tflock",
    ]);
  });

  test("the deployed code is lambda-src, byte for byte", async () => {
    const { Configuration } = await aws.lambda.send(
      new GetFunctionCommand({ FunctionName: "RequestProcessorFunction" }),
    );
    const zip = readFileSync(
      join(deployment.stack("serverless-infrastructure").folder, "RequestProcessorFunction.zip"),
    );
    expect(Configuration?.CodeSha256).toBe(createHash("sha256").update(zip).digest("base64"));

    const deployed = Object.entries(unzipSync(zip)).map(([file, bytes]) => [file, Buffer.from(bytes).toString()]);
    const source = listFiles("lambda-src").map((file) => [file, readFileSync(join("lambda-src", file), "utf8")]);
    expect(Object.fromEntries(deployed)).toEqual(Object.fromEntries(source));
  });

  test("the emulator never failed, so that the provider never had to retry", () => {
    const lines = readFileSync(join(sharedRun().folder, "production", "emulator.log"), "utf8").split("\n");
    expect(lines.length).toBeGreaterThan(300);
    expect(lines.filter((line) => / HTTP\/1\.1" 5\d\d /.test(line))).toEqual([]);
  });

  test("changing settings updates what they are about in place and nothing else", async () => {
    const output = join(sharedRun().folder, "other-settings");
    await synthesizeTo(output, {
      function: { memoryMb: 512 },
      alarms: { serverErrors: 20 },
      table: { capacity: { mode: "provisioned", max: 50 } },
    });
    const changes = await deployment.planFrom(output, "-refresh=false");
    expect(changes.map(({ type, action }) => [type, action]).sort()).toEqual([
      ["aws_appautoscaling_target", "update"],
      ["aws_appautoscaling_target", "update"],
      ["aws_cloudwatch_metric_alarm", "update"],
      ["aws_lambda_function", "update"],
    ]);
  });

  test("a plan that deletes what holds data fails", async () => {
    const stack = "serverless-infrastructure";
    const holdingData = deployment.stacks[stack].resources.filter(({ type }) =>
      /^aws_(dynamodb_table|s3_bucket)$/.test(type),
    );
    const targets = holdingData.map(({ address }) => `-target=${address}`);
    const options = ["-destroy", "-refresh=false", "-lock-timeout=60s", ...targets];
    const refused: Error = await planChanges(deployment.stack(stack), ...options).then(
      () => new Error("not refused"),
      (error) => error,
    );
    expect(refused.message.match(/Instance cannot be destroyed/g)).toHaveLength(2);
    for (const { address } of holdingData) expect(refused.message).toContain(address);
  });

  test("the HCL that CDKTF writes plans no changes against the state that was applied from the JSON", async () => {
    const output = join(sharedRun().folder, "hcl");
    const env = { ...process.env, ENVIRONMENT: "production", CHECKPOINT_DISABLE: "1" };
    const { exitCode, stdout } = await run("node_modules/.bin/cdktf", ["synth", "--hcl", "--output", output], { env });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("Generated Terraform code")]);
    expect(await deployment.planFrom(output)).toEqual([]);
  });

  test("a plan that replaces data is refused and not saved", async () => {
    const folder = mkdtempSync(join(tmpdir(), "data-loss-"));
    try {
      const checkout = new Checkout(join(folder, "checkout"), deployment.endpoint);
      checkout.edit("cdktf.json", '"production": {}', '"production": { "dataProtection": false }');
      checkout.edit("stacks/names.ts", "RequestDataTable", "RequestTable");
      // An apply must not find the plan of before.
      mkdirSync(checkout.plan, { recursive: true });
      writeFileSync(join(checkout.plan, "manifest.json"), "{}");
      const { exitCode, stdout, stderr } = await checkout.run("plan", "--lock-timeout", "60s");
      expect([exitCode, existsSync(checkout.plan)]).toEqual([3, false]);
      const [, address] = /^± replace (aws_dynamodb_table\.\S+) \(because of name\)$/m.exec(stdout) ?? [];
      expect(stderr).toContain(
        `Refused: the plan deletes data, so it was not saved. To allow that, plan again with --allow-data-loss ${address}\n`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("npm start -- --once sends one request to what is deployed and prints what came of it", async () => {
    const { exitCode, stdout, stderr } = await run(
      process.execPath,
      [...TYPESCRIPT, "commands/start.ts", "--once", 'POST /once {"a": 1}'],
      { env: { ...process.env, ENVIRONMENT: "production", AWS_ENDPOINT_URL: deployment.endpoint } },
    );
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("Functions and APIs")]);
    const { answer, item } = JSON.parse(stdout);
    const body = { message: "Request processed successfully", requestId: answer.requestId };
    expect(answer).toMatchObject({ status: 200, body });
    expect(item).toMatchObject({ RequestId: answer.requestId, Method: "POST", Path: "/once", Body: '{"a": 1}' });
  });
});
