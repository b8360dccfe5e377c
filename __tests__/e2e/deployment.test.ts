import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { App } from "cdktf";
import { unzipSync } from "fflate";
import { run } from "../../local/child-process";
import { STACKS } from "../../local/deployment";
import { parseSettings } from "../../settings";
import { ServerlessInfrastructureStack } from "../../stacks/serverless-infrastructure-stack";
import { filesIn } from "../files";
import { DEPLOYMENT_TIMEOUT_MS, describeE2e, SharedDeployment, sharedRun } from "./shared";

/** A plan against the emulator takes some seconds. */
jest.setTimeout(60_000);

const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };

describeE2e("production, deployed", () => {
  let deployment: SharedDeployment;
  let client: { region: string; endpoint: string; credentials: typeof CREDENTIALS };

  beforeAll(async () => {
    deployment = await SharedDeployment.ready();
    client = { region: "us-west-2", endpoint: sharedRun().endpoint, credentials: CREDENTIALS };
  }, DEPLOYMENT_TIMEOUT_MS);

  test("neither Terraform nor the provider warned", () => {
    expect(deployment.warnings).toEqual([]);
  });

  test.each(STACKS)("%s validates without a warning", async (stack) => {
    expect(await deployment.stack(stack).validate()).toEqual([]);
  });

  test.each(STACKS)("the next plan of %s says no changes", async (stack) => {
    expect(await deployment.stack(stack).plan("-lock-timeout=60s")).toEqual([]);
  });

  test("every resource that can carry tags carries the environment's", async () => {
    const states = await Promise.all(STACKS.map((stack) => deployment.stack(stack).resources()));
    const resources = states.flat();
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
    const s3 = new S3Client({ ...client, forcePathStyle: true });
    const { Versions = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: "serverless-infrastructure-state" }),
    );
    const keys = new Set(Versions.map(({ Key }) => Key));
    // The lock is gone after each run; the versioned bucket remembers that it was there.
    expect([...keys].sort()).toEqual([
      "serverless-infrastructure/production.tfstate",
      "serverless-infrastructure/production.tfstate.tflock",
    ]);
  });

  test("the deployed code is lambda-src, byte for byte", async () => {
    const { Configuration } = await new LambdaClient(client).send(
      new GetFunctionCommand({ FunctionName: "RequestProcessorFunction" }),
    );
    const zip = readFileSync(
      join(deployment.stack("serverless-infrastructure").folder, "RequestProcessorFunction.zip"),
    );
    expect(Configuration?.CodeSha256).toBe(createHash("sha256").update(zip).digest("base64"));

    const deployed = Object.entries(unzipSync(zip)).map(([file, bytes]) => [file, Buffer.from(bytes).toString()]);
    expect(Object.fromEntries(deployed)).toEqual(filesIn("lambda-src"));
  });

  test("the emulator never failed, so that the provider never had to retry", () => {
    const lines = readFileSync(sharedRun().emulatorLog, "utf8").split("\n");
    expect(lines.length).toBeGreaterThan(300);
    expect(lines.filter((line) => / HTTP\/1\.1" 5\d\d /.test(line))).toEqual([]);
  });

  describe("with other settings", () => {
    const synthesize = (overrides: object) => {
      const app = new App({ outdir: deployment.outputFolder });
      const settings = parseSettings({ production: overrides }, "production");
      new ServerlessInfrastructureStack(app, "serverless-infrastructure", settings);
      app.synth();
    };
    afterAll(() => synthesize({}));

    test.each([
      ["memory", { function: { memoryMb: 512 } }, ["aws_lambda_function"]],
      ["an alarm's threshold", { alarms: { serverErrors: 20 } }, ["aws_cloudwatch_metric_alarm"]],
      [
        "the table's maximum",
        { table: { capacity: { mode: "provisioned", max: 50 } } },
        ["aws_appautoscaling_target", "aws_appautoscaling_target"],
      ],
    ])("changing %s updates that in place and nothing else", async (_what, overrides, types) => {
      synthesize(overrides);
      const changes = await deployment.stack("serverless-infrastructure").plan("-refresh=false", "-lock-timeout=60s");
      expect(changes.map(({ type }) => type)).toEqual(types);
      for (const { change } of changes) expect(change.actions).toEqual(["update"]);
    });
  });

  test.each([
    ["serverless-infrastructure", "aws_dynamodb_table"],
    ["serverless-infrastructure", "aws_s3_bucket"],
    ["state-backend", "aws_s3_bucket"],
  ] as const)("a plan that deletes the %s stack's %s fails", async (stack, type) => {
    const terraform = deployment.stack(stack);
    const [protectedResource] = (await terraform.resources()).filter((resource) => resource.type === type);
    await expect(
      terraform.plan("-destroy", "-refresh=false", "-lock-timeout=60s", `-target=${protectedResource?.address}`),
    ).rejects.toThrow(/Instance cannot be destroyed/);
  });

  test("npm start -- --once sends one request to what is deployed and prints what came of it", async () => {
    const { exitCode, stdout, stderr } = await run(
      process.execPath,
      ["dist/local/start.js", "--once", 'POST /once {"a": 1}'],
      { env: { ...process.env, ENVIRONMENT: "production", AWS_ENDPOINT_URL: sharedRun().endpoint } },
    );
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("Function and API")]);
    const { answer, item } = JSON.parse(stdout);
    expect(answer.status).toBe(200);
    expect(item).toMatchObject({ RequestId: answer.requestId, Method: "POST", Path: "/once", Body: '{"a": 1}' });
  });

  // They change what is deployed, and so come last.
  describe("the pipeline's commands", () => void require("./pipeline"));
});
