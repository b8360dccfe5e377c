/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { Emulator } from "@local/aws-on-this-machine/emulator/emulator";
import { type Aws, connectAws } from "@local/terraform/aws";
import { Deployment } from "@local/terraform/deployment";
import { Terraform } from "@local/terraform/run/terraform";
import { allows, statementsOfRole } from "../../iam-policy";
import { synthesizeTo } from "../../synthesize-to";
import { synthesizeGithubAccess } from "../../unit/application/system";
import { describeE2e, sharedRun, startOwnEmulator } from "../shared";
import { iamRequestsIn } from "./provider-calls";

const SHARED = { account: "123456789012", dataProtection: false, github: { repository: "octo/requests" } };

/** The environment before and after a change of everything that changes AWS's resources in another way. */
const BEFORE = {
  ...SHARED,
  tags: { Team: "requests" },
  function: { reservedConcurrency: 5 },
  alarms: { email: "operators@example.com" },
};
const AFTER = {
  ...SHARED,
  tags: { Owner: "operators" },
  permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary",
  dashboard: false,
  function: { memoryMb: 512, logRetentionDays: 14, tracing: false },
  table: {
    capacity: { mode: "provisioned", max: 50, targetPercent: 60 },
    pointInTimeRecovery: false,
    ttlAttribute: "Ends",
  },
  api: {
    cors: { maxAgeSeconds: 60 },
    throttle: { rateLimit: 100 },
    jwtAuthorizer: { issuer: "https://example.com", audience: ["requests"] },
  },
  alarms: { serverErrors: 20 },
  schedule: { expression: "rate(12 hours)" },
};

describeE2e("the role that deploys an environment without data protection", () => {
  let folder: string;
  let emulator: Emulator;
  let deployment: Deployment;
  let aws: Aws;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "role-"));
    emulator = await startOwnEmulator(join(folder, "emulator.log"));
    deployment = new Deployment({ ...sharedRun(), endpoint: emulator.endpoint, folder, environment: "production" });
    aws = connectAws({ endpoint: emulator.endpoint, region: "us-west-2" });
    const Bucket = "serverless-infrastructure-state-123456789012-us-west-2";
    await aws.s3.send(new CreateBucketCommand({ Bucket }));
  });
  afterAll(async () => {
    deployment?.stop();
    await emulator?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Terraform for the system with the settings; the provider writes down its calls. */
  async function terraform(settings: object, log: string): Promise<Terraform> {
    await synthesizeTo(deployment.outputFolder, settings);
    const path = join(deployment.outputFolder, "stacks", "serverless-infrastructure");
    await deployment.serveArchiveProvider(path);
    const logged = { TF_LOG_PROVIDER: "DEBUG", TF_LOG_PATH: join(folder, log), AWS_REGION: "us-west-2" };
    const terraform = new Terraform(path, { ...deployment.environment, ...logged });
    await terraform.init();
    return terraform;
  }

  /** What of the calls in a log the deploy role may not do, and what the role of an environment beside it may change. */
  function verdict(log: string, settings: object) {
    const requests = iamRequestsIn(join(folder, log), "Production", "alias/serverless-infrastructure-alarms");
    const role = (environment: string, suffix: string, overrides: object) =>
      statementsOfRole(
        synthesizeGithubAccess(overrides, environment).config,
        `serverless-infrastructure-deploy${suffix}`,
        SHARED.account,
      );
    const [own, beside] = [role("production", "", settings), role("development", "-development", SHARED)];
    const writes = requests.filter(({ action }) => !/:(GET|Describe\w+|Get\w+|List\w+)$/.test(action));
    return {
      actions: [...new Set(writes.map(({ action }) => action))],
      denied: requests.filter((request) => !allows(own, request)),
      allowedBeside: writes.filter((request) => allows(beside, request)),
    };
  }

  test("may create it", async () => {
    const system = await terraform(BEFORE, "create.log");
    await system.apply();
    const { actions, ...rest } = verdict("create.log", BEFORE);
    expect(actions).toEqual(expect.arrayContaining(["lambda:PutFunctionConcurrency", "sns:Subscribe"]));
    expect(rest).toEqual({ denied: [], allowedBeside: [] });
  });

  test("may change its settings", async () => {
    const system = await terraform(AFTER, "change.log");
    await system.apply();
    const { actions, ...rest } = verdict("change.log", AFTER);
    expect(rest).toEqual({ denied: [], allowedBeside: [] });
    expect(actions).toEqual(
      expect.arrayContaining([
        "apigateway:DELETE",
        "apigateway:PATCH",
        "apigateway:POST",
        "cloudwatch:DeleteDashboards",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:UntagResource",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTimeToLive",
        "events:PutRule",
        "iam:PutRolePermissionsBoundary",
        "kms:TagResource",
        "kms:UntagResource",
        "lambda:DeleteFunctionConcurrency",
        "lambda:UpdateFunctionConfiguration",
        "logs:PutRetentionPolicy",
        "sns:Unsubscribe",
        "sqs:TagQueue",
      ]),
    );
  });

  test("may destroy it", async () => {
    const logObject = { Bucket: "api-logs-123456789012-us-west-2", Key: "requests/2026/01/02/lines.gz", Body: "{}" };
    await aws.s3.send(new PutObjectCommand(logObject));
    const system = await terraform(AFTER, "destroy.log");
    await system.run(["destroy", "-auto-approve", "-json"]);
    const { actions, ...rest } = verdict("destroy.log", AFTER);
    expect(rest).toEqual({ denied: [], allowedBeside: [] });
    expect(actions).toEqual(
      expect.arrayContaining([
        "dynamodb:DeleteTable",
        "kms:ScheduleKeyDeletion",
        "logs:DeleteLogGroup",
        "s3:DeleteBucket",
        "s3:DeleteObjectVersion",
      ]),
    );
  });
});
