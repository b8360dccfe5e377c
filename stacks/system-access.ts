import type { DataAwsIamPolicyDocumentStatementCondition as Condition } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { Settings } from "../settings/settings";
import { systemNames } from "./names";
import { type Account, systemArns } from "./system-arns";

/** The IAM actions that Terraform's AWS provider needs for one kind of resource. */
export interface Access {
  readonly resources: string[];
  /** The actions for a plan. */
  readonly read?: string[];
  /** The further actions for a deploy. */
  readonly write?: string[];
  /** The actions that delete data, for a deploy while `dataProtection` is off. */
  readonly deleteData?: string[];
  /**
   * The condition for the actions of a deploy.
   * @default - none
   */
  readonly condition?: Condition[];
}

/** The IAM actions of a service, from their names, separated by spaces. */
const actions = (service: string, ...names: string[]) =>
  names.flatMap((line) => line.split(" ")).map((name) => `${service}:${name}`);

/** The configuration of a bucket. HeadBucket requires ListBucket. */
const READ_BUCKET = actions(
  "s3",
  "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging",
  "GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock",
  "GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration",
  "GetLifecycleConfiguration GetReplicationConfiguration ListBucket ListTagsForResource",
);

/** Holds if each of the keys has the value or is absent from the request. */
const unlessOther = (value: string, ...keys: string[]): Condition[] =>
  keys.map((variable) => ({ test: "StringEqualsIfExists", variable, values: [value] }));

/**
 * The access to each kind of resource, by its name in the statements' ids.
 *
 * Environments can share an account. Where AWS chooses a resource's id, its tag `Environment` says whose it is. With the
 * same value of `environmentTag`, two environments could change the parts of each other's API and its scalable targets,
 * but not the API, its key or a resource with a name. The role cannot give its environment another value.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table of data
export function systemAccess(settings: Settings, account: Account): Readonly<Record<string, Access>> {
  const arn = systemArns(settings, account);
  const names = systemNames(settings);
  const { environmentTag, permissionsBoundary } = settings;
  const ofThisEnvironment = unlessOther(environmentTag, "aws:ResourceTag/Environment", "aws:RequestTag/Environment");
  const noOtherAlias: Condition[] = [
    // Holds of a key without aliases, too.
    { test: "ForAllValues:StringEquals", variable: "kms:ResourceAliases", values: [names.monitoring.topicKeyAlias] },
  ];
  return {
    // The search for drift also plans the stacks that only an administrator applies.
    StateBucket: { resources: [arn.stateBucket], read: READ_BUCKET },
    GithubAccessState: { resources: [arn.githubAccess.state], read: actions("s3", "GetObject") },
    GithubAccess: {
      resources: arn.githubAccess.resources,
      read: actions(
        "iam",
        "GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole ListAttachedRolePolicies ListRolePolicies",
      ),
    },
    State: { resources: [arn.state], read: actions("s3", "GetObject"), write: actions("s3", "PutObject") },
    // https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
    Lock: { resources: [arn.lock], write: actions("s3", "DeleteObject GetObject PutObject") },
    // These actions have no resource level in IAM. They show names and settings, but no data.
    WhatHasNoResource: {
      resources: ["*"],
      read: [
        ...actions("application-autoscaling", "DescribeScalableTargets DescribeScalingPolicies"),
        // Alarms have ARNs, but AWS asks for the permission to describe all.
        ...actions("cloudwatch", "DescribeAlarms"),
        ...actions("dynamodb", "ListTables"),
        ...actions("iam", "ListOpenIDConnectProviders"),
        ...actions("kms", "ListAliases ListKeys"),
        ...actions("logs", "DescribeLogGroups"),
        // A subscription has no ARN in IAM: AWS asks for its topic or, as older references say, for none.
        ...actions("sns", "GetSubscriptionAttributes"),
      ],
    },
    Subscription: {
      resources: ["*"],
      write: actions("sns", "Unsubscribe"),
      condition: unlessOther(environmentTag, "aws:ResourceTag/Environment"),
    },
    // An API has its name and its tags when it is created, changed or deleted. AWS's reference says that its routes,
    // stages and so on have its tags for IAM; AWS's guide says so of REST APIs only. Without the tags, a condition that
    // requires one would refuse every deploy.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
    Api: {
      resources: arn.apis,
      read: actions("apigateway", "GET"),
      // API Gateway requires TagResource, although AWS's reference does not list it.
      write: actions("apigateway", "DELETE PATCH POST PUT TagResource UntagResource"),
      condition: [
        ...unlessOther(names.api.apiName, "apigateway:Request/ApiName", "apigateway:Resource/ApiName"),
        ...ofThisEnvironment,
      ],
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
      condition: ofThisEnvironment,
    },
    // Autoscaling creates its own alarms, and requires these permissions of the principal that registers a table:
    // https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
    AutoscalingAlarms: {
      resources: arn.autoscalingAlarms,
      write: actions("cloudwatch", "DeleteAlarms PutMetricAlarm"),
    },
    Alarms: {
      resources: arn.alarms,
      read: actions("cloudwatch", "ListTagsForResource"),
      write: actions("cloudwatch", "DeleteAlarms PutMetricAlarm TagResource UntagResource"),
    },
    Dashboard: {
      resources: [arn.dashboard],
      // Dashboards have tags since 2026, and a newer provider will ask for them.
      read: actions("cloudwatch", "GetDashboard ListTagsForResource"),
      write: actions("cloudwatch", "DeleteDashboards PutDashboard TagResource UntagResource"),
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
      write: actions("iam", "DeleteRole DeleteRolePolicy TagRole UntagRole"),
    },
    // These actions decide a role's permissions. A boundary cannot be removed again: there is no
    // DeleteRolePermissionsBoundary.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
    RolePermissions: {
      resources: arn.roles,
      write: actions(
        "iam",
        "CreateRole PutRolePolicy UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
        ...(permissionsBoundary ? ["PutRolePermissionsBoundary"] : []),
      ),
      condition: permissionsBoundary
        ? [{ test: "StringEquals", variable: "iam:PermissionsBoundary", values: [permissionsBoundary] }]
        : undefined,
    },
    // The tag comes with the request. KMS refuses a new key if its creator may not tag it and change its policy; see Keys.
    NewKey: {
      resources: ["*"],
      write: actions("kms", "CreateKey"),
      condition: [{ test: "StringEquals", variable: "aws:RequestTag/Environment", values: [environmentTag] }],
    },
    // A key that has no other alias and no other tag. A new key has no alias, and IAM may learn of a tag or an alias only
    // after five minutes: https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
    Keys: {
      resources: [arn.keys],
      read: actions("kms", "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags"),
      write: actions(
        "kms",
        "CreateAlias DeleteAlias DisableKeyRotation EnableKeyRotation PutKeyPolicy TagResource UntagResource",
        "UpdateAlias UpdateKeyDescription",
      ),
      condition: [...noOtherAlias, ...ofThisEnvironment],
    },
    // Terraform deletes a key's alias before the key. An untagged key can be somebody else's.
    OldKey: {
      resources: [arn.keys],
      deleteData: actions("kms", "ScheduleKeyDeletion"),
      condition: [
        ...noOtherAlias,
        { test: "StringEquals", variable: "aws:ResourceTag/Environment", values: [environmentTag] },
      ],
    },
    // An alias takes the permission for the alias and for its key.
    KeyAlias: { resources: [arn.keyAlias], write: actions("kms", "CreateAlias DeleteAlias UpdateAlias") },
    Function: {
      resources: [arn.function],
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
    LogGroups: {
      resources: arn.logGroups,
      read: actions("logs", "DescribeLogStreams DescribeSubscriptionFilters ListTagsForResource"),
      write: actions(
        "logs",
        "CreateLogGroup DeleteRetentionPolicy DeleteSubscriptionFilter PutRetentionPolicy PutSubscriptionFilter",
        "TagResource UntagResource",
      ),
      deleteData: actions("logs", "DeleteLogGroup"),
    },
    ErrorLogStream: { resources: [arn.errorLogStream], write: actions("logs", "CreateLogStream DeleteLogStream") },
    LogBucket: {
      resources: [arn.logBucket],
      read: READ_BUCKET,
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
      resources: [arn.topic],
      read: actions("sns", "GetTopicAttributes ListTagsForResource"),
      write: actions("sns", "CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource UntagResource"),
    },
    Queue: {
      resources: [arn.queue],
      read: actions("sqs", "GetQueueAttributes GetQueueUrl ListQueueTags"),
      write: actions("sqs", "CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue"),
    },
  };
}
