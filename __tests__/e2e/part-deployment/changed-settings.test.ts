/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetApisCommand, GetStagesCommand } from "@aws-sdk/client-apigatewayv2";
import { DescribeTableCommand, DescribeTimeToLiveCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { DescribeRuleCommand } from "@aws-sdk/client-eventbridge";
import type { Aws } from "@local/terraform/aws";
import type { Deployment } from "@local/terraform/deployment";
import type { Terraform } from "@local/terraform/run/terraform";
import { synthesizeTo } from "../../synthesize-to";
import { planChanges } from "../inspect-terraform";
import { describeE2e } from "../shared";
import { preparePart, targetsOf } from "./part-deployment";

const ORIGIN = "https://example.com";
const DEFAULT_CORS = {
  AllowOrigins: ["*"],
  AllowMethods: expect.any(Array),
  AllowHeaders: expect.any(Array),
  ExposeHeaders: [],
  AllowCredentials: false,
  MaxAge: 86_400,
};

describeE2e("a deployed system takes a change of", () => {
  let folder: string;
  let deployment: Deployment;
  let terraform: Terraform;
  let aws: Aws;
  let targets: string[] = [];
  const TableName = "RequestDataTable";
  const created: (Date | undefined)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "settings-"));
    ({ aws, deployment, terraform } = await preparePart(folder));
    await apply({});
  });
  afterAll(() => {
    deployment?.stop();
    rmSync(folder, { recursive: true });
  });

  async function apply(settings: object) {
    await synthesizeTo(folder, settings);
    const types = ["apigatewayv2_stage", "appautoscaling_policy", "appautoscaling_target", "cloudwatch_event_rule"];
    const addresses = targetsOf(
      terraform,
      [...types, "dynamodb_table"].map((type) => `aws_${type}`),
    );
    // Also those that are in the state only, so that they are deleted.
    targets = [...new Set([...targets, ...addresses])];
    await terraform.run(["apply", "-auto-approve", "-json", ...targets]);
  }

  /** The stage's tags and limits, with the API's CORS configuration and the states of the rule and the table. */
  async function deployed() {
    const { Items: [api] = [] } = await aws.apigateway.send(new GetApisCommand({}));
    const { Items: [stage] = [] } = await aws.apigateway.send(new GetStagesCommand({ ApiId: api?.ApiId }));
    const { State } = await aws.events.send(new DescribeRuleCommand({ Name: "LambdaDailySchedule" }));
    return { ...stage, Cors: api?.CorsConfiguration, State, Table: await table() };
  }

  async function table() {
    const { Table } = await aws.dynamodb.send(new DescribeTableCommand({ TableName }));
    const { TimeToLiveDescription } = await aws.dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
    created.push(Table?.CreationDateTime);
    const { ReadCapacityUnits, WriteCapacityUnits } = Table?.ProvisionedThroughput ?? {};
    const mode = Table?.BillingModeSummary?.BillingMode;
    return [mode, ReadCapacityUnits, WriteCapacityUnits, TimeToLiveDescription?.TimeToLiveStatus];
  }
  const provisioned = (min: number) => ({ capacity: { mode: "provisioned", min } });

  test.each<[string, object, object]>([
    [
      "tags, api.throttle, api.cors and the table's minimum, and gets TTL",
      {
        tags: { team: "orders" },
        api: {
          throttle: { rateLimit: 7, burstLimit: 9 },
          cors: { allowOrigins: [ORIGIN], exposeHeaders: ["Retry-After"], allowCredentials: true },
        },
        table: { ...provisioned(6), ttlAttribute: "ExpiresAt" },
      },
      {
        Tags: { Environment: "Production", team: "orders" },
        DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9, DetailedMetricsEnabled: true },
        Cors: expect.objectContaining({
          AllowOrigins: [ORIGIN],
          ExposeHeaders: ["Retry-After"],
          AllowCredentials: true,
        }),
        Table: ["PROVISIONED", 6, 6, "ENABLED"],
      },
    ],
    [
      "environmentTag, schedule.enabled and the table to on-demand, and of the rest back",
      { environmentTag: "Live", schedule: { enabled: false }, table: { capacity: { mode: "on-demand" } } },
      {
        Tags: { Environment: "Live" },
        Cors: DEFAULT_CORS,
        State: "DISABLED",
        Table: ["PAY_PER_REQUEST", 0, 0, "DISABLED"],
      },
    ],
    [
      "the table from on-demand to a minimum of 50",
      { table: provisioned(50) },
      { State: "ENABLED", Table: ["PROVISIONED", 50, 50, "DISABLED"] },
    ],
  ])("%s, and the next plan is empty", async (_what, settings, expected) => {
    await apply(settings);
    expect(await planChanges(terraform, ...targets)).toEqual([]);
    expect(await deployed()).toEqual(expect.objectContaining(expected));
  });

  test("the table's minimum, in either direction, and keeps what autoscaling did", async () => {
    const ProvisionedThroughput = { ReadCapacityUnits: 50, WriteCapacityUnits: 80 };
    await aws.dynamodb.send(new UpdateTableCommand({ TableName, ProvisionedThroughput }));
    expect(await planChanges(terraform, ...targets)).toEqual([]);
    await apply({ table: provisioned(60) });
    expect(await table()).toEqual(["PROVISIONED", 60, 80, "DISABLED"]);
    await apply({ table: provisioned(5) });
    expect(await table()).toEqual(["PROVISIONED", 60, 80, "DISABLED"]);
    expect(await planChanges(terraform, ...targets)).toEqual([]);
  });

  test("the table, which it never replaces", () => {
    expect(new Set(created.map(Number)).size).toBe(1);
  });

  test("function.runtime that the provider does not know is told with the provider's version", async () => {
    await synthesizeTo(folder, {});
    const file = terraform.configurationFile;
    writeFileSync(file, readFileSync(file, "utf8").replace('"python3.13"', '"python3.99"'));
    await expect(terraform.planTo(join(folder, "plan"), ...targets)).rejects.toThrow(
      /^terraform plan: The AWS provider \d+\.\d+\.\d+ does not know the runtime python3\.99; use a newer one\. /,
    );
  });
});
