/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { DescribeScalableTargetsCommand } from "@aws-sdk/client-application-auto-scaling";
import {
  DeleteItemCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { GetRolePolicyCommand, ListRolePoliciesCommand } from "@aws-sdk/client-iam";
import { type FunctionConfiguration, GetAliasCommand, ListVersionsByFunctionCommand } from "@aws-sdk/client-lambda";
import type { Deployed } from "@local/aws-on-this-machine/start/apply-stacks";
import { type Aws, connectAws } from "@local/terraform/aws";
import { systemNames } from "../../../../stacks/names";
import { shareAwsProvider } from "../../aws-provider";
import { Checkout } from "../../checkout";
import { describeE2e } from "../../shared";
import { SharedDeployment } from "../shared-deployment";

const {
  table,
  function: { functionName: FunctionName },
} = systemNames({ environment: "production", region: "us-west-2" });

/** After its first apply, the system has a gradual release, and a table with each setting. */
const SETTINGS = {
  table: { ttlAttribute: "ExpiresAt" },
  function: { release: { mode: "canary", percent: 10, minutes: 5 } },
};

describeE2e("the drill of a restore", () => {
  let folder: string;
  let deployed: Deployed;
  let aws: Aws;
  let checkout: Checkout;
  let restored: string;
  let second: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "restore-"));
    const shown = jest.spyOn(console, "error").mockImplementation();
    // Read by the emulator at its start.
    process.env.EMULATOR_MINUTE_SECONDS = "1";
    try {
      deployed = await (await SharedDeployment.ready()).repeat(folder);
    } finally {
      delete process.env.EMULATOR_MINUTE_SECONDS;
    }
    shown.mockRestore();
    aws = connectAws({ endpoint: deployed.endpoint, region: "us-west-2" });
    await shareAwsProvider({ endpoint: deployed.endpoint, folder });
    checkout = new Checkout(join(folder, "checkout"), deployed.endpoint);
    checkout.edit("cdktf.json", '"production": {}', `"production": ${JSON.stringify(SETTINGS)}`);
    const added = 'stream: "NEW_IMAGE", indexes: { byTime: { partitionKey: "Timestamp" } }';
    checkout.edit(
      "stacks/serverless-infrastructure-stack.ts",
      'sortKey: "Timestamp",',
      `sortKey: "Timestamp", ${added},`,
    );
  });
  afterAll(async () => {
    await deployed?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });

  const keyOf = (id: string) => ({ RequestId: { S: id }, Timestamp: { S: "2026" } });
  const inUse = () => {
    const { restored = {} } = JSON.parse(readFileSync(join(checkout.folder, "cdktf.json"), "utf8")).context.environments
      .production.table;
    return restored[table];
  };

  const put = (TableName: string, id: string) => aws.dynamodb.send(new PutItemCommand({ TableName, Item: keyOf(id) }));
  const remove = (TableName: string, id: string) =>
    aws.dynamodb.send(new DeleteItemCommand({ TableName, Key: keyOf(id) }));
  const nameAt = (time: string) => `${table}-${time.replaceAll(/[-:]/g, "")}`;

  /** A second that lies between the changes before and those after. */
  async function aSecond(): Promise<string> {
    await setTimeout(1_100);
    const time = `${new Date().toISOString().slice(0, 19)}Z`;
    await setTimeout(1_100);
    return time;
  }

  /** The published versions, each with the tables of its variables. */
  async function versions() {
    const { Versions = [] } = await aws.lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
    const tablesOf = ({ Environment }: FunctionConfiguration) =>
      Object.values(Environment?.Variables ?? {}).filter((value) => value.startsWith(table));
    return Versions.filter(({ Version }) => Version !== "$LATEST").map((each) => ({ ...each, tables: tablesOf(each) }));
  }

  /** The tables to which the role of a version has access. */
  async function accessOf({ Role = "" }: FunctionConfiguration): Promise<string[]> {
    const RoleName = Role.split("/").at(-1);
    const { PolicyNames = [] } = await aws.iam.send(new ListRolePoliciesCommand({ RoleName }));
    const policies = PolicyNames.map((PolicyName) => aws.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
    const text = (await Promise.all(policies)).map(({ PolicyDocument = "" }) => decodeURIComponent(PolicyDocument));
    return [...text.join().matchAll(/:table\/([\w.-]+)"/g)].map(([, name = ""]) => name);
  }

  async function liveVersion() {
    const alias = await aws.lambda.send(new GetAliasCommand({ FunctionName, Name: "live" }));
    expect(alias.RoutingConfig?.AdditionalVersionWeights).toBeUndefined();
    const live = (await versions()).find(({ Version }) => Version === alias.FunctionVersion);
    expect(live).toBeDefined();
    return live;
  }

  /** The settings of a table that AWS does not restore; and its indexes, which it does. */
  async function settingsOf(TableName: string) {
    const { Table = {} } = await aws.dynamodb.send(new DescribeTableCommand({ TableName }));
    const backups = await aws.dynamodb.send(new DescribeContinuousBackupsCommand({ TableName }));
    const { TimeToLiveDescription: ttl } = await aws.dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
    const { Tags = [] } = await aws.dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: Table.TableArn }));
    const { ScalableTargets = [] } = await aws.autoscaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: "dynamodb" }),
    );
    return {
      indexes: (Table.GlobalSecondaryIndexes ?? []).map(({ IndexName, IndexStatus }) => `${IndexName} ${IndexStatus}`),
      stream: Table.StreamSpecification?.StreamViewType,
      isProtected: Table.DeletionProtectionEnabled,
      recovery: backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus,
      ttl: ttl?.TimeToLiveStatus,
      tags: Tags.map(({ Key, Value }) => `${Key} ${Value}`),
      scaled: ScalableTargets.filter(({ ResourceId }) => ResourceId?.split("/")[1] === TableName).length,
    };
  }
  const UNSET = { stream: undefined, isProtected: false, recovery: "DISABLED", ttl: "DISABLED", tags: [], scaled: 0 };
  const CONFIGURED = {
    indexes: ["byTime ACTIVE"],
    stream: "NEW_IMAGE",
    isProtected: true,
    recovery: "ENABLED",
    ttl: "ENABLED",
    tags: ["Environment Production"],
    scaled: 4,
  };

  test("plans the use of a table with the deleted items, without a loss", async () => {
    for (const id of ["kept", "deleted"]) await put(table, id);
    const time = await aSecond();
    await remove(table, "deleted");

    const { exitCode, stdout, stderr } = await checkout.run("restore", "--at", time);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("Saved to cdktf.out/plan")]);
    restored = nameAt(time);
    expect(inUse()).toEqual([restored]);
    expect(stdout).toContain(`aws_dynamodb_table: ${restored} takes the place of ${table}.`);
    expect(stdout).toContain("A running npm start of this checkout does it by itself");
    expect(stdout).toMatch(new RegExp(`Of 2 items from the restored table, ${table} has 1 as they are, .* lacks 1\\.`));
    expect(stdout).not.toMatch(/would be lost|^- delete|^± replace .*aws_dynamodb/m);
  });

  test("applies it: the table is as configured, and the former one stays as it was", async () => {
    expect(await settingsOf(restored)).toEqual({ indexes: [], ...UNSET });
    expect(await checkout.run("apply")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(restored) });
    expect(await settingsOf(restored)).toEqual(CONFIGURED);
    expect((await aws.dynamodb.send(new DescribeTableCommand({ TableName: table }))).Table?.ItemCount).toBe(1);
  });

  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
  test("restores the restored table: the plan sets what AWS restores without, and no change is left", async () => {
    await put(restored, "late");
    const time = await aSecond();
    await remove(restored, "kept");
    const { exitCode, stdout } = await checkout.run("restore", "--at", time);
    second = nameAt(time);
    expect([exitCode, inUse()]).toEqual([0, [restored, second]]);
    expect(stdout).toContain(`aws_dynamodb_table: ${second} takes the place of ${restored}.`);
    expect(stdout).not.toMatch(/would be lost|^- delete|^± replace .*aws_dynamodb/m);
    expect(await settingsOf(second)).toEqual({ indexes: ["byTime ACTIVE"], ...UNSET });

    const applied = await checkout.run("apply");
    expect([applied.exitCode, applied.stdout]).toEqual([0, expect.stringContaining(second)]);
    expect(applied.stderr).toMatch(/all invocations move at once\..*version \d gets all invocations.* is live\./s);
    expect(applied.stderr).not.toMatch(/gets \d+ %/);
    expect(await settingsOf(second)).toEqual(CONFIGURED);
    const { Items = [] } = await aws.dynamodb.send(new ScanCommand({ TableName: second }));
    expect(Items.map(({ RequestId }) => RequestId?.S).sort()).toEqual(["deleted", "kept", "late"]);
    expect(await checkout.run("plan")).toMatchObject({ exitCode: 0, stdout: "No changes.\n" });
  });

  test("leaves older versions of the function the access to the tables that they use", async () => {
    const published = await versions();
    expect(published.map(({ tables }) => tables)).toEqual([[restored], [second]]);
    expect((await liveVersion())?.tables).toEqual([second]);
    for (const each of published) expect(await accessOf(each)).toEqual(expect.arrayContaining(each.tables));
  });

  test("is not undone by a checkout without its entry, which the refusals lead to", async () => {
    const file = join(checkout.folder, "cdktf.json");
    const settings = JSON.parse(readFileSync(file, "utf8"));
    delete settings.context.environments.production.table.restored;
    writeFileSync(file, JSON.stringify(settings));
    const remedy = `npm run restore -- --table ${table} --use ${second} adds the entry.`;
    const { exitCode, stderr } = await checkout.run("plan");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(remedy)]);
    expect(stderr).not.toMatch(/--adopt|--allow-data-loss/);
    const adopted = await checkout.run("plan", "--adopt");
    expect([adopted.exitCode, adopted.stderr]).toEqual([3, expect.stringContaining(remedy)]);
    const again = await checkout.run("restore", "--table", table, "--use", second);
    expect([again.exitCode, inUse()]).toEqual([0, [second]]);
    // The checkout does not know the table of the first restore, to which the role then ends the access.
    expect(again.stdout).toMatch(
      new RegExp(`^~ update +aws_iam_role_policy\\.\\S+\n.*${restored}" → \\(none\\)\n\n1 to update`),
    );
  });

  test("goes back to the former table", async () => {
    const { exitCode, stdout } = await checkout.run("restore", "--use", table);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`${table} takes the place of ${second}.`)]);
    expect(inUse()).toEqual([second, table]);
    expect(await checkout.run("apply")).toMatchObject({ exitCode: 0 });
    expect((await liveVersion())?.tables).toEqual([table]);
    expect(await checkout.run("plan")).toMatchObject({ exitCode: 0, stdout: "No changes.\n" });
  });
});
