import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import type { App } from "cdktf";
import { Queue } from "../../../constructs/events/queue";
import type { Settings } from "../../../settings/settings";
import { packStatements } from "../../../stacks/access/pack-statements";
import { ServerlessInfrastructureStack } from "../../../stacks/serverless-infrastructure-stack";
import { allows, type IamRequest, statementsOfRole } from "../../iam-policy";
import { TwoOfEverything } from "../../two-of-everything";
import { synthesizeGithubAccess } from "./system";

const ACCOUNT = "123456789012";
const SETTINGS = { account: ACCOUNT, dataProtection: false };
const arn = (service: string, rest: string) => `arn:aws:${service}:us-west-2:${ACCOUNT}:${rest}`;

/** The statements of a role in an environment whose system has additions. */
function role(kind: "plan" | "deploy", environment: string) {
  const suffix = environment === "production" ? "" : `-${environment}`;
  const { config } = synthesizeGithubAccess(SETTINGS, environment, TwoOfEverything);
  return statementsOfRole(config, `serverless-infrastructure-${kind}${suffix}`, ACCOUNT);
}
const [plan, deploy, beside] = [
  role("plan", "production"),
  role("deploy", "production"),
  role("deploy", "development"),
];

const tagged = { "aws:ResourceTag/Environment": "Production" };
const ofWorker = { "lambda:FunctionArn": arn("lambda", "function:orders-worker") };
const mapping = arn("lambda", "event-source-mapping:11111111-2222-3333-4444-555555555555");

/** The calls of the AWS provider for what is added, from its documents and AWS's, apart from what is granted. */
const WRITES: [what: string, requests: IamRequest[]][] = [
  ["a function", [{ action: "lambda:CreateFunction", resource: arn("lambda", "function:returns-worker") }]],
  ["its role", [{ action: "iam:CreateRole", resource: `arn:aws:iam::${ACCOUNT}:role/returns-worker-role` }]],
  ["its log", [{ action: "logs:CreateLogGroup", resource: arn("logs", "log-group:/aws/lambda/orders:log-stream:") }]],
  [
    "a mapping of events",
    [
      { action: "lambda:CreateEventSourceMapping", resource: "*", context: ofWorker },
      { action: "lambda:UpdateEventSourceMapping", resource: mapping, context: { ...ofWorker, ...tagged } },
      { action: "lambda:DeleteEventSourceMapping", resource: mapping, context: { ...ofWorker, ...tagged } },
      { action: "lambda:TagResource", resource: mapping, context: { "aws:RequestTag/Environment": "Production" } },
    ],
  ],
  ["a table", [{ action: "dynamodb:UpdateTable", resource: arn("dynamodb", "table/orders-table") }]],
  [
    "an index's autoscaling",
    ["AlarmHigh", "AlarmLow", "ProvisionedCapacityHigh"].map((kind) => ({
      action: "cloudwatch:PutMetricAlarm",
      resource: arn("cloudwatch", `alarm:TargetTracking-table/orders-table/index/byDay-${kind}-1`),
    })),
  ],
  ["a FIFO queue", [{ action: "sqs:CreateQueue", resource: arn("sqs", "returns-queue.fifo") }]],
  ["its dead-letter queue", [{ action: "sqs:DeleteQueue", resource: arn("sqs", "returns-queue-dead-letters.fifo") }]],
  [
    "a topic and its subscriptions",
    ["CreateTopic", "ListSubscriptionsByTopic", "Subscribe", "SetSubscriptionAttributes"].map((name) => ({
      action: `sns:${name}`,
      resource: arn("sns", "orders-topic"),
    })),
  ],
  [
    "a bucket and its notifications",
    ["CreateBucket", "PutBucketNotification"].map((name) => ({
      action: `s3:${name}`,
      resource: `arn:aws:s3:::orders-bucket-${ACCOUNT}-us-west-2`,
    })),
  ],
  ["a schedule", [{ action: "events:PutTargets", resource: arn("events", "rule/returns-schedule") }]],
  [
    "an API",
    [
      {
        action: "apigateway:POST",
        resource: "arn:aws:apigateway:us-west-2::/apis",
        context: { "aws:RequestTag/Environment": "Production", "apigateway:Request/ApiName": "returns-api" },
      },
    ],
  ],
  ["an alarm", [{ action: "cloudwatch:PutMetricAlarm", resource: arn("cloudwatch", "alarm:orders-queue-age") }]],
];

test.each(WRITES)(
  "the deploy role may create and change %s; the plan role and another environment may not",
  (_what, asked) => {
    expect(asked.filter((request) => !allows(deploy, request))).toEqual([]);
    expect(asked.filter((request) => allows(plan, request) || allows(beside, request))).toEqual([]);
  },
);

test("the plan role may describe what is added", () => {
  const reads: IamRequest[] = [
    { action: "lambda:GetEventSourceMapping", resource: mapping, context: ofWorker },
    { action: "lambda:ListTags", resource: mapping },
    { action: "lambda:ListEventSourceMappings", resource: "*" },
    { action: "s3:GetBucketNotification", resource: `arn:aws:s3:::orders-bucket-${ACCOUNT}-us-west-2` },
    { action: "dynamodb:DescribeTable", resource: arn("dynamodb", "table/returns-table") },
    { action: "sqs:GetQueueAttributes", resource: arn("sqs", "orders-queue") },
    { action: "sns:GetTopicAttributes", resource: arn("sns", "returns-topic") },
  ];
  expect(reads.filter((request) => !allows(plan, request))).toEqual([]);
});

test("with a gradual release, the deploy role may release this function, and stop no release of the account", () => {
  const release = { mode: "canary", percent: 10, minutes: 5 };
  const { config } = synthesizeGithubAccess({ ...SETTINGS, function: { release } });
  const [planning, deploying] = (["plan", "deploy"] as const).map((kind) =>
    statementsOfRole(config, `serverless-infrastructure-${kind}`, ACCOUNT),
  );
  const name = "RequestProcessorFunction";
  const requests = (service: string, resource: string, names: string): IamRequest[] =>
    names.split(" ").map((each) => ({ action: `${service}:${each}`, resource: arn(service, resource) }));
  const group = `deploymentgroup:${name}/live`;
  // The setting before and the one after a change of it.
  const configs = ["canary-10-5", "linear-20-1"].map((setting) => `deploymentconfig:${name}-${setting}`);
  const writes = [
    ...requests("codedeploy", `application:${name}`, "CreateApplication DeleteApplication RegisterApplicationRevision"),
    ...configs.flatMap((each) => requests("codedeploy", each, "CreateDeploymentConfig DeleteDeploymentConfig")),
    // The last one is for a release that ignores alarms.
    ...requests(
      "codedeploy",
      group,
      "CreateDeployment CreateDeploymentGroup DeleteDeploymentGroup UpdateDeploymentGroup",
    ),
    ...requests("lambda", `function:${name}`, "CreateAlias PublishVersion UpdateAlias"),
    ...requests("lambda", `function:${name}:live`, "AddPermission PutFunctionEventInvokeConfig RemovePermission"),
    ...requests("lambda", `function:${name}:3`, "DeleteFunction GetFunctionConfiguration"),
  ];
  const reads = [
    ...requests("codedeploy", group, "BatchGetDeployments GetDeployment GetDeploymentGroup ListDeployments"),
    ...configs.flatMap((each) => requests("codedeploy", each, "GetDeploymentConfig")),
    ...requests("lambda", `function:${name}:live`, "GetAlias GetFunctionEventInvokeConfig GetPolicy"),
    { action: "codedeploy:GetDeploymentTarget", resource: "*" },
    { action: "codedeploy:ListDeploymentTargets", resource: "*" },
  ];
  const elsewhere = [`${name}Two-canary-10-5`, `Other-canary-10-5`].flatMap((other) =>
    requests("codedeploy", `deploymentconfig:${other}`, "CreateDeploymentConfig DeleteDeploymentConfig"),
  );
  expect(elsewhere.filter((request) => allows(deploying ?? [], request))).toEqual([]);
  expect(writes.filter((request) => !allows(deploying ?? [], request))).toEqual([]);
  expect(writes.filter((request) => allows(planning ?? [], request))).toEqual([]);
  expect(reads.filter((request) => !allows(planning ?? [], request))).toEqual([]);
  const atOnce = requests("codedeploy", "deploymentconfig:CodeDeployDefault.LambdaAllAtOnce", "GetDeploymentConfig");
  expect(atOnce.filter((request) => !allows(deploying ?? [], request))).toEqual([]);
  expect(allows(deploying ?? [], { action: "codedeploy:StopDeployment", resource: "*" })).toBe(false);
});

test("a mapping may name a function's alias, and no other one", () => {
  const release = { mode: "canary", percent: 10, minutes: 5 };
  const { config } = synthesizeGithubAccess({ ...SETTINGS, function: { release } }, "production", TwoOfEverything);
  const deploying = statementsOfRole(config, "serverless-infrastructure-deploy", ACCOUNT);
  const names = (qualifier: string) => ({ "lambda:FunctionArn": arn("lambda", `function:orders-worker${qualifier}`) });
  const may = (qualifier: string) =>
    allows(deploying, { action: "lambda:CreateEventSourceMapping", resource: "*", context: names(qualifier) }) &&
    allows(deploying, {
      action: "lambda:UpdateEventSourceMapping",
      resource: mapping,
      context: { ...names(qualifier), ...tagged },
    });
  expect(["", ":live", ":other", "-2:live"].filter(may)).toEqual(["", ":live"]);
});

test("the deploy role may remove what a change of the settings removes", () => {
  const { config } = synthesizeGithubAccess({
    ...SETTINGS,
    dashboard: false,
    table: { capacity: { mode: "on-demand" } },
    alarms: { topicArn: arn("sns", "operators"), email: "on-call@example.com" },
  });
  const statements = statementsOfRole(config, "serverless-infrastructure-deploy", ACCOUNT);
  const asked: IamRequest[] = [
    {
      action: "cloudwatch:DeleteDashboards",
      resource: `arn:aws:cloudwatch::${ACCOUNT}:dashboard/serverless-infrastructure`,
    },
    { action: "sns:DeleteTopic", resource: arn("sns", "serverless-infrastructure-alarms") },
    { action: "kms:DeleteAlias", resource: arn("kms", "alias/serverless-infrastructure-alarms") },
    { action: "kms:ScheduleKeyDeletion", resource: arn("kms", "key/1"), context: tagged },
    {
      action: "application-autoscaling:DeregisterScalableTarget",
      resource: arn("application-autoscaling", "scalable-target/1"),
      context: tagged,
    },
    { action: "sns:Subscribe", resource: arn("sns", "operators") },
  ];
  expect(asked.filter((request) => !allows(statements, request))).toEqual([]);
});

class Unknown extends ServerlessInfrastructureStack {
  constructor(app: App, id: string, settings: Settings) {
    super(app, id, settings);
    new SsmParameter(this, "parameter", { name: "a", type: "String", value: "b" });
  }
}

test("a resource type without an entry stops the synthesis, with the place for one", () => {
  expect(() => synthesizeGithubAccess({}, "production", Unknown)).toThrow(
    "the roles for GitHub do not know aws_ssm_parameter; add an entry to RESOURCE_ACCESS in stacks/access/resource-access.ts",
  );
});

class Many extends ServerlessInfrastructureStack {
  constructor(app: App, id: string, settings: Settings) {
    super(app, id, settings);
    for (let index = 0; index < 400; index++) new Queue(this, `queue-${index}-${"x".repeat(40)}`);
  }
}

test("too many resources for the policies of one role are refused in a line", () => {
  expect(() => synthesizeGithubAccess({}, "production", Many)).toThrow(
    /: the deploy role has \d+ policies; IAM allows 10, so use another stack/,
  );
});

test("statements are packed by size, and one that is too long is split", () => {
  const statement = (sid: string, count: number) => ({
    sid,
    actions: ["sqs:CreateQueue"],
    resources: Array.from({ length: count }, (_, index) => arn("sqs", `queue-${index}`)),
  });
  const all = [statement("A", 60), statement("B", 60), statement("C", 10), statement("D", 300)];
  const policies = packStatements(all);
  expect(policies.map((policy) => policy.map(({ sid }) => sid))).toEqual([
    ["A", "B"],
    ["C", "D11"],
    ["D12"],
    ["D21"],
    ["D22"],
  ]);
  expect(policies.flat().flatMap(({ resources = [] }) => resources)).toEqual(all.flatMap(({ resources }) => resources));
});
