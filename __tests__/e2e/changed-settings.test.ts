/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetApisCommand, GetStagesCommand } from "@aws-sdk/client-apigatewayv2";
import { DescribeTableCommand, DescribeTimeToLiveCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { type Aws, connectAws } from "../../commands/terraform/aws";
import { Deployment } from "../../commands/terraform/deployment";
import type { Terraform } from "../../commands/terraform/terraform";
import { synthesizeTo } from "../synthesize-to";
import { planChanges } from "./inspect-terraform";
import { describeE2e, sharedRun, startOwnEmulator } from "./shared";

/** Deploys the resources of some types and what they need: the rest of the system would take a minute. */
function deployPart(types: RegExp) {
  let folder: string;
  let deployment: Deployment;
  let terraform: Terraform;
  let aws: Aws;
  let targets: string[] = [];

  const apply = async (settings: object) => {
    await synthesizeTo(folder, settings);
    const addresses = Object.entries(terraform.configuration().resource)
      .filter(([type]) => types.test(type))
      .flatMap(([type, resources = {}]) => Object.keys(resources).map((name) => `-target=${type}.${name}`));
    // Also those that are in the state only, so that they are deleted.
    targets = [...new Set([...targets, ...addresses])];
    await terraform.run(["apply", "-auto-approve", "-json", ...targets]);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "settings-"));
    const { endpoint } = await startOwnEmulator(join(folder, "emulator.log"));
    aws = connectAws({ endpoint, region: "us-west-2" });
    await aws.s3.send(new CreateBucketCommand({ Bucket: "serverless-infrastructure-state" }));
    await synthesizeTo(folder, {});
    deployment = new Deployment({ ...sharedRun(), endpoint, folder, outputFolder: folder, environment: "production" });
    terraform = deployment.stack("serverless-infrastructure");
    await deployment.serveArchiveProvider(terraform.folder);
    await terraform.init();
    await apply({});
  });
  afterAll(() => {
    deployment?.stop();
    rmSync(folder, { recursive: true });
  });

  return { apply, aws: () => aws, changes: () => planChanges(terraform, ...targets) };
}

describeE2e("a deployed stage takes a change of", () => {
  const part = deployPart(/^aws_apigatewayv2_stage$/);

  async function stage() {
    const { Items: [api] = [] } = await part.aws().apigateway.send(new GetApisCommand({}));
    const { Items: [stage] = [] } = await part.aws().apigateway.send(new GetStagesCommand({ ApiId: api?.ApiId }));
    return stage;
  }

  test.each<[string, object, object]>([
    ["tags", { tags: { team: "orders" } }, { Tags: { Environment: "Production", team: "orders" } }],
    ["environmentTag, and of tags back", { environmentTag: "Live" }, { Tags: { Environment: "Live" } }],
    [
      "api.throttle",
      { environmentTag: "Live", api: { throttle: { rateLimit: 7, burstLimit: 9 } } },
      { DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9, DetailedMetricsEnabled: true } },
    ],
  ])("%s, and the next plan is empty", async (_what, settings, expected) => {
    await part.apply(settings);
    expect(await part.changes()).toEqual([]);
    expect(await stage()).toEqual(expect.objectContaining(expected));
  });
});

describeE2e("a deployed table takes a change", () => {
  const part = deployPart(/^aws_(dynamodb_table|appautoscaling_(policy|target))$/);
  const TableName = "RequestDataTable";
  const created: (Date | undefined)[] = [];

  async function table() {
    const { Table } = await part.aws().dynamodb.send(new DescribeTableCommand({ TableName }));
    const { TimeToLiveDescription } = await part.aws().dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
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
    await part.apply({ table: settings });
    expect(await table()).toEqual(expected);
    expect(await part.changes()).toEqual([]);
  });

  test("and keeps what autoscaling did, in either direction of the minimum", async () => {
    const ProvisionedThroughput = { ReadCapacityUnits: 50, WriteCapacityUnits: 80 };
    await part.aws().dynamodb.send(new UpdateTableCommand({ TableName, ProvisionedThroughput }));
    expect(await part.changes()).toEqual([]);
    await part.apply({ table: provisioned(60) });
    expect(await table()).toEqual(["PROVISIONED", 60, 80, "DISABLED"]);
    await part.apply({ table: provisioned(5) });
    expect(await table()).toEqual(["PROVISIONED", 60, 80, "DISABLED"]);
    expect(await part.changes()).toEqual([]);
  });

  test("and is never replaced", () => {
    expect(new Set(created.map(Number)).size).toBe(1);
  });
});
