import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { CloudwatchLogStream } from "@cdktf/provider-aws/lib/cloudwatch-log-stream";
import { CloudwatchLogSubscriptionFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-subscription-filter";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { KinesisFirehoseDeliveryStream } from "@cdktf/provider-aws/lib/kinesis-firehose-delivery-stream";
import { Construct } from "constructs";
import { rolePolicy } from "./access/role-policy";
import { serviceRole } from "./access/service-role";
import { idOf } from "./address";
import { PrivateBucket } from "./storage/private-bucket";

/** How long an overwritten or expired log object can be restored, in days. */
const NONCURRENT_DAYS = 30;

/** Extract the log lines from the compressed records of CloudWatch Logs. */
const PROCESSORS = [
  { type: "Decompression", parameters: [{ parameterName: "CompressionFormat", parameterValue: "GZIP" }] },
  {
    type: "CloudWatchLogProcessing",
    parameters: [{ parameterName: "DataMessageExtraction", parameterValue: "true" }],
  },
  { type: "AppendDelimiterToRecord" },
];

export interface RequestLogArchiveProps {
  /** Bucket name, unique in all of AWS. */
  readonly bucketName: string;
  /** Delivery stream name, unique in the account and Region. */
  readonly streamName: string;
  /** Name of the role for delivery to the bucket, unique in the account. */
  readonly streamRoleName: string;
  /** Name of the role for the subscription filter, unique in the account. */
  readonly subscriptionRoleName: string;
  /** Name of the log group for Firehose's errors. */
  readonly errorLogGroupName: string;
  /** The principal of CloudWatch Logs, which differs between AWS's partitions. */
  readonly logsService: string;
  readonly accountId: string;
  /** Expiry of a log object, in days. */
  readonly expirationDays: number;
  /** Retention of Firehose's error log, in days. */
  readonly errorLogRetentionDays: number;
  /** Whether a plan that deletes the bucket fails. */
  readonly protectFromDeletion: boolean;
}

/**
 * Archives log lines in S3. HTTP APIs log to CloudWatch only, so a subscription filter sends the lines to Firehose.
 * Firehose writes them to gzip objects under `requests/<yyyy>/<mm>/<dd>/`, and records with errors under `errors/`.
 */
export class RequestLogArchive extends Construct {
  readonly storage: PrivateBucket;
  readonly stream: KinesisFirehoseDeliveryStream;
  private subscription?: ReturnType<RequestLogArchive["grantSubscription"]>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RequestLogArchiveProps,
  ) {
    super(scope, id);
    this.storage = new PrivateBucket(this, "storage", {
      bucketName: props.bucketName,
      protectFromDeletion: props.protectFromDeletion,
      expirationDays: props.expirationDays,
      noncurrentExpirationDays: NONCURRENT_DAYS,
    });
    const errorLogGroup = new CloudwatchLogGroup(this, "error-log-group", {
      name: props.errorLogGroupName,
      retentionInDays: props.errorLogRetentionDays,
    });
    const errorLogStream = new CloudwatchLogStream(this, "error-log-stream", {
      name: "delivery",
      logGroupName: errorLogGroup.name,
    });
    const role = serviceRole(this, "delivery-role", {
      roleName: props.streamRoleName,
      service: "firehose.amazonaws.com",
      condition: { test: "StringEquals", variable: "sts:ExternalId", values: [props.accountId] },
    });
    const deliver = this.grantDelivery(role, `${errorLogGroup.arn}:log-stream:${errorLogStream.name}`);

    this.stream = new KinesisFirehoseDeliveryStream(this, "stream", {
      name: props.streamName,
      destination: "extended_s3",
      serverSideEncryption: { enabled: true, keyType: "AWS_OWNED_CMK" },
      extendedS3Configuration: {
        bucketArn: this.storage.bucket.arn,
        roleArn: role.arn,
        prefix: "requests/!{timestamp:yyyy/MM/dd}/",
        errorOutputPrefix: "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
        // Firehose ends an object at the first of these limits: MB before compression, or seconds.
        bufferingSize: 5,
        bufferingInterval: 300,
        compressionFormat: "GZIP",
        processingConfiguration: { enabled: true, processors: PROCESSORS },
        cloudwatchLoggingOptions: {
          enabled: true,
          logGroupName: errorLogGroup.name,
          logStreamName: errorLogStream.name,
        },
      },
      dependsOn: [deliver],
    });
  }

  /**
   * Archives every line of a log group, and of any number of them.
   *
   * @example
   * const orders = new HttpApi(this, "orders-api", settings.api);
   * logArchive.subscribe(orders.accessLogGroup);
   */
  subscribe(logGroup: CloudwatchLogGroup): void {
    this.subscription ??= this.grantSubscription();
    const { role, policy } = this.subscription;
    new CloudwatchLogSubscriptionFilter(this, `subscription-${idOf(logGroup)}`, {
      name: "archive",
      logGroupName: logGroup.name,
      filterPattern: "",
      destinationArn: this.stream.arn,
      roleArn: role.arn,
      // CloudWatch Logs sends a test record when it creates the filter.
      dependsOn: [policy],
    });
  }

  private grantSubscription() {
    const role = serviceRole(this, "subscription-role", {
      roleName: this.props.subscriptionRoleName,
      service: this.props.logsService,
      condition: { test: "StringLike", variable: "aws:SourceArn", values: [`arn:*:logs:*:${this.props.accountId}:*`] },
    });
    const policy = rolePolicy(this, "put-records", {
      policyName: "put-request-logs",
      role,
      statement: [{ actions: ["firehose:PutRecord", "firehose:PutRecordBatch"], resources: [this.stream.arn] }],
    });
    return { role, policy };
  }

  /** @see https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3 */
  private grantDelivery(role: IamRole, errorLogStreamArn: string) {
    const { bucket } = this.storage;
    return rolePolicy(this, "deliver", {
      policyName: "deliver-request-logs",
      role,
      statement: [
        {
          sid: "FindBucket",
          actions: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
          resources: [bucket.arn],
        },
        {
          sid: "WriteObjects",
          actions: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
          resources: [`${bucket.arn}/*`],
        },
        { sid: "WriteOwnErrors", actions: ["logs:PutLogEvents"], resources: [errorLogStreamArn] },
      ],
    });
  }
}
