import type { DataAwsIamPolicyDocumentStatementCondition as Condition } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { type Access, actions, unlessOther } from "./access";
import type { SynthesizedResource } from "./synthesized-resources";

/** The place and the tag of the resources. */
export interface Place {
  readonly account: string;
  /** Such as `aws` or `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
  readonly environmentTag: string;
  readonly permissionsBoundary?: string;
  /** The services that the system's roles trust. */
  readonly trustedServices: readonly string[];
  /** All resources. */
  readonly resources: readonly SynthesizedResource[];
}

/** The access that a resource with these arguments takes. */
// biome-ignore lint/suspicious/noExplicitAny: Terraform JSON has no type of ours
export type Entry = (values: any, place: Place) => readonly Access[];

export const arn = (service: string, rest: string, { partition, region, account }: Place) =>
  `arn:${partition}:${service}:${region}:${account}:${rest}`;
export const globalArn = (service: string, rest: string, { partition, account }: Place) =>
  `arn:${partition}:${service}::${account}:${rest}`;
export const bucketArn = (name: string, { partition }: Place) => `arn:${partition}:s3:::${name}`;

export const namesOf = (type: string, attribute: string, { resources }: Place): string[] => [
  ...new Set(resources.filter((each) => each.type === type).map(({ values }): string => values[attribute])),
];

export const ofThisEnvironment = ({ environmentTag }: Place) =>
  unlessOther(environmentTag, "aws:ResourceTag/Environment", "aws:RequestTag/Environment");

/** Actions without a resource level in IAM, for a plan. They show names and settings, but no data. */
export const everywhere = (...read: string[]): Access => ({ name: "WhatHasNoResource", resources: ["*"], read });

/** Of a key without aliases, it holds, too. */
export const noOtherAlias = (place: Place): Condition[] => [
  {
    test: "ForAllValues:StringEquals",
    variable: "kms:ResourceAliases",
    values: namesOf("aws_kms_alias", "name", place),
  },
];

/** The configuration of a bucket. HeadBucket requires ListBucket. */
export const READ_BUCKET = actions(
  "s3",
  "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging",
  "GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock",
  "GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration",
  "GetLifecycleConfiguration GetReplicationConfiguration ListBucket ListTagsForResource",
);

/** Autoscaling creates alarms of its own, and requires these permissions of the principal that registers a table. */
export const scaling = (resourceId: string, place: Place): Access[] => [
  {
    name: "Scaling",
    // AWS chooses the id of a scalable target.
    resources: [arn("application-autoscaling", "scalable-target/*", place)],
    read: actions("application-autoscaling", "ListTagsForResource"),
    write: actions(
      "application-autoscaling",
      "DeleteScalingPolicy DeregisterScalableTarget PutScalingPolicy RegisterScalableTarget",
      "TagResource UntagResource",
    ),
    condition: ofThisEnvironment(place),
  },
  {
    // https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
    name: "AutoscalingAlarms",
    // Without the kind, `*` would also match other tables' alarms.
    resources: ["Alarm", "ProvisionedCapacity"].map((kind) =>
      arn("cloudwatch", `alarm:TargetTracking-${resourceId}-${kind}*`, place),
    ),
    write: actions("cloudwatch", "DeleteAlarms PutMetricAlarm"),
  },
  everywhere(...actions("application-autoscaling", "DescribeScalableTargets DescribeScalingPolicies")),
];
