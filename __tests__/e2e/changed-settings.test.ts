/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetApisCommand, GetStagesCommand } from "@aws-sdk/client-apigatewayv2";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { type Aws, connectAws } from "../../commands/terraform/aws";
import { Deployment } from "../../commands/terraform/deployment";
import type { Terraform } from "../../commands/terraform/terraform";
import { synthesizeTo } from "../synthesize-to";
import { planChanges } from "./inspect-terraform";
import { describeE2e, sharedRun, startOwnEmulator } from "./shared";

// The API's stage and what it needs: the rest of the system would take a minute.
describeE2e("a deployed stage takes a change of", () => {
  let folder: string;
  let deployment: Deployment;
  let terraform: Terraform;
  let aws: Aws;
  let target: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "settings-"));
    const { endpoint } = await startOwnEmulator(join(folder, "emulator.log"));
    aws = connectAws({ endpoint, region: "us-west-2" });
    await aws.s3.send(new CreateBucketCommand({ Bucket: "serverless-infrastructure-state" }));
    await synthesizeTo(folder, {});
    deployment = new Deployment({ ...sharedRun(), endpoint, folder, outputFolder: folder, environment: "production" });
    terraform = deployment.stack("serverless-infrastructure");
    await deployment.serveArchiveProvider(terraform.folder);
    const [stage = ""] = Object.keys(terraform.configuration().resource.aws_apigatewayv2_stage ?? {});
    target = `-target=aws_apigatewayv2_stage.${stage}`;
    await terraform.init();
    await terraform.run(["apply", "-auto-approve", "-json", target]);
  });
  afterAll(() => {
    deployment?.stop();
    rmSync(folder, { recursive: true });
  });

  async function stage() {
    const { Items: [api] = [] } = await aws.apigateway.send(new GetApisCommand({}));
    const { Items: [stage] = [] } = await aws.apigateway.send(new GetStagesCommand({ ApiId: api?.ApiId }));
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
    await synthesizeTo(folder, settings);
    await terraform.run(["apply", "-auto-approve", "-json", target]);
    expect(await planChanges(terraform, target)).toEqual([]);
    expect(await stage()).toEqual(expect.objectContaining(expected));
  });
});
