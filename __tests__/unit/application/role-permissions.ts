import { allows, type IamRequest, list, type Statement, statementsOfRole } from "../../iam-policy";
import { synthesizeGithubAccess } from "./system";

const ACCOUNT = "123456789012";
const ENVIRONMENTS = ["production", "development"] as const;
type Environment = (typeof ENVIRONMENTS)[number];

const READ_BUCKET =
  "s3:GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket ListTagsForResource";

/** What is done with one resource. */
interface Need {
  readonly resource: string;
  /** By a plan. */
  readonly plan?: string;
  /** By an apply. */
  readonly apply?: string;
  /** By an apply that deletes data. */
  readonly destroy?: string;
  /** What AWS tells IAM of the resource and the request. */
  readonly context?: IamRequest["context"];
}

/**
 * What the AWS provider and AWS ask for, resource by resource, from the provider's log and AWS's documents: written down
 * here apart from what is granted, so that neither can lose anything alone.
 */
function needs(environment: Environment): Need[] {
  const suffix = environment === "production" ? "" : `-${environment}`;
  const tag = environment === "production" ? "Production" : "Development";
  const named = (service: string, name: string) => `arn:aws:${service}:us-west-2:${ACCOUNT}:${name}${suffix}`;
  const api = (path: string) => `arn:aws:apigateway:us-west-2::${path}`;
  const log = (name: string) => `arn:aws:logs:us-west-2:${ACCOUNT}:log-group:${name}`;
  const tagged = { "aws:ResourceTag/Environment": tag };
  const requested = { "aws:RequestTag/Environment": tag };
  const alias = { "kms:ResourceAliases": [`alias/serverless-infrastructure-alarms${suffix}`] };
  const roles = ["RequestProcessorFunction", "api-request-logs", "api-request-logs-subscription"];
  const roleArn = (name: string) =>
    `arn:aws:iam::${ACCOUNT}:role/${name.replace(/^(RequestProcessorFunction|api-request-logs)/, `$1${suffix}`)}-role`;
  const bucket = `arn:aws:s3:::api-logs-${ACCOUNT}-us-west-2${suffix}`;
  const state = `arn:aws:s3:::serverless-infrastructure-state${suffix}/serverless-infrastructure/${environment}.tfstate`;
  const key = `arn:aws:kms:us-west-2:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
  const target = `arn:aws:application-autoscaling:us-west-2:${ACCOUNT}:scalable-target/0ec51`;
  const ofTarget = "DeleteScalingPolicy DeregisterScalableTarget PutScalingPolicy RegisterScalableTarget";
  const inApi = { plan: "apigateway:GET", apply: "apigateway:DELETE PATCH", context: tagged };
  return [
    { resource: state, plan: "s3:GetObject", apply: "s3:PutObject" },
    { resource: `${state}.tflock`, apply: "s3:DeleteObject GetObject PutObject" },
    { resource: state.replace(/\/.*/, ""), plan: READ_BUCKET },
    { resource: state.replace(/tfstate$/, "github-access.tfstate"), plan: "s3:GetObject" },
    ...["plan", "deploy"].map((name) => ({
      resource: `arn:aws:iam::${ACCOUNT}:role/serverless-infrastructure-${name}${suffix}`,
      plan: "iam:GetRole ListAttachedRolePolicies ListRolePolicies",
    })),
    ...["plan-1", "plan-2", "deploy-1", "deploy-2"].map((name) => ({
      resource: `arn:aws:iam::${ACCOUNT}:policy/serverless-infrastructure-${name}${suffix}`,
      plan: "iam:GetPolicy GetPolicyVersion",
    })),
    {
      resource: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
      plan: "iam:GetOpenIDConnectProvider",
    },
    {
      resource: api("/apis"),
      apply: "apigateway:POST TagResource",
      context: { ...requested, "apigateway:Request/ApiName": `RequestProcessorAPI${suffix}` },
    },
    {
      resource: api("/apis/a1b2c3d4e5"),
      ...inApi,
      context: { ...tagged, "apigateway:Resource/ApiName": `RequestProcessorAPI${suffix}` },
    },
    ...["authorizers", "integrations", "routes"].flatMap((kind) => [
      { resource: api(`/apis/a1b2c3d4e5/${kind}`), apply: "apigateway:POST", context: tagged },
      { resource: api(`/apis/a1b2c3d4e5/${kind}/f6g7h8`), ...inApi },
    ]),
    {
      resource: api("/apis/a1b2c3d4e5/stages"),
      apply: "apigateway:POST PUT TagResource",
      context: { ...requested, ...tagged },
    },
    { resource: api("/apis/a1b2c3d4e5/stages/$default"), ...inApi },
    {
      resource: api("/tags/arn%3Aaws%3Aapigateway%3Aus-west-2%3A%3A%2Fv2%2Fapis%2Fa1b2c3d4e5"),
      apply: "apigateway:DELETE POST PUT TagResource UntagResource",
      context: tagged,
    },
    { resource: target, plan: "application-autoscaling:ListTagsForResource" },
    {
      resource: target,
      apply: `application-autoscaling:${ofTarget} TagResource UntagResource`,
      context: tagged,
    },
    { resource: target, apply: "application-autoscaling:RegisterScalableTarget TagResource", context: requested },
    ...["AlarmHigh", "AlarmLow", "ProvisionedCapacityHigh", "ProvisionedCapacityLow"].map((kind) => ({
      resource: `${named("cloudwatch", "alarm:TargetTracking-table/RequestDataTable")}-${kind}-d1997c14`,
      apply: "cloudwatch:DeleteAlarms PutMetricAlarm",
    })),
    ...[
      "ApiGateway-5XX-Errors",
      "ApiGateway-5XX-Rate",
      "RequestProcessor-Errors",
      "RequestProcessor-Throttles",
      "RequestProcessor-DeadLetters",
      "RequestTable-Throttles",
    ].map((name) => ({
      resource: named("cloudwatch", `alarm:${name}`),
      plan: "cloudwatch:ListTagsForResource",
      apply: "cloudwatch:DeleteAlarms PutMetricAlarm TagResource UntagResource",
    })),
    {
      resource: `arn:aws:cloudwatch::${ACCOUNT}:dashboard/serverless-infrastructure${suffix}`,
      plan: "cloudwatch:GetDashboard ListTagsForResource",
      apply: "cloudwatch:DeleteDashboards PutDashboard TagResource UntagResource",
    },
    {
      resource: named("dynamodb", "table/RequestDataTable"),
      plan: "dynamodb:DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource",
      apply: "dynamodb:CreateTable TagResource UntagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive",
      destroy: "dynamodb:DeleteTable",
    },
    {
      resource: named("events", "rule/LambdaDailySchedule"),
      plan: "events:DescribeRule ListTagsForResource ListTargetsByRule",
      apply: "events:DeleteRule PutRule PutTargets RemoveTargets TagResource UntagResource",
    },
    {
      resource: named("firehose", "deliverystream/api-request-logs"),
      plan: "firehose:DescribeDeliveryStream ListTagsForDeliveryStream",
      apply:
        "firehose:CreateDeliveryStream DeleteDeliveryStream StartDeliveryStreamEncryption StopDeliveryStreamEncryption TagDeliveryStream UntagDeliveryStream UpdateDestination",
    },
    ...roles.map(roleArn).flatMap((resource) => [
      {
        resource,
        plan: "iam:GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies",
        apply:
          "iam:CreateRole DeleteRole DeleteRolePolicy PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
      },
      ...["firehose", "lambda", "logs"].map((service) => ({
        resource,
        apply: "iam:PassRole",
        context: { "iam:PassedToService": `${service}.amazonaws.com` },
      })),
    ]),
    { resource: "*", apply: "kms:CreateKey", context: requested },
    {
      resource: key,
      plan: "kms:DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
      apply:
        "kms:CreateAlias DeleteAlias DisableKeyRotation EnableKeyRotation PutKeyPolicy TagResource UntagResource UpdateAlias UpdateKeyDescription",
      context: { ...alias, ...tagged },
    },
    // For some minutes IAM knows a key's alias alone, or its tag alone.
    { resource: key, apply: "kms:EnableKeyRotation", context: alias },
    { resource: key, apply: "kms:CreateAlias EnableKeyRotation PutKeyPolicy TagResource", context: tagged },
    { resource: key, apply: "kms:PutKeyPolicy TagResource", context: requested },
    { resource: key, destroy: "kms:ScheduleKeyDeletion", context: tagged },
    {
      resource: named("kms", "alias/serverless-infrastructure-alarms"),
      apply: "kms:CreateAlias DeleteAlias UpdateAlias",
    },
    {
      resource: named("lambda", "function:RequestProcessorFunction"),
      plan: "lambda:GetFunction GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionEventInvokeConfig GetPolicy ListTags ListVersionsByFunction",
      apply:
        "lambda:AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig PutFunctionConcurrency PutFunctionEventInvokeConfig RemovePermission TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig",
    },
    ...[
      `/aws/lambda/RequestProcessorFunction${suffix}`,
      `/aws/kinesisfirehose/api-request-logs${suffix}`,
      `/aws/vendedlogs/apigateway/RequestProcessorAPI${suffix}`,
    ].flatMap((name) => [
      { resource: log(name), plan: "logs:ListTagsForResource", apply: "logs:TagResource UntagResource" },
      {
        resource: `${log(name)}:log-stream:`,
        plan: "logs:DescribeLogStreams DescribeSubscriptionFilters",
        apply:
          "logs:CreateLogGroup DeleteRetentionPolicy DeleteSubscriptionFilter PutRetentionPolicy PutSubscriptionFilter",
        destroy: "logs:DeleteLogGroup",
      },
    ]),
    {
      resource: `${log(`/aws/kinesisfirehose/api-request-logs${suffix}`)}:log-stream:delivery`,
      apply: "logs:CreateLogStream DeleteLogStream",
    },
    {
      resource: bucket,
      plan: READ_BUCKET,
      apply:
        "s3:CreateBucket DeleteBucketPolicy PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration TagResource UntagResource",
      destroy: "s3:DeleteBucket ListBucketVersions",
    },
    { resource: `${bucket}/requests/2026/01/02/a.gz`, destroy: "s3:DeleteObject DeleteObjectVersion" },
    {
      resource: named("sns", "serverless-infrastructure-alarms"),
      plan: "sns:GetSubscriptionAttributes GetTopicAttributes ListTagsForResource",
      apply: "sns:CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource Unsubscribe UntagResource",
      context: tagged,
    },
    {
      resource: named("sqs", "RequestProcessorDeadLetters"),
      plan: "sqs:GetQueueAttributes GetQueueUrl ListQueueTags",
      apply: "sqs:CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue",
    },
  ];
}

/** What has no resource that would tell environments apart. */
const OF_THE_ACCOUNT: Need[] = [
  {
    resource: "*",
    plan: "application-autoscaling:DescribeScalableTargets DescribeScalingPolicies",
    apply:
      "logs:CreateLogDelivery DeleteLogDelivery DescribeResourcePolicies GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery",
  },
  { resource: "*", plan: "cloudwatch:DescribeAlarms" },
  { resource: "*", plan: "dynamodb:ListTables" },
  { resource: "*", plan: "iam:ListOpenIDConnectProviders" },
  { resource: "*", plan: "kms:ListAliases ListKeys" },
  { resource: "*", plan: "logs:DescribeLogGroups" },
  // In case that AWS asks for no topic.
  { resource: "*", plan: "sns:GetSubscriptionAttributes", apply: "sns:Unsubscribe" },
  // AWS has these roles once for all.
  ...["dynamodb.application-autoscaling", "ops.apigateway"].map((service) => ({
    resource: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/${service}.amazonaws.com/AWSServiceRoleForIt`,
    apply: "iam:CreateServiceLinkedRole",
  })),
];

/** The statements of both roles. */
function policies(environment: string, overrides: object = {}) {
  const { config } = synthesizeGithubAccess(overrides, environment);
  const suffix = environment === "production" ? "" : `-${environment}`;
  const of = (role: string) => statementsOfRole(config, `serverless-infrastructure-${role}${suffix}`, ACCOUNT);
  return { plan: of("plan"), deploy: of("deploy") };
}

/** The requests of one kind. */
function requests(needed: readonly Need[], ...kinds: ("plan" | "apply" | "destroy")[]): IamRequest[] {
  return needed.flatMap(({ resource, context, ...actions }) =>
    kinds.flatMap((kind) => {
      const [service, names] = actions[kind]?.split(":") ?? [];
      return names?.split(" ").map((name) => ({ action: `${service}:${name}`, resource, context })) ?? [];
    }),
  );
}

const allowed = (statements: Statement[], asked: IamRequest[]) => asked.filter((each) => allows(statements, each));
const denied = (statements: Statement[], asked: IamRequest[]) => asked.filter((each) => !allows(statements, each));

describe.each(ENVIRONMENTS)("the roles of %s", (environment) => {
  const own = [...needs(environment), ...OF_THE_ACCOUNT];
  const others = ENVIRONMENTS.filter((other) => other !== environment).flatMap(needs);
  const guarded = policies(environment, { dataProtection: true });
  const unguarded = policies(environment, { dataProtection: false });

  test("plan everything and change nothing", () => {
    expect(denied(guarded.plan, requests(own, "plan"))).toEqual([]);
    expect(allowed(guarded.plan, requests(own, "apply", "destroy"))).toEqual([]);
  });

  test("deploy everything, and delete data only where it is not protected", () => {
    expect(denied(guarded.deploy, requests(own, "plan", "apply"))).toEqual([]);
    expect(allowed(guarded.deploy, requests(own, "destroy"))).toEqual([]);
    expect(denied(unguarded.deploy, requests(own, "plan", "apply", "destroy"))).toEqual([]);
  });

  test("change nothing of an environment beside it", () => {
    expect(requests(others, "apply", "destroy").length).toBeGreaterThan(200);
    expect(allowed(unguarded.deploy, requests(others, "apply", "destroy"))).toEqual([]);
  });

  test("change nothing whose name only begins like its own, and nothing of another account", () => {
    // What AWS names, and what has streams or objects in it, has no end to check.
    const endless = /apigateway|scalable-target|:key|TargetTracking|log-stream|\/requests\/|aws-service-role/;
    const renamed = own
      .filter(({ resource }) => !endless.test(resource))
      .map((need) => ({ ...need, resource: `${need.resource}-x` }));
    const elsewhere = own
      .filter(({ resource }) => resource.includes(ACCOUNT))
      .map((need) => ({ ...need, resource: need.resource.replace(ACCOUNT, "999999999999") }));
    const limited = requests([...renamed, ...elsewhere], "plan", "apply", "destroy").filter(
      (request) => !allows(unguarded.deploy, { ...request, resource: "*" }),
    );
    expect(limited.length).toBeGreaterThan(300);
    expect(allowed(unguarded.deploy, limited)).toEqual([]);
  });

  test("may do nothing that is not needed", () => {
    const needed = new Set(requests(own, "plan", "apply", "destroy").map(({ action }) => action));
    const granted = unguarded.deploy.flatMap(({ Action }) => list(Action));
    expect(granted.filter((action) => !needed.has(action))).toEqual([]);
  });
});

describe("where AWS chooses the name", () => {
  const { deploy } = policies("production", { dataProtection: false });
  const api = "arn:aws:apigateway:us-west-2::/apis";
  const key = `arn:aws:kms:us-west-2:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
  const tag = { "aws:ResourceTag/Environment": "Production" };

  test.each<[string, IamRequest[]]>([
    [
      "an API of another name, even with the same tag",
      [
        { action: "apigateway:POST", resource: api, context: { "apigateway:Request/ApiName": "Orders" } },
        ...["DELETE", "PATCH"].map((method) => ({
          action: `apigateway:${method}`,
          resource: `${api}/a1b2c3d4e5`,
          context: { ...tag, "apigateway:Resource/ApiName": "Orders" },
        })),
      ],
    ],
    [
      "a key of another alias, even with the same tag",
      ["CreateAlias", "PutKeyPolicy", "ScheduleKeyDeletion"].map((name) => ({
        action: `kms:${name}`,
        resource: key,
        context: { ...tag, "kms:ResourceAliases": ["alias/orders"] },
      })),
    ],
    ["a key without a tag, to delete it", [{ action: "kms:ScheduleKeyDeletion", resource: key }]],
    ["a new key without a tag", [{ action: "kms:CreateKey", resource: "*" }]],
  ])("the deploy role leaves alone %s", (_what, asked) => {
    expect(allowed(deploy, asked)).toEqual([]);
  });
});

describe("with a permissions boundary", () => {
  const boundary = `arn:aws:iam::${ACCOUNT}:policy/boundary`;
  const { deploy } = policies("production", { permissionsBoundary: boundary });
  const role = `arn:aws:iam::${ACCOUNT}:role/RequestProcessorFunction-role`;
  const may = (action: string, context?: IamRequest["context"]) =>
    allows(deploy, { action: `iam:${action}`, resource: role, context });

  test.each([
    "CreateRole",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
    "UpdateRoleDescription",
  ])("%s takes a role with that boundary", (action) => {
    expect(may(action, { "iam:PermissionsBoundary": boundary })).toBe(true);
    expect(may(action, { "iam:PermissionsBoundary": `${boundary}-2` })).toBe(false);
    expect(may(action)).toBe(false);
  });

  test("a role can be deleted without one, and none can lose it", () => {
    expect(["DeleteRole", "DeleteRolePolicy", "TagRole"].filter((action) => !may(action))).toEqual([]);
    expect(may("DeleteRolePermissionsBoundary", { "iam:PermissionsBoundary": boundary })).toBe(false);
    const without = policies("production").deploy;
    const action = "iam:PutRolePermissionsBoundary";
    expect(allows(without, { action, resource: role, context: { "iam:PermissionsBoundary": boundary } })).toBe(false);
  });
});
