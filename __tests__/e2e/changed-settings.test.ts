/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetApisCommand, GetStagesCommand } from "@aws-sdk/client-apigatewayv2";
import { DescribeRuleCommand } from "@aws-sdk/client-eventbridge";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { type Aws, connectAws } from "../../commands/terraform/aws";
import { Deployment } from "../../commands/terraform/deployment";
import type { Terraform } from "../../commands/terraform/terraform";
import { synthesizeTo } from "../synthesize-to";
import { planChanges } from "./inspect-terraform";
import { describeE2e, sharedRun, startOwnEmulator } from "./shared";

const ORIGIN = "https://example.com";
const DEFAULT_CORS = {
  AllowOrigins: ["*"],
  AllowMethods: expect.any(Array),
  AllowHeaders: expect.any(Array),
  ExposeHeaders: [],
  AllowCredentials: false,
  MaxAge: 86_400,
};

// The API's stage and what it needs, and the rule: the rest of the system would take a minute.
describeE2e("a deployed system takes a change of", () => {
  let folder: string;
  let deployment: Deployment;
  let terraform: Terraform;
  let aws: Aws;
  let targets: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "settings-"));
    const { endpoint } = await startOwnEmulator(join(folder, "emulator.log"));
    aws = connectAws({ endpoint, region: "us-west-2" });
    await aws.s3.send(new CreateBucketCommand({ Bucket: "serverless-infrastructure-state" }));
    await synthesizeTo(folder, {});
    deployment = new Deployment({ ...sharedRun(), endpoint, folder, outputFolder: folder, environment: "production" });
    terraform = deployment.stack("serverless-infrastructure");
    await deployment.serveArchiveProvider(terraform.folder);
    const { resource } = terraform.configuration();
    targets = ["aws_apigatewayv2_stage", "aws_cloudwatch_event_rule"].flatMap((type) =>
      Object.keys(resource[type] ?? {}).map((name) => `-target=${type}.${name}`),
    );
    await terraform.init();
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
