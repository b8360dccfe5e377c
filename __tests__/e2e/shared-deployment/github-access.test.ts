import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Terraform } from "../../../commands/terraform/terraform";
import { synthesizeTo } from "../../synthesize-to";
import { type DeployedResource, deployedResources, planChanges } from "../inspect-terraform";
import { describeE2e, sharedRun } from "../shared";
import { providerLog, SharedDeployment } from "./shared-deployment";

interface Statement {
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

describeE2e("the roles for GitHub's workflows, deployed", () => {
  let deployment: SharedDeployment;
  let access: Terraform;
  let resources: DeployedResource[];
  let planMay: Statement[];
  let deployMay: Statement[];

  beforeAll(async () => {
    deployment = await SharedDeployment.ready();
    const folder = join(sharedRun().folder, "github-access");
    await synthesizeTo(folder, { github: { repository: "octo/requests" } });
    access = new Terraform(join(folder, "stacks", "github-access"), deployment.environment);
    await access.init();
    await access.apply();
    resources = await deployedResources(access);
    planMay = statements("serverless-infrastructure-plan");
    deployMay = [
      ...planMay,
      ...statements("serverless-infrastructure-deploy-1"),
      ...statements("serverless-infrastructure-deploy-2"),
    ];
  });

  function statements(policy: string): Statement[] {
    return JSON.parse(only("aws_iam_policy", policy).policy ?? "").Statement;
  }

  function only(type: string, name: string): DeployedResource["values"] {
    return resources.find((resource) => resource.type === type && resource.values.name === name)?.values ?? {};
  }

  test("plan no changes", async () => {
    expect(await planChanges(access)).toEqual([]);
  });

  test.each([
    ["serverless-infrastructure-plan", ["repo:octo/requests:pull_request", "repo:octo/requests:ref:refs/heads/main"]],
    ["serverless-infrastructure-deploy", "repo:octo/requests:environment:production"],
  ])("%s trusts GitHub's tokens of that repository and nothing else", (role, subjects) => {
    const { Statement } = JSON.parse(only("aws_iam_role", role).assume_role_policy ?? "");
    expect(Statement).toEqual([
      {
        Effect: "Allow",
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": subjects,
          },
        },
      },
    ]);
  });

  test("the plan's role may make every call that a plan makes", () => {
    const needed = actionsIn(providerLog(sharedRun(), "serverless-infrastructure", "plan"));
    expect(needed.length).toBeGreaterThan(50);
    expect(needed.filter((action) => !allows(planMay, action))).toEqual([]);
  });

  test("the deploy's role may make every call that the first apply made", () => {
    const needed = actionsIn(providerLog(sharedRun(), "serverless-infrastructure", "apply"));
    expect(needed).toEqual(expect.arrayContaining(["dynamodb:CreateTable", "s3:PutBucketPolicy", "apigateway:POST"]));
    expect(needed.filter((action) => !allows(deployMay, action))).toEqual([]);
    // So the two roles differ, and the test above can fail.
    expect(needed.filter((action) => !allows(planMay, action)).length).toBeGreaterThan(25);
  });

  test("the deploy's role may write every resource of the system by its ARN", () => {
    const system = deployment.stacks["serverless-infrastructure"].resources;
    // IAM checks a scaling policy by its target, whose ARN is covered too.
    const resources = system.filter(({ type }) => type !== "aws_appautoscaling_policy");
    const arns = resources.flatMap(({ values }) => values.arn ?? []);
    expect(arns.length).toBeGreaterThan(20);
    const writable = deployMay.filter(({ Resource }) => Resource !== "*").flatMap(({ Resource }) => Resource);
    expect(arns.filter((arn) => !writable.some((pattern) => matches(pattern, arn)))).toEqual([]);
  });
});

/** What IAM asks for where its action has another name than the call. */
const S3_ACTIONS: Readonly<Record<string, string>> = {
  GetBucketAccelerateConfiguration: "GetAccelerateConfiguration",
  GetBucketCors: "GetBucketCORS",
  GetBucketEncryption: "GetEncryptionConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  GetBucketReplication: "GetReplicationConfiguration",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  HeadBucket: "ListBucket",
  PutBucketEncryption: "PutEncryptionConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
};

const HTTP_METHODS = { Get: "GET", Create: "POST", Update: "PATCH", Delete: "DELETE" };

/** The services' prefixes in IAM, by their names in the provider's log. */
const PREFIXES: Readonly<Record<string, string>> = {
  "Application Auto Scaling": "application-autoscaling",
  CloudWatch: "cloudwatch",
  "CloudWatch Logs": "logs",
  EventBridge: "events",
};

/** The IAM actions of all calls of AWS in a log of the provider's. */
function actionsIn(log: string): string[] {
  const calls = readFileSync(log, "utf8").matchAll(
    /^(?=.* rpc\.service=(?:"([^"]+)"|(\S+)))(?=.* rpc\.method=(\w+))/gm,
  );
  const actions = [...calls].map(([, quoted, bare, method = ""]) => {
    const service = quoted ?? bare ?? "";
    if (service === "S3") return `s3:${S3_ACTIONS[method] ?? method}`;
    if (service === "ApiGatewayV2") {
      const [, verb = ""] = /^(Get|Create|Update|Delete)/.exec(method) ?? [];
      return `apigateway:${HTTP_METHODS[verb as keyof typeof HTTP_METHODS]}`;
    }
    return `${PREFIXES[service] ?? service.toLowerCase()}:${method}`;
  });
  // Everybody may ask who they are.
  return [...new Set(actions)].filter((action) => action !== "sts:GetCallerIdentity").sort();
}

function allows(statements: Statement[], action: string): boolean {
  return statements.some(({ Action }) => [Action].flat().includes(action));
}

/** Whether an ARN is one of those that IAM's pattern means. */
function matches(pattern: string, arn: string): boolean {
  const escaped = pattern.split("*").map((text) => text.replace(/[.$^?+()[\]{}|\\/]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`).test(arn);
}
