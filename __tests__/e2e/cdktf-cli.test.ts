/** @sequential Each test goes on from the one before it. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { HeadBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { type RunResult, run } from "@local/command-line/process/child-process";
import { type Aws, connectAws } from "@local/terraform/aws";
import { Deployment } from "@local/terraform/deployment";
import { allows, statementsOfRole } from "../iam-policy";
import { synthesizeTo } from "../synthesize-to";
import { synthesizeGithubAccess } from "../unit/application/system";
import { shareAwsProvider } from "./aws-provider";
import { AwsProxy } from "./aws-proxy";
import { Checkout, recordWrites } from "./checkout";
import { describeE2e, sharedRun } from "./shared";
import { iamRequestsIn } from "./shared-deployment/provider-calls";

const CDKTF = resolve("node_modules/.bin/cdktf");
const ENVIRONMENT = "development";
const STATE_BUCKET = `serverless-infrastructure-state-${ENVIRONMENT}`;
const LOG_BUCKET = `api-logs-123456789012-us-west-2-${ENVIRONMENT}`;
const DOMAIN = { name: "api.example.com", hostedZone: "example.com" };
const ACCESS = { account: "123456789012", github: { repository: "octo/requests" } };
const SHARED = { ...ACCESS, environmentTag: "Development", dataProtection: false, state: { bucket: STATE_BUCKET } };

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
    domain: DOMAIN,
    jwtAuthorizer: { issuer: "https://example.com", audience: ["requests"] },
  },
  alarms: { serverErrors: 20 },
  schedule: { expression: "rate(12 hours)" },
};

describeE2e("at a desk, an environment without data protection, and the role that deploys it", () => {
  let folder: string;
  let deployment: Deployment;
  let proxy: AwsProxy;
  let checkout: Checkout;
  let bootstraps: Promise<Bootstraps>;
  let aws: Aws;

  beforeAll(async () => {
    const shared = sharedRun();
    folder = mkdtempSync(join(tmpdir(), "desk-"));
    deployment = new Deployment({ ...shared, folder, environment: ENVIRONMENT });
    await synthesize(BEFORE);
    aws = connectAws({ endpoint: shared.endpoint, region: "us-west-2" });
    proxy = await AwsProxy.start(shared.endpoint);
    await shareAwsProvider({ endpoint: proxy.endpoint, folder });
    checkout = new Checkout(join(folder, "checkout"), proxy.endpoint, ENVIRONMENT);
    checkout.edit("cdktf.json", '"api": {', `"api": { "domain": ${JSON.stringify(DOMAIN)},`);
    bootstraps = bootstrap();
    // The bucket's lifecycle rules take bootstrap a minute, during which the bucket can be used.
    while (!(await hasBucket(STATE_BUCKET))) await Promise.race([bootstraps, setTimeout(200)]);
  });
  afterAll(async () => {
    await bootstraps?.catch(() => {});
    await proxy?.stop();
    deployment?.stop();
    rmSync(folder, { recursive: true });
  });

  async function synthesize(settings: object): Promise<void> {
    await synthesizeTo(deployment.outputFolder, settings, ENVIRONMENT);
    await deployment.serveArchiveProvider(deployment.stack("serverless-infrastructure").folder);
    Object.assign(deployment.environment, { AWS_REGION: "us-west-2" });
  }

  /** Does something under the provider's log. */
  async function logged(name: string, work: () => Promise<unknown>): Promise<void> {
    const { folder: stackFolder } = deployment.stack("serverless-infrastructure");
    const { endpoint } = sharedRun();
    const provider = await shareAwsProvider({ endpoint, folder: stackFolder, log: join(folder, name) });
    try {
      await work();
    } finally {
      provider.stop();
    }
  }

  async function cdktf(
    command: "deploy" | "destroy",
    stack: string,
    output = deployment.outputFolder,
  ): Promise<string> {
    const options = ["--auto-approve", "--skip-synth", "--skip-provider-lock", "--output", output];
    const { exitCode, stdout, stderr } = await run(CDKTF, [command, stack, ...options], {
      env: deployment.environment,
    });
    if (exitCode !== 0) throw new Error(`cdktf ${command} ${stack}: ${stdout}${stderr}`);
    return stdout;
  }

  async function hasBucket(Bucket: string): Promise<boolean> {
    return aws.s3.send(new HeadBucketCommand({ Bucket })).then(
      () => true,
      () => false,
    );
  }

  /** The calls that the deploy role may not make, and the changes that the role of another environment may make. */
  function verdict(log: string, settings: object) {
    const requests = iamRequestsIn(
      join(folder, log),
      "Development",
      `alias/serverless-infrastructure-alarms-${ENVIRONMENT}`,
    );
    const role = (environment: string, suffix: string, overrides: object) =>
      statementsOfRole(
        synthesizeGithubAccess(overrides, environment).config,
        `serverless-infrastructure-deploy${suffix}`,
        ACCESS.account,
      );
    const [own, beside] = [role(ENVIRONMENT, `-${ENVIRONMENT}`, settings), role("production", "", ACCESS)];
    const writes = requests.filter(({ action }) => !/:(GET|Describe\w+|Get\w+|List\w+)$/.test(action));
    return {
      actions: [...new Set(writes.map(({ action }) => action))],
      denied: requests.filter((request) => !allows(own, request)),
      allowedBeside: writes.filter((request) => allows(beside, request)),
    };
  }

  test("cdktf deploy creates the system, with its state in the bucket that bootstrap makes", async () => {
    let output = "";
    await logged("create.log", async () => {
      output = await cdktf("deploy", `serverless-infrastructure-${ENVIRONMENT}`);
    });
    expect(output).toContain(`dynamodb_table_name = RequestDataTable-${ENVIRONMENT}`);
    expect(await hasBucket(LOG_BUCKET)).toBe(true);
  });

  test("the role may create it", () => {
    const { actions, ...rest } = verdict("create.log", BEFORE);
    expect(actions).toEqual(expect.arrayContaining(["lambda:PutFunctionConcurrency", "sns:Subscribe"]));
    expect(rest).toEqual({ denied: [], allowedBeside: [] });
  });

  test("the role may change its settings", async () => {
    await synthesize(AFTER);
    await logged("change.log", () => deployment.apply(deployment.system));
    const { actions, ...rest } = verdict("change.log", AFTER);
    expect(rest).toEqual({ denied: [], allowedBeside: [] });
    expect(actions).toEqual(
      expect.arrayContaining([
        "acm:RequestCertificate",
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
        "route53:ChangeResourceRecordSets",
        "sns:Unsubscribe",
        "sqs:TagQueue",
      ]),
    );
  });

  test("cdktf destroy deletes the system with its log, and not its state bucket", async () => {
    const logObject = { Bucket: LOG_BUCKET, Key: "requests/2026/01/02/lines.gz", Body: "{}" };
    await aws.s3.send(new PutObjectCommand(logObject));
    await logged("destroy.log", () => cdktf("destroy", `serverless-infrastructure-${ENVIRONMENT}`));
    expect(await hasBucket(LOG_BUCKET)).toBe(false);
    expect(await hasBucket(STATE_BUCKET)).toBe(true);
  });

  test("the role may destroy it", () => {
    const { actions, ...rest } = verdict("destroy.log", AFTER);
    expect(rest).toEqual({ denied: [], allowedBeside: [] });
    expect(actions).toEqual(
      expect.arrayContaining([
        "acm:DeleteCertificate",
        "dynamodb:DeleteTable",
        "kms:ScheduleKeyDeletion",
        "logs:DeleteLogGroup",
        "s3:DeleteBucket",
        "s3:DeleteObjectVersion",
      ]),
    );
  });

  test("bootstrap says that it created the state bucket, and where its own state is", async () => {
    const { exitCode, stdout } = (await bootstraps).first;
    expect([exitCode, stdout]).toEqual([
      0,
      `State bucket ${STATE_BUCKET}: created.\nIts own state is terraform.${STATE_BUCKET}.tfstate. If you lose that file, npm run bootstrap adopts the bucket again.\n`,
    ]);
  });

  test("bootstrap creates the zone of the domain, because the emulator is empty", async () => {
    const { first, again } = await bootstraps;
    const line = "The emulator now has the hosted zone example.com.";
    expect([first, again].map(({ stderr }) => stderr.includes(line))).toEqual([true, false]);
  });

  test("run again, bootstrap changes nothing", async () => {
    const { exitCode, stdout, writes } = (await bootstraps).again;
    expect([exitCode, stdout, writes]).toEqual([0, expect.stringContaining("up to date; nothing changed"), []]);
  });

  test("where its own state is lost, bootstrap adopts the state bucket and changes nothing", async () => {
    const { exitCode, stdout, writes } = (await bootstraps).withoutState;
    expect([exitCode, stdout, writes]).toEqual([0, expect.stringContaining("adopted: it existed"), []]);
    expect(existsSync(join(checkout.folder, `terraform.${STATE_BUCKET}.tfstate`))).toBe(true);
  });

  test("cdktf destroy deletes the state bucket that bootstrap adopted", async () => {
    await logged("bucket.log", () =>
      cdktf("destroy", `state-backend-${ENVIRONMENT}`, join(checkout.folder, "cdktf.out")),
    );
    expect(await hasBucket(STATE_BUCKET)).toBe(false);
  });

  interface Bootstraps {
    readonly first: RunResult;
    readonly again: RunResult & { readonly writes: string[] };
    readonly withoutState: RunResult & { readonly writes: string[] };
  }

  async function bootstrap(): Promise<Bootstraps> {
    const recorded = async () => {
      const writes = recordWrites(proxy);
      return { ...(await checkout.run("bootstrap")), writes };
    };
    const first = await checkout.run("bootstrap");
    if (first.exitCode !== 0) throw new Error(first.stderr);
    const again = await recorded();
    rmSync(join(checkout.folder, `terraform.${STATE_BUCKET}.tfstate`));
    return { first, again, withoutState: await recorded() };
  }
});
