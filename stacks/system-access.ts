import type { SystemArns } from "./system-arns";

/** The IAM actions that Terraform's AWS provider needs for one kind of resource. */
export interface Access {
  readonly resources: string[];
  /** The actions for a plan. */
  readonly read?: string[];
  /** The further actions for a deploy. */
  readonly write?: string[];
  /** The actions that delete data, for a deploy while `dataProtection` is off. */
  readonly deleteData?: string[];
}

/** The IAM actions of a service, from their names, separated by spaces. */
const actions = (service: string, ...names: string[]) =>
  names.flatMap((line) => line.split(" ")).map((name) => `${service}:${name}`);

/** The access to each kind of resource, by its name in the statements' ids. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table of data
export function systemAccess(arn: SystemArns): Readonly<Record<string, Access>> {
  return {
    StateBucket: { resources: [arn.stateBucket], read: actions("s3", "ListBucket") },
    State: { resources: [arn.state], read: actions("s3", "GetObject") },
    StateAndLock: {
      resources: [arn.state, `${arn.state}.tflock`],
      write: actions("s3", "GetObject PutObject DeleteObject"),
    },
    // These actions have no resource level in IAM. They show names only.
    WhatHasNoResource: {
      resources: ["*"],
      read: [
        ...actions("application-autoscaling", "DescribeScalableTargets DescribeScalingPolicies"),
        ...actions("kms", "ListAliases ListKeys"),
      ],
    },
    Api: {
      resources: arn.apis,
      read: actions("apigateway", "GET"),
      // API Gateway requires TagResource, although AWS's reference does not list it.
      write: actions("apigateway", "DELETE PATCH POST PUT TagResource UntagResource"),
    },
    // A stage with an access log requires these actions, which have no resource level:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
    LogDelivery: {
      resources: ["*"],
      write: actions(
        "logs",
        "CreateLogDelivery DeleteLogDelivery GetLogDelivery ListLogDeliveries UpdateLogDelivery",
        "DescribeResourcePolicies PutResourcePolicy",
      ),
    },
    Scaling: {
      resources: [arn.scalableTargets],
      read: actions("application-autoscaling", "ListTagsForResource"),
      write: actions(
        "application-autoscaling",
        "DeleteScalingPolicy DeregisterScalableTarget PutScalingPolicy RegisterScalableTarget",
        "TagResource UntagResource",
      ),
    },
    // Autoscaling creates its own alarms, and requires these permissions of the principal that registers a table:
    // https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
    AutoscalingAlarms: {
      resources: ["*"],
      write: actions("cloudwatch", "DeleteAlarms DescribeAlarms PutMetricAlarm"),
    },
    Alarms: {
      resources: [...arn.alarms, arn.dashboard],
      read: actions("cloudwatch", "DescribeAlarms GetDashboard ListTagsForResource"),
      write: actions(
        "cloudwatch",
        "DeleteAlarms DeleteDashboards PutDashboard PutMetricAlarm TagResource UntagResource",
      ),
    },
    Table: {
      resources: [arn.table],
      read: actions("dynamodb", "DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource"),
      write: actions(
        "dynamodb",
        "CreateTable TagResource UntagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive",
      ),
      deleteData: actions("dynamodb", "DeleteTable"),
    },
    Rule: {
      resources: [arn.rule],
      read: actions("events", "DescribeRule ListTagsForResource ListTargetsByRule"),
      write: actions("events", "DeleteRule PutRule PutTargets RemoveTargets TagResource UntagResource"),
    },
    Stream: {
      resources: [arn.logStream],
      read: actions("firehose", "DescribeDeliveryStream ListTagsForDeliveryStream"),
      write: actions(
        "firehose",
        "CreateDeliveryStream DeleteDeliveryStream StartDeliveryStreamEncryption StopDeliveryStreamEncryption",
        "TagDeliveryStream UntagDeliveryStream UpdateDestination",
      ),
    },
    Roles: {
      resources: arn.roles,
      read: actions(
        "iam",
        "GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies",
      ),
      write: actions(
        "iam",
        "CreateRole DeleteRole DeleteRolePolicy PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy",
        "UpdateRole UpdateRoleDescription",
      ),
    },
    Keys: {
      resources: [arn.keys],
      read: actions("kms", "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags"),
    },
    // A new key has no name, and for some minutes no tags, by which IAM could limit this. No role may delete a key.
    NewKey: {
      resources: ["*"],
      // KMS refuses a new key if its creator may not change its policy.
      write: actions(
        "kms",
        "CreateKey DisableKeyRotation EnableKeyRotation PutKeyPolicy TagResource UntagResource UpdateKeyDescription",
      ),
    },
    KeyAlias: {
      resources: [arn.keyAlias, arn.keys],
      write: actions("kms", "CreateAlias DeleteAlias UpdateAlias"),
    },
    Function: {
      resources: arn.functions,
      read: actions(
        "lambda",
        "GetFunction GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionEventInvokeConfig GetPolicy",
        "ListTags ListVersionsByFunction",
      ),
      write: actions(
        "lambda",
        "AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig",
        "PutFunctionConcurrency PutFunctionEventInvokeConfig RemovePermission TagResource UntagResource",
        "UpdateFunctionCode UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig",
      ),
    },
    AllLogGroups: { resources: [arn.allLogGroups], read: actions("logs", "DescribeLogGroups") },
    LogGroups: {
      resources: arn.logGroups,
      read: actions("logs", "DescribeLogStreams DescribeSubscriptionFilters ListTagsForResource"),
      write: actions(
        "logs",
        "CreateLogGroup CreateLogStream DeleteLogStream DeleteRetentionPolicy DeleteSubscriptionFilter",
        "PutRetentionPolicy PutSubscriptionFilter TagResource UntagResource",
      ),
      deleteData: actions("logs", "DeleteLogGroup"),
    },
    LogBucket: {
      resources: [arn.logBucket],
      // HeadBucket requires ListBucket.
      read: actions(
        "s3",
        "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging",
        "GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock",
        "GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration",
        "GetLifecycleConfiguration GetReplicationConfiguration ListBucket ListTagsForResource",
      ),
      write: actions(
        "s3",
        "CreateBucket DeleteBucketPolicy PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock",
        "PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration TagResource",
        "UntagResource",
      ),
      deleteData: actions("s3", "DeleteBucket ListBucketVersions"),
    },
    LogObjects: { resources: [`${arn.logBucket}/*`], deleteData: actions("s3", "DeleteObject DeleteObjectVersion") },
    Topic: {
      resources: arn.topics,
      read: actions("sns", "GetSubscriptionAttributes GetTopicAttributes ListTagsForResource"),
      write: actions(
        "sns",
        "CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource Unsubscribe UntagResource",
      ),
    },
    Queue: {
      resources: [arn.queue],
      read: actions("sqs", "GetQueueAttributes GetQueueUrl ListQueueTags"),
      write: actions("sqs", "CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue"),
    },
  };
}
