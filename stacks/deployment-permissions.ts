import type { DataAwsIamPolicyDocumentStatement } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { Settings } from "../settings";
import { systemNames } from "./names";

/** The account that the system is deployed to. */
export interface Account {
  readonly id: string;
  /** Such as `aws` or `aws-us-gov`. */
  readonly partition: string;
}

/**
 * What planning the system calls: everything that describes its resources, and the state. It reaches no item of the table,
 * no log line, no object of the log archive and no message, and writes nothing: it plans without the state's lock, which
 * a plan that nobody has read yet should not hold, and apply refuses a plan that is stale.
 */
export function planStatements(settings: Settings, account: Account): DataAwsIamPolicyDocumentStatement[] {
  const arn = systemArns(settings, account);
  return [
    { sid: "FindState", actions: ["s3:ListBucket"], resources: [arn.stateBucket] },
    { sid: "ReadState", actions: ["s3:GetObject"], resources: [arn.state] },
    {
      // IAM has no resources for these. They tell nothing but names.
      sid: "ReadWhatHasNoResource",
      actions: [
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingPolicies",
        "kms:ListAliases",
        "kms:ListKeys",
      ],
      resources: ["*"],
    },
    { sid: "ReadApi", actions: ["apigateway:GET"], resources: arn.apis },
    { sid: "ReadScaling", actions: ["application-autoscaling:ListTagsForResource"], resources: [arn.scalableTargets] },
    {
      sid: "ReadAlarms",
      actions: ["cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"],
      resources: [...arn.alarms, arn.dashboard],
    },
    {
      sid: "ReadTable",
      actions: [
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeTable",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:ListTagsOfResource",
      ],
      resources: [arn.table],
    },
    {
      sid: "ReadRule",
      actions: ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"],
      resources: [arn.rule],
    },
    {
      sid: "ReadStream",
      actions: ["firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream"],
      resources: [arn.logStream],
    },
    {
      sid: "ReadRoles",
      actions: [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
      ],
      resources: arn.roles,
    },
    {
      sid: "ReadKey",
      actions: ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
      resources: [arn.keys],
    },
    {
      sid: "ReadFunction",
      actions: [
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:GetFunctionConcurrency",
        "lambda:GetFunctionEventInvokeConfig",
        "lambda:GetPolicy",
        "lambda:ListTags",
        "lambda:ListVersionsByFunction",
      ],
      resources: arn.functions,
    },
    { sid: "FindLogGroups", actions: ["logs:DescribeLogGroups"], resources: [arn.allLogGroups] },
    {
      sid: "ReadLogGroups",
      actions: ["logs:DescribeLogStreams", "logs:DescribeSubscriptionFilters", "logs:ListTagsForResource"],
      resources: arn.logGroups,
    },
    {
      sid: "ReadBucket",
      actions: [
        "s3:GetAccelerateConfiguration",
        "s3:GetBucketAcl",
        "s3:GetBucketCORS",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetBucketWebsite",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        // What HeadBucket asks for.
        "s3:ListBucket",
        "s3:ListTagsForResource",
      ],
      resources: [arn.logBucket],
    },
    {
      sid: "ReadTopic",
      actions: ["sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource"],
      resources: arn.topics,
    },
    {
      sid: "ReadQueue",
      actions: ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"],
      resources: [arn.queue],
    },
  ];
}

/**
 * What deploying the system calls beyond planning. While `dataProtection` is on, that does not include deleting the
 * table, the bucket or a log group: who means to does it with credentials of their own.
 *
 * This keeps mistakes small, not attackers out: whoever may write a role's policies and the function's code can do what
 * the account can. The true limit is who approves a deploy.
 *
 * @returns the statements of two policies: together they are too long for one
 */
export function deployStatements(settings: Settings, account: Account): DataAwsIamPolicyDocumentStatement[][] {
  const arn = systemArns(settings, account);
  const deleting = (...actions: string[]) => (settings.dataProtection ? [] : actions);
  const anyOf = (service: string) => `arn:${account.partition}:iam::${account.id}:role/aws-service-role/${service}/*`;
  const first = [
    {
      sid: "WriteState",
      actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      resources: [arn.state, `${arn.state}.tflock`],
    },
    {
      sid: "WriteApi",
      actions: [
        "apigateway:DELETE",
        "apigateway:PATCH",
        "apigateway:POST",
        "apigateway:PUT",
        "apigateway:TagResource",
        "apigateway:UntagResource",
      ],
      resources: arn.apis,
    },
    {
      // What a stage with an access log asks for; IAM has no resources for it:
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
      sid: "DeliverAccessLog",
      actions: [
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
      ],
      resources: ["*"],
    },
    {
      sid: "WriteScaling",
      actions: [
        "application-autoscaling:DeleteScalingPolicy",
        "application-autoscaling:DeregisterScalableTarget",
        "application-autoscaling:PutScalingPolicy",
        "application-autoscaling:RegisterScalableTarget",
        "application-autoscaling:TagResource",
        "application-autoscaling:UntagResource",
      ],
      resources: [arn.scalableTargets],
    },
    {
      // Autoscaling has alarms of its own, and asks whether whoever registers a table may have any:
      // https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
      sid: "HaveAutoscalingAlarms",
      actions: ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
      resources: ["*"],
    },
    {
      sid: "WriteAlarms",
      actions: [
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DeleteDashboards",
        "cloudwatch:PutDashboard",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
      ],
      resources: [...arn.alarms, arn.dashboard],
    },
    {
      sid: "WriteTable",
      actions: [
        "dynamodb:CreateTable",
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable",
        "dynamodb:UpdateTimeToLive",
        ...deleting("dynamodb:DeleteTable"),
      ],
      resources: [arn.table],
    },
    {
      sid: "WriteRule",
      actions: [
        "events:DeleteRule",
        "events:PutRule",
        "events:PutTargets",
        "events:RemoveTargets",
        "events:TagResource",
        "events:UntagResource",
      ],
      resources: [arn.rule],
    },
    {
      sid: "WriteStream",
      actions: [
        "firehose:CreateDeliveryStream",
        "firehose:DeleteDeliveryStream",
        "firehose:StartDeliveryStreamEncryption",
        "firehose:StopDeliveryStreamEncryption",
        "firehose:TagDeliveryStream",
        "firehose:UntagDeliveryStream",
        "firehose:UpdateDestination",
      ],
      resources: [arn.logStream],
    },
    {
      sid: "WriteRoles",
      actions: [
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ],
      resources: arn.roles,
    },
    {
      sid: "PassRoles",
      actions: ["iam:PassRole"],
      resources: arn.roles,
      condition: [
        {
          test: "StringEquals",
          variable: "iam:PassedToService",
          values: ["firehose.amazonaws.com", "lambda.amazonaws.com", "logs.amazonaws.com"],
        },
      ],
    },
    {
      // The services make these on first use in an account.
      sid: "CreateServiceLinkedRoles",
      actions: ["iam:CreateServiceLinkedRole"],
      resources: [anyOf("dynamodb.application-autoscaling.amazonaws.com"), anyOf("ops.apigateway.amazonaws.com")],
    },
  ];
  const second = [
    {
      // A new key has no name, and no tags that IAM could go by for its first minutes. Nobody may delete one.
      sid: "WriteKey",
      actions: [
        "kms:CreateKey",
        "kms:DisableKeyRotation",
        "kms:EnableKeyRotation",
        // KMS refuses a new key whose policy its creator could not change.
        "kms:PutKeyPolicy",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:UpdateKeyDescription",
      ],
      resources: ["*"],
    },
    {
      sid: "WriteKeyAlias",
      actions: ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
      resources: [arn.keyAlias, arn.keys],
    },
    {
      sid: "WriteFunction",
      actions: [
        "lambda:AddPermission",
        "lambda:CreateFunction",
        "lambda:DeleteFunction",
        "lambda:DeleteFunctionConcurrency",
        "lambda:DeleteFunctionEventInvokeConfig",
        "lambda:PutFunctionConcurrency",
        "lambda:PutFunctionEventInvokeConfig",
        "lambda:RemovePermission",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionEventInvokeConfig",
      ],
      resources: arn.functions,
    },
    {
      sid: "WriteLogGroups",
      actions: [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DeleteLogStream",
        "logs:DeleteRetentionPolicy",
        "logs:DeleteSubscriptionFilter",
        "logs:PutRetentionPolicy",
        "logs:PutSubscriptionFilter",
        "logs:TagResource",
        "logs:UntagResource",
        ...deleting("logs:DeleteLogGroup"),
      ],
      resources: arn.logGroups,
    },
    {
      sid: "WriteBucket",
      actions: [
        "s3:CreateBucket",
        "s3:DeleteBucketPolicy",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:TagResource",
        "s3:UntagResource",
        ...deleting("s3:DeleteBucket", "s3:ListBucketVersions"),
      ],
      resources: [arn.logBucket],
    },
    ...(settings.dataProtection
      ? []
      : [
          {
            sid: "EmptyBucket",
            actions: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            resources: [`${arn.logBucket}/*`],
          },
        ]),
    {
      sid: "WriteTopic",
      actions: [
        "sns:CreateTopic",
        "sns:DeleteTopic",
        "sns:SetTopicAttributes",
        "sns:Subscribe",
        "sns:TagResource",
        "sns:Unsubscribe",
        "sns:UntagResource",
      ],
      resources: arn.topics,
    },
    {
      sid: "WriteQueue",
      actions: ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"],
      resources: [arn.queue],
    },
  ];
  return [first, second];
}

function systemArns(settings: Settings, { id, partition }: Account) {
  const names = systemNames(settings);
  const global = (service: string, resource: string) => `arn:${partition}:${service}::${id}:${resource}`;
  const regional = (service: string, resource: string) =>
    `arn:${partition}:${service}:${settings.region}:${id}:${resource}`;
  const bucket = (name: string) => `arn:${partition}:s3:::${name}`;
  const api = (path: string) => `arn:${partition}:apigateway:${settings.region}::${path}`;
  const logGroup = (name: string) => regional("logs", `log-group:${name}`);
  return {
    alarms: ["ApiGateway-5XX-*", "RequestProcessor-*", "RequestTable-*"].map((name) =>
      regional("cloudwatch", `alarm:${names.monitoring(name)}`),
    ),
    allLogGroups: logGroup("*"),
    // An API is known by an id that AWS chooses, and so are its log group and a table's scalable target.
    apis: [api("/apis"), api("/apis/*"), api("/tags/*")],
    dashboard: global("cloudwatch", `dashboard/${names.monitoring("serverless-infrastructure")}`),
    functions: [regional("lambda", `function:${names.function}`), regional("lambda", `function:${names.function}:*`)],
    keyAlias: regional("kms", `alias/${names.monitoring("serverless-infrastructure-alarms")}`),
    keys: regional("kms", "key/*"),
    logBucket: bucket(names.logBucket(id)),
    logGroups: [
      `/aws/lambda/${names.function}`,
      `/aws/kinesisfirehose/${names.logStream}`,
      "/aws/apigateway/*",
    ].flatMap((name) => [logGroup(name), logGroup(`${name}:*`)]),
    logStream: regional("firehose", `deliverystream/${names.logStream}`),
    queue: regional("sqs", names.deadLetterQueue),
    roles: [`${names.function}-role`, `${names.logStream}-role`, `${names.logStream}-subscription-role`].map((name) =>
      global("iam", `role/${name}`),
    ),
    rule: regional("events", `rule/${names.rule}`),
    scalableTargets: regional("application-autoscaling", "scalable-target/*"),
    state: `${bucket(settings.state.bucket)}/${settings.state.key}`,
    stateBucket: bucket(settings.state.bucket),
    table: regional("dynamodb", `table/${names.table}`),
    // A topic, and its subscriptions.
    topics: ["", ":*"].map((rest) => regional("sns", names.monitoring(`serverless-infrastructure-alarms${rest}`))),
  };
}
