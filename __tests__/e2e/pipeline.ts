import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
  DeleteRuleCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { connectAws } from "../../local/aws";
import { run } from "../../local/child-process";
import { Deployment } from "../../local/deployment";
import { Terraform } from "../../local/terraform";
import { sharedRun } from "./shared";

// What pipelines run, on the shared deployment: a plan that finds what somebody changed by hand, and its apply.

const aws = connectAws({ endpoint: sharedRun().endpoint ?? "http://127.0.0.1:1", region: "us-west-2" });
let folder: string;
let plan: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pipeline-"));
  plan = join(folder, "plan");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function npmRun(command: "apply" | "plan", ...args: string[]) {
  const env = {
    ...process.env,
    NO_COLOR: "1",
    ENVIRONMENT: "production",
    AWS_ENDPOINT_URL: sharedRun().endpoint,
  };
  return run(process.execPath, [`dist/pipeline/${command}.js`, ...args], { env });
}

const makePlan = (...args: string[]) => npmRun("plan", "--out", plan, "--lock-timeout", "60s", ...args);
const applyPlan = (source = plan) => npmRun("apply", "--plan", source, "--lock-timeout", "60s");

test("without changes the plan says so and ends with 0", async () => {
  const { exitCode, stdout } = await makePlan();
  expect([exitCode, stdout]).toEqual([0, "No changes.\n"]);
});

test("what was changed by hand is found exactly, mended by that plan in another folder, and then gone", async () => {
  const AlarmName = "ApiGateway-5XX-Errors";
  const { MetricAlarms: [alarm] = [] } = await aws.cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }),
  );
  await aws.cloudwatch.send(new PutMetricAlarmCommand({ ...(alarm as { AlarmName: string }), Threshold: 99 } as never));
  const Rule = "LambdaDailySchedule";
  const { Targets: [target] = [] } = await aws.events.send(new ListTargetsByRuleCommand({ Rule }));
  await aws.events.send(new RemoveTargetsCommand({ Rule, Ids: [target?.Id ?? ""] }));
  await aws.events.send(new DeleteRuleCommand({ Name: Rule }));

  const { exitCode, stdout, stderr } = await makePlan("--json");
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining("npm run apply makes it so")]);
  const { changes } = JSON.parse(stdout);
  const brief = changes.map(({ type, action, attributes }: Change) => [
    type,
    action,
    attributes.map(({ path }) => path),
  ]);
  expect(brief).toEqual(
    expect.arrayContaining([
      ["aws_cloudwatch_event_rule", "create", []],
      ["aws_cloudwatch_event_target", "create", []],
      ["aws_cloudwatch_metric_alarm", "update", ["threshold"]],
    ]),
  );

  const elsewhere = join(folder, "elsewhere");
  cpSync(plan, elsewhere, { recursive: true });
  const applied = await applyPlan(elsewhere);
  expect([applied.exitCode, applied.stdout]).toEqual([0, expect.stringContaining("api_endpoint ")]);
  expect((await aws.events.send(new ListRulesCommand({ NamePrefix: Rule }))).Rules).toHaveLength(1);
  expect((await makePlan()).stdout).toBe("No changes.\n");

  const again = await applyPlan(elsewhere);
  expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining("The plan is stale")]);
});

interface Change {
  readonly type: string;
  readonly action: string;
  readonly attributes: { readonly path: string }[];
}

test.each([
  ["without the zip", (copy: string) => removeZip(copy), "RequestProcessorFunction.zip is missing"],
  ["with another plan", (copy: string) => writeFileSync(join(copy, "plan"), "x"), "is not the file that was planned"],
  ["without a manifest", (copy: string) => rmSync(join(copy, "manifest.json")), "holds no plan"],
])("an artifact %s is refused before anything changes", async (_what, damage, reason) => {
  const copy = mkdtempSync(join(folder, "damaged-"));
  cpSync(plan, copy, { recursive: true });
  damage(copy);
  const { exitCode, stderr } = await applyPlan(copy);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(reason)]);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

function removeZip(copy: string): void {
  for (const name of readdirSync(copy)) if (name.endsWith(".zip")) rmSync(join(copy, name));
}

test("the HCL that CDKTF writes plans no changes against the state that was applied from the JSON", async () => {
  const output = join(folder, "hcl");
  const work = join(folder, "hcl-run");
  mkdirSync(work);
  const deployment = new Deployment({ ...sharedRun(), folder: work, environment: "production" });
  const env = { ...deployment.environment, AWS_REGION: "us-west-2" };
  const { exitCode, stdout } = await run("node_modules/.bin/cdktf", ["synth", "--hcl", "--output", output], { env });
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("Generated Terraform code")]);
  const stack = join(output, "stacks", "serverless-infrastructure");
  await deployment.serveArchiveProvider(stack);
  try {
    const terraform = new Terraform(stack, {
      ...env,
      TF_REATTACH_PROVIDERS: deployment.environment.TF_REATTACH_PROVIDERS,
    });
    await terraform.init();
    expect(await terraform.plan("-lock-timeout=60s")).toEqual([]);
  } finally {
    deployment.stop();
  }
});

test("a held lock is told with who holds it, since when, and how to release it", async () => {
  const Bucket = "serverless-infrastructure-state";
  const Key = "serverless-infrastructure/production.tfstate.tflock";
  const lock = {
    ID: "0b0f3a5e-0000-4000-8000-000000000000",
    Operation: "OperationTypeApply",
    Info: "",
    Who: "someone@elsewhere",
    Version: "1.11.4",
    Created: "2026-01-01T00:00:00.5Z",
    Path: `${Bucket}/serverless-infrastructure/production.tfstate`,
  };
  await aws.s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(lock) }));
  try {
    const { exitCode, stderr } = await npmRun("plan", "--out", join(folder, "locked"));
    expect(exitCode).toBe(1);
    expect(stderr).toContain("The state is locked by someone@elsewhere since 2026-01-01 00:00:00 UTC");
    expect(stderr).toContain(`terraform force-unlock ${lock.ID}`);
    expect(existsSync(join(folder, "locked"))).toBe(false);
  } finally {
    await aws.s3.send(new DeleteObjectCommand({ Bucket, Key }));
  }
});
