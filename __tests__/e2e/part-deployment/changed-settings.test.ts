/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetApisCommand, GetStagesCommand } from "@aws-sdk/client-apigatewayv2";
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
  let targets: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "settings-"));
    ({ aws, deployment, terraform } = await preparePart(folder));
    targets = targetsOf(terraform, ["aws_apigatewayv2_stage", "aws_cloudwatch_event_rule"]);
    await terraform.run(["apply", "-auto-approve", "-json", ...targets]);
  });
  afterAll(() => {
    deployment?.stop();
    rmSync(folder, { recursive: true });
  });

  /** The stage, with the API's CORS configuration and the rule's state. */
  async function deployed() {
    const { Items: [api] = [] } = await aws.apigateway.send(new GetApisCommand({}));
    const { Items: [stage] = [] } = await aws.apigateway.send(new GetStagesCommand({ ApiId: api?.ApiId }));
    const { State } = await aws.events.send(new DescribeRuleCommand({ Name: "LambdaDailySchedule" }));
    return { ...stage, Cors: api?.CorsConfiguration, State };
  }

  test.each<[string, object, object]>([
    ["tags", { tags: { team: "orders" } }, { Tags: { Environment: "Production", team: "orders" } }],
    ["environmentTag, and of tags back", { environmentTag: "Live" }, { Tags: { Environment: "Live" } }],
    [
      "api.throttle and api.cors",
      {
        environmentTag: "Live",
        api: {
          throttle: { rateLimit: 7, burstLimit: 9 },
          cors: { allowOrigins: [ORIGIN], exposeHeaders: ["Retry-After"], allowCredentials: true },
        },
      },
      {
        DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9, DetailedMetricsEnabled: true },
        Cors: expect.objectContaining({
          AllowOrigins: [ORIGIN],
          ExposeHeaders: ["Retry-After"],
          AllowCredentials: true,
        }),
      },
    ],
    [
      "schedule.enabled, and of api.cors back",
      { schedule: { enabled: false } },
      { State: "DISABLED", Cors: DEFAULT_CORS },
    ],
  ])("%s, and the next plan is empty", async (_what, settings, expected) => {
    await synthesizeTo(folder, settings);
    await terraform.run(["apply", "-auto-approve", "-json", ...targets]);
    expect(await planChanges(terraform, ...targets)).toEqual([]);
    expect(await deployed()).toEqual(expect.objectContaining(expected));
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
