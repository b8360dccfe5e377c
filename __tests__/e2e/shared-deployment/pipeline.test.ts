/** @sequential Each test goes on from the one before it. */
import { appendFileSync, copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { DeleteAlarmsCommand, DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
  DeleteRuleCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { DescribeKeyCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import type { Deployed } from "@local/aws-on-this-machine/start/apply-stacks";
import { run } from "@local/command-line/process/child-process";
import { type Aws, connectAws } from "@local/terraform/aws";
import { shareAwsProvider } from "../aws-provider";
import { AwsProxy } from "../aws-proxy";
import { Checkout, expectFailure, recordWrites } from "../checkout";
import { describeE2e } from "../shared";
import { SharedDeployment } from "./shared-deployment";

const RULE = "LambdaDailySchedule";
const FUNCTION = "RequestProcessorFunction";
/** An account that is not the emulator's. */
const ACCOUNT = "999999999999";
const ZIP = "RequestProcessorFunction.zip";
const LOCK_FILE = ".terraform.lock.hcl";

// From what a killed apply leaves to a deployed system, and what goes wrong on the way.
describeE2e("the pipeline's commands", () => {
  let folder: string;
  let deployed: Deployed;
  let proxy: AwsProxy;
  let aws: Aws;
  let checkout: Checkout;
  /** A plan, as it was carried to another place. */
  let artifact: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pipeline-"));
    artifact = join(folder, "artifact");
    const shown = jest.spyOn(console, "error").mockImplementation();
    deployed = await (await SharedDeployment.ready()).repeat(folder);
    shown.mockRestore();
    proxy = await AwsProxy.start(deployed.endpoint);
    const stack = deployed.deployment.stack("serverless-infrastructure");
    await shareAwsProvider({ endpoint: proxy.endpoint, folder: stack.folder, isInstalled: true });
    aws = connectAws({ endpoint: deployed.endpoint, region: "us-west-2" });
    checkout = new Checkout(join(folder, "checkout"), proxy.endpoint);
    // As an apply leaves it that is killed before it saves its state: some of it is there, and no state.
    const { bucket: Bucket, key: Key } = deployed.deployment.backend();
    await aws.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const { MetricAlarms = [] } = await aws.cloudwatch.send(new DescribeAlarmsCommand({}));
    const AlarmNames = MetricAlarms.map(({ AlarmName = "" }) => AlarmName);
    await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames }));
  });
  afterAll(async () => {
    await proxy?.stop();
    await deployed?.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => {
    if (!proxy) return;
    proxy.before = () => undefined;
    proxy.after = () => {};
  });

  test("a first plan creates everything, also where another account is meant than the emulator's", async () => {
    const first = new Checkout(join(folder, "first"), proxy.endpoint, "first");
    const { bucket } = deployed.deployment.backend();
    const settings = { account: ACCOUNT, state: { bucket } };
    first.edit("cdktf.json", '"production": {}', `"production": {}, "first": ${JSON.stringify(settings)}`);
    const planned = await first.run("plan");
    expect([planned.exitCode, planned.stdout]).toEqual([2, expect.stringMatching(/\n\d+ to create, outputs /)]);
    expect(planned.stdout).not.toContain("import");
    expect(planned.stderr).toContain(
      `Plan of serverless-infrastructure-first: on the emulator at ${proxy.endpoint}, account 123456789012 in place of ${ACCOUNT} `,
    );
  });

  test("killed half-way, an apply leaves a lock that tells who holds it and how to release it", async () => {
    const planned = await checkout.run("plan", "--adopt");
    expect([planned.exitCode, planned.stdout]).toEqual([
      2,
      expect.stringMatching(/^\+ create {2}aws_cloudwatch_metric_alarm\./m),
    ]);
    // From here on, the versions of the providers are the project's.
    const lockFile = join(checkout.folder, LOCK_FILE);
    copyFileSync(join(checkout.plan, LOCK_FILE), lockFile);
    appendFileSync(lockFile, "# the project's\n");
    const apply = checkout.start("apply");
    let created = 0;
    await new Promise<void>((done, fail) => {
      apply.once("close", () => fail(new Error("The apply ended before it could be killed")));
      proxy.before = ({ method, operation, path }) => {
        // Terraform saves its state every 20 s, which on a slow machine must not be soon enough.
        if (method === "PUT" && /\.tfstate(\?|$)/.test(path)) return { status: 200, body: "" };
        return operation === "PutMetricAlarm" && created++ > 0 ? new Promise(() => {}) : undefined;
      };
      proxy.after = ({ operation }) => {
        if (operation === "PutMetricAlarm") done();
      };
    });
    await killTree(apply);

    const { exitCode, stdout, stderr } = await checkout.run("plan");
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      new RegExp(
        `The state is locked by \\S+@${hostname()} since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC \\(OperationTypeApply\\)\\.`,
      ),
    );
    const [, id = ""] = /terraform force-unlock (\S+), in the stack's folder/.exec(stderr) ?? [];
    await checkout.withTerraform((terraform) => terraform.run(["force-unlock", "-force", id]));
  });

  test("run again, a plan imports what is there, and the apply creates what is missing and nothing twice", async () => {
    // As an older version may have left it.
    const Arn = `arn:aws:lambda:us-west-2:123456789012:function:${FUNCTION}`;
    await aws.events.send(new RemoveTargetsCommand({ Rule: RULE, Ids: [FUNCTION] }));
    await aws.events.send(new PutTargetsCommand({ Rule: RULE, Targets: [{ Id: "terraform-20260101", Arn }] }));
    const planned = await checkout.run("plan", "--adopt");
    expect(planned.exitCode).toBe(2);
    expect(planned.stdout).toMatch(/^↓ import {2}aws_lambda_function\./m);
    expect(planned.stdout).toMatch(/^↓ import {2}aws_cloudwatch_event_rule\./m);
    expect(planned.stdout).toMatch(/^\+ create {2}aws_cloudwatch_metric_alarm\./m);
    expect(planned.stdout.match(/^. replace .*/gm)).toEqual([
      expect.stringMatching(/^± replace aws_cloudwatch_event_target\.\S+ \(because of target_id\)$/),
    ]);
    expect(readFileSync(join(checkout.plan, LOCK_FILE), "utf8")).toMatch(/# the project's\n$/);
    // The provider, which all commands share, looks for the function's code beside the stack that was repeated.
    copyFileSync(join(checkout.plan, ZIP), join(deployed.deployment.stack("serverless-infrastructure").folder, ZIP));
    const applied = await checkout.run("apply");
    expect([applied.exitCode, applied.stdout]).toEqual([0, expect.stringContaining("api_endpoint ")]);
    expect((await aws.apigateway.send(new GetApisCommand({}))).Items).toHaveLength(1);
    expect(await keysOfTheTopic()).toBe(1);
    expect(await targets()).toEqual([FUNCTION]);
  });

  async function targets(): Promise<(string | undefined)[]> {
    const { Targets = [] } = await aws.events.send(new ListTargetsByRuleCommand({ Rule: RULE }));
    return Targets.map(({ Id }) => Id);
  }

  async function keysOfTheTopic(): Promise<number> {
    const { Keys = [] } = await aws.kms.send(new ListKeysCommand({}));
    const described = await Promise.all(Keys.map(({ KeyId }) => aws.kms.send(new DescribeKeyCommand({ KeyId }))));
    return described.filter(({ KeyMetadata }) => KeyMetadata?.Description?.includes("serverless-infrastructure"))
      .length;
  }

  test("what was changed by hand is found exactly", async () => {
    const AlarmName = "ApiGateway-5XX-Errors";
    const { MetricAlarms: [alarm] = [] } = await aws.cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }),
    );
    const changed = { ...(alarm as { AlarmName: string }), Threshold: 99 };
    await aws.cloudwatch.send(new PutMetricAlarmCommand(changed as never));
    await aws.events.send(new RemoveTargetsCommand({ Rule: RULE, Ids: [FUNCTION] }));
    await aws.events.send(new DeleteRuleCommand({ Name: RULE }));

    const locks: string[] = [];
    proxy.before = ({ method, path }) => void (path.includes(".tflock") && locks.push(method));
    const { exitCode, stdout, stderr } = await checkout.run("plan", "--json", "--no-lock");
    expect(locks).toEqual([]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Apply it with npm run apply")]);
    const changes = (JSON.parse(stdout).changes as Change[]).map(({ type, action, attributes }) => [
      type,
      action,
      ...attributes.map(({ path, before, after }) => `${path}: ${before} → ${after}`),
    ]);
    // The permission names the rule's ARN, which is not known before the rule is there.
    expect(changes.filter(([type]) => type !== "aws_lambda_permission" && type !== "aws_sqs_queue_policy")).toEqual([
      ["aws_cloudwatch_event_rule", "create"],
      ["aws_cloudwatch_event_target", "create"],
      ["aws_cloudwatch_metric_alarm", "update", "threshold: 99 → 10"],
    ]);

    cpSync(checkout.plan, artifact, { recursive: true });
    rmSync(checkout.plan, { recursive: true });
  });

  test.each([
    ["without the zip", (copy: string) => rmSync(join(copy, ZIP)), "RequestProcessorFunction.zip is missing"],
    ["with another plan", (copy: string) => writeFileSync(join(copy, "plan"), "x"), "is not the file that was planned"],
    ["without a manifest", (copy: string) => rmSync(join(copy, "manifest.json")), "holds no plan"],
  ])("an artifact %s is refused before anything changes", async (_what, damage, reason) => {
    const copy = mkdtempSync(join(folder, "damaged-"));
    cpSync(artifact, copy, { recursive: true });
    damage(copy);
    const writes = recordWrites(proxy);
    expectFailure(await checkout.run("apply", "--plan", copy), reason);
    expect(writes).toEqual([]);
  });

  test("of two applies at once, one mends it from another folder and the other says that the state is locked", async () => {
    let release = () => {};
    const held = new Promise<void>((reached) => {
      proxy.before = async ({ operation }) => {
        if (operation !== "PutMetricAlarm") return undefined;
        reached();
        await new Promise<void>((done) => {
          release = done;
        });
        return undefined;
      };
    });
    const applied = checkout.run("apply", "--plan", artifact);
    await Promise.race([held, applied]);
    expectFailure(await checkout.run("apply", "--plan", artifact), /^The state is locked by .+ Nothing was changed\. /);
    release();
    const { exitCode, stdout } = await applied;
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("api_endpoint ")]);
    expect((await aws.events.send(new ListRulesCommand({ NamePrefix: RULE }))).Rules).toHaveLength(1);
    expect((await checkout.run("plan")).stdout).toBe("No changes.\n");
  });

  test("applied again, a plan has nothing to do", async () => {
    const writes = recordWrites(proxy);
    const { exitCode, stdout, stderr } = await checkout.run("apply", "--plan", artifact);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("api_endpoint ")]);
    expect(stderr).toMatch(/^✔ Apply of .+, nothing to do: what was planned is there [\d.]+ s\n$/);
    expect(writes).toEqual([]);
  });

  test("where a part of the state is lost, a plan imports the schedule as it is, and replaces nothing", async () => {
    await checkout.withTerraform(async (terraform) => {
      const lost = /^aws_(cloudwatch_event_(rule|target)|lambda_permission)\./;
      const { resources = [] } = (await terraform.state()) ?? {};
      const addresses = resources.map(({ address }) => address).filter((address) => lost.test(address));
      expect(addresses).toHaveLength(4);
      await terraform.run(["state", "rm", ...addresses]);
    });
    const planned = await checkout.run("plan", "--adopt");
    expect(planned.stdout.match(/^\S+ \w+ +aws_\w+/gm)?.sort()).toEqual([
      "↓ import  aws_cloudwatch_event_rule",
      "↓ import  aws_cloudwatch_event_target",
      "↓ import  aws_lambda_permission",
      "↓ import  aws_lambda_permission",
    ]);
    expect((await checkout.run("apply")).exitCode).toBe(0);
    expect(await targets()).toEqual([FUNCTION]);
  });

  test("after the state has changed, an older plan is stale", async () => {
    const damaged = { Rule: RULE, Ids: [FUNCTION] };
    await aws.events.send(new RemoveTargetsCommand(damaged));
    expectFailure(
      await checkout.run("apply", "--plan", artifact),
      "The plan is stale: the state has changed since it was made. Run npm run plan again.",
    );
  });

  test("for another Region, a plan says first that everything stays behind", async () => {
    const { bucket } = deployed.deployment.backend();
    const settings = { region: "eu-west-1", dataProtection: false, state: { bucket } };
    checkout.edit("cdktf.json", '"production": {}', `"production": ${JSON.stringify(settings)}`);
    const said =
      /^\d\d resources of the state are in us-west-2, and the settings say eu-west-1\. Everything of the old one stays behind: /;
    // A plan itself would wait a minute for the provider to believe that a queue is not there.
    const failed = await checkout.run("plan", "--lock-timeout", "no duration");
    const [, first = "", second] = failed.stderr.split("\n");
    expect([failed.exitCode, first, second]).toEqual([
      1,
      expect.stringMatching(said),
      expect.stringMatching(/^Error: /),
    ]);
  });
});

interface Change {
  readonly type: string;
  readonly action: string;
  readonly attributes: { readonly path: string; readonly before: string; readonly after: string }[];
}

/** Ends a process and all that it started, as when a machine dies. */
async function killTree({ pid = 0 }: { readonly pid?: number }): Promise<void> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const parents = new Map(rows.map(([child = 0, parent = 0]) => [child, parent]));
  const isBelow = (id: number): boolean => id === pid || (id > 1 && isBelow(parents.get(id) ?? 0));
  for (const id of [...parents.keys()].filter(isBelow)) process.kill(id, "SIGKILL");
}
