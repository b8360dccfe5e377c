/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { run } from "@local/command-line/process/child-process";
import type { Aws } from "@local/terraform/aws";
import type { Deployment } from "@local/terraform/deployment";
import type { Terraform } from "@local/terraform/run/terraform";
import { App } from "cdktf";
import { parseSettings } from "../../../settings/settings";
import { allows, type IamRequest, statementsOfRole } from "../../iam-policy";
import { applyRecipes, loadStack, readRecipes, serveLibraries, within } from "../../recipes";
import { withTwoOfEverything } from "../../two-of-everything";
import { synthesizeGithubAccess } from "../../unit/application/system";
import { planChanges } from "../inspect-terraform";
import { describeE2e, sharedRun } from "../shared";
import { iamRequestsIn } from "../shared-deployment/provider-calls";
import { preparePart } from "./part-deployment";

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

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "two-"));
    application = join(folder, "application");
    ({ aws, deployment, terraform } = await preparePart(folder, join(folder, LOG)));
    serveLibraries(readRecipes(), join(folder, "wheels"));
    applyRecipes(readRecipes(), application);
    System = withTwoOfEverything(loadStack(application));
    const app = new App({ outdir: folder, stackTraces: false });
    const settings = parseSettings({ production: SETTINGS }, "production");
    within(application, () => new System(app, "serverless-infrastructure", settings));
    app.synth();
  });
  afterAll(() => {
    deployment?.stop();
    rmSync(folder, { recursive: true });
  });

  /** The calls until now that its own deploy role may not make. */
  function denied(): IamRequest[] {
    const { config } = within(application, () => synthesizeGithubAccess(SETTINGS, "production", System));
    const role = statementsOfRole(config, "serverless-infrastructure-deploy", SETTINGS.account);
    const worker = `arn:aws:lambda:us-west-2:${SETTINGS.account}:function:orders-worker`;
    const alias = "alias/serverless-infrastructure-alarms";
    const requests = iamRequestsIn(join(folder, LOG), "Production", alias, worker);
    expect(requests.length).toBeGreaterThan(200);
    return requests.filter((request) => !allows(role, request));
  }

  test("is deployed by its own role", async () => {
    await terraform.run(["apply", "-auto-approve", "-json"]);
    expect(denied()).toEqual([]);
  });

  test("answers the events of AWS as docs/growing.md says", async () => {
    const env = { ...deployment.environment, AWS_DEFAULT_REGION: "us-west-2" };
    const call = [join(__dirname, "call_recipes.py"), terraform.folder];
    expect(await run(sharedRun().python, call, { env })).toMatchObject({ exitCode: 0, stderr: "" });
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

  test("is destroyed by its own role", async () => {
    await terraform.run(["destroy", "-auto-approve", "-json"]);
    expect(denied()).toEqual([]);
    expect((await terraform.state())?.resources ?? []).toEqual([]);
  });
});
