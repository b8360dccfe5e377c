/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { CreateHostedZoneCommand } from "@aws-sdk/client-route-53";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { createHostedZones } from "@local/aws-on-this-machine/start/hosted-zones";
import { run } from "@local/command-line/process/child-process";
import type { Aws } from "@local/terraform/aws";
import type { Deployment } from "@local/terraform/deployment";
import { identityOf } from "@local/terraform/plan/existing-resources";
import { planAdopting } from "@local/terraform/plan/plan-adopting";
import { Terraform } from "@local/terraform/run/terraform";
import { App } from "cdktf";
import { parseSettings } from "../../../settings/settings";
import { allows, type IamRequest, statementsOfRole } from "../../iam-policy";
import { applyRecipes, loadStack, readRecipes, serveLibraries, within } from "../../recipes";
import { withTwoOfEverything } from "../../two-of-everything";
import { synthesizeGithubAccess } from "../../unit/application/system";
import { planChanges } from "../inspect-terraform";
import { describeE2e, sharedRun } from "../shared";
import { iamRequestsIn } from "../shared-deployment/provider-calls";
import { preparePart, targetsOf } from "./part-deployment";
import { triggerEverything } from "./trigger-everything";

/** Runs with `REPETITIONS=full` only: each of these plans takes half a minute. */
const weekly: (name: string, run: () => Promise<void>) => void = process.env.REPETITIONS === "full" ? test : () => {};

/** The log of the AWS provider. */
const LOG = "provider.log";

const SETTINGS = {
  account: "123456789012",
  dataProtection: false,
  state: { bucket: "serverless-infrastructure-state" },
};

describeE2e("a system with all recipes of docs/growing.md, and two more of everything", () => {
  let folder: string;
  let application: string;
  let System: ReturnType<typeof withTwoOfEverything>;
  let deployment: Deployment;
  let terraform: Terraform;
  let aws: Aws;
  let endpoint: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "two-"));
    application = join(folder, "application");
    ({ aws, endpoint, deployment, terraform } = await preparePart(folder, join(folder, LOG)));
    await aws.route53.send(new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "example.com" }));
    serveLibraries(readRecipes(), join(folder, "wheels"));
    applyRecipes(readRecipes(), application);
    System = withTwoOfEverything(loadStack(application));
    synthesize(folder);
    await createHostedZones(deployment, terraform, () => {});
  });
  afterAll(() => {
    deployment?.stop();
    rmSync(folder, { recursive: true });
  });

  function synthesize(outdir: string): void {
    const app = new App({ outdir, stackTraces: false });
    const settings = parseSettings({ production: SETTINGS }, "production");
    within(application, () => new System(app, "serverless-infrastructure", settings));
    app.synth();
  }

  /** What AWS asked IAM about the calls until now. */
  function asked(): IamRequest[] {
    const worker = `arn:aws:lambda:us-west-2:${SETTINGS.account}:function:orders-worker`;
    const alias = "alias/serverless-infrastructure-alarms";
    return iamRequestsIn(join(folder, LOG), "Production", alias, worker);
  }

  /** The calls until now that its own deploy role may not make. */
  function denied(): IamRequest[] {
    const { config } = within(application, () => synthesizeGithubAccess(SETTINGS, "production", System));
    const role = statementsOfRole(config, "serverless-infrastructure-deploy", SETTINGS.account);
    const requests = asked();
    expect(requests.length).toBeGreaterThan(200);
    return requests.filter((request) => !allows(role, request));
  }

  test("is deployed by its own role", async () => {
    await terraform.run(["apply", "-auto-approve", "-json"]);
    expect(denied()).toEqual([]);
  });

  weekly("is taken over where its state is lost, each resource as the one that it is", async () => {
    const before = (await terraform.state())?.resources ?? [];
    const { bucket: Bucket, key: Key } = deployment.backend();
    const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket, Key }));
    const saved = await Body?.transformToByteArray();
    await aws.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const plan = await planAdopting(terraform, deployment, { adopt: true });
    await aws.s3.send(new PutObjectCommand({ Bucket, Key, Body: saved }));
    const ids = new Map(before.map(({ address, values }) => [address, values.id]));
    const changes = plan.resource_changes ?? [];
    const adopted = changes.filter(({ change }) => change.importing);
    const found = adopted.map(({ address, change }) => [address, Object(change.before).id]);
    expect(found.filter(([address, id]) => ids.get(address) !== id)).toEqual([]);
    // A topic is not taken over: SNS returns an existing one where Terraform creates it again. The plan does not know its ARN, and so
    // replaces its permissions. Terraform writes the record that proves a domain over the existing one.
    const created = changes.filter(
      ({ change }) =>
        !change.importing && /create/.test(change.actions.join()) && !Object(change.after).allow_overwrite,
    );
    expect(created.filter(({ type }) => identityOf(type)).map(({ address }) => address)).toEqual([]);
    for (const type of ["aws_lambda_event_source_mapping", "aws_cloudwatch_event_target", "aws_sqs_queue"]) {
      expect(adopted.filter((each) => each.type === type).length).toBe(
        before.filter((each) => each.type === type).length,
      );
    }
  });

  weekly("has the same as HCL", async () => {
    const outdir = join(folder, "hcl");
    process.env.SYNTH_HCL_OUTPUT = "true";
    synthesize(outdir);
    delete process.env.SYNTH_HCL_OUTPUT;
    const written = new Terraform(join(outdir, "stacks", "serverless-infrastructure"), terraform.environment);
    expect(readdirSync(written.folder)).toContain("cdk.tf");
    await written.init();
    expect(await planChanges(written)).toEqual([]);
  });

  test("answers the events of AWS as docs/growing.md says", async () => {
    const env = { ...deployment.environment, AWS_DEFAULT_REGION: "us-west-2" };
    const call = [join(__dirname, "call_recipes.py"), terraform.folder];
    expect(await run(sharedRun().python, call, { env })).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("is served: each function gets its requests, messages, records, notifications and schedules", async () => {
    const { expected, missing } = await triggerEverything(deployment, aws, endpoint);
    expect(expected.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });

  test("plans no changes, and keeps what autoscaling did to an index", async () => {
    const ProvisionedThroughput = { ReadCapacityUnits: 50, WriteCapacityUnits: 80 };
    await aws.dynamodb.send(
      new UpdateTableCommand({
        TableName: "orders-table",
        GlobalSecondaryIndexUpdates: [{ Update: { IndexName: "byDay", ProvisionedThroughput } }],
      }),
    );
    expect(await planChanges(terraform)).toEqual([]);
  });

  test("is changed by its own role, also a function with a gradual release", async () => {
    const FunctionName = "orders-worker";
    await aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 19 }));
    await terraform.run(["apply", "-auto-approve", "-json", ...targetsOf(terraform, ["aws_lambda_function"])]);
    // The provider waits for the version that it publishes. Lambda publishes none, because the first one is like it.
    const waits = asked().filter(({ action }) => action === "lambda:GetFunctionConfiguration");
    expect(waits.map(({ resource }) => resource)).toEqual([
      `arn:aws:lambda:us-west-2:${SETTINGS.account}:function:${FunctionName}:1`,
    ]);
    expect(denied()).toEqual([]);
  });

  test("is destroyed by its own role", async () => {
    await terraform.run(["destroy", "-auto-approve", "-json"]);
    expect(denied()).toEqual([]);
    expect((await terraform.state())?.resources ?? []).toEqual([]);
  });
});
