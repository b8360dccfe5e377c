/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTableCommand, DescribeTimeToLiveCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import type { Aws } from "@local/terraform/aws";
import type { Deployment } from "@local/terraform/deployment";
import type { Terraform } from "@local/terraform/run/terraform";
import { synthesizeTo } from "../../synthesize-to";
import { planChanges } from "../inspect-terraform";
import { describeE2e } from "../shared";
import { preparePart, targetsOf } from "./part-deployment";

describeE2e("a deployed table takes a change", () => {
  let folder: string;
  let deployment: Deployment;
  let terraform: Terraform;
  let aws: Aws;
  let targets: string[] = [];
  const TableName = "RequestDataTable";
  const created: (Date | undefined)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "table-"));
    ({ aws, deployment, terraform } = await preparePart(folder));
    await apply({});
  });
  afterAll(() => {
    deployment?.stop();
    rmSync(folder, { recursive: true });
  });

  async function apply(settings: object) {
    await synthesizeTo(folder, settings);
    const addresses = targetsOf(terraform, [
      "aws_dynamodb_table",
      "aws_appautoscaling_policy",
      "aws_appautoscaling_target",
    ]);
    // Also those that are in the state only, so that they are deleted.
    targets = [...new Set([...targets, ...addresses])];
    await terraform.run(["apply", "-auto-approve", "-json", ...targets]);
  }

  async function table() {
    const { Table } = await aws.dynamodb.send(new DescribeTableCommand({ TableName }));
    const { TimeToLiveDescription } = await aws.dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
    created.push(Table?.CreationDateTime);
    const { ReadCapacityUnits, WriteCapacityUnits } = Table?.ProvisionedThroughput ?? {};
    return [
      Table?.BillingModeSummary?.BillingMode,
      ReadCapacityUnits,
      WriteCapacityUnits,
      TimeToLiveDescription?.TimeToLiveStatus,
    ];
  }
  const provisioned = (min: number) => ({ capacity: { mode: "provisioned", min } });
  const onDemand = { capacity: { mode: "on-demand" } };
  const ttlAttribute = "ExpiresAt";

  test.each<[string, object, unknown[]]>([
    ["to another minimum, and with TTL", { ...provisioned(6), ttlAttribute }, ["PROVISIONED", 6, 6, "ENABLED"]],
    ["to on-demand, without TTL", onDemand, ["PAY_PER_REQUEST", 0, 0, "DISABLED"]],
    ["from on-demand to a minimum of 50", provisioned(50), ["PROVISIONED", 50, 50, "DISABLED"]],
  ])("%s, and the next plan is empty", async (_what, settings, expected) => {
    await apply({ table: settings });
    expect(await table()).toEqual(expected);
    expect(await planChanges(terraform, ...targets)).toEqual([]);
  });

  test("and keeps what autoscaling did, in either direction of the minimum", async () => {
    const ProvisionedThroughput = { ReadCapacityUnits: 50, WriteCapacityUnits: 80 };
    await aws.dynamodb.send(new UpdateTableCommand({ TableName, ProvisionedThroughput }));
    expect(await planChanges(terraform, ...targets)).toEqual([]);
    await apply({ table: provisioned(60) });
    expect(await table()).toEqual(["PROVISIONED", 60, 80, "DISABLED"]);
    await apply({ table: provisioned(5) });
    expect(await table()).toEqual(["PROVISIONED", 60, 80, "DISABLED"]);
    expect(await planChanges(terraform, ...targets)).toEqual([]);
  });

  test("and is never replaced", () => {
    expect(new Set(created.map(Number)).size).toBe(1);
  });
});
