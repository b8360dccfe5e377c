import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { CloudwatchLogStream } from "@cdktf/provider-aws/lib/cloudwatch-log-stream";
import { CloudwatchLogSubscriptionFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-subscription-filter";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { KinesisFirehoseDeliveryStream } from "@cdktf/provider-aws/lib/kinesis-firehose-delivery-stream";
import { Construct } from "constructs";
import { PrivateBucket } from "./private-bucket";
import { serviceRole } from "./service-role";

/** How long an overwritten or expired log object can still be brought back, in days. */
const NONCURRENT_DAYS = 30;

export interface RequestLogArchiveProps {
  /** Name of the bucket, unique in all of AWS. */
  readonly bucketName: string;
  /** Name of the delivery stream, unique in the account and Region. */
  readonly streamName: string;
  /** The account that all of this belongs to. */
  readonly accountId: string;
  /** When a log object expires, in days. */
  readonly expirationDays: number;
  /** How long Firehose's own error log is kept, in days. */
  readonly errorLogRetentionDays: number;
  /** Whether a plan that deletes the bucket fails. */
  readonly protectFromDeletion: boolean;
}

/**
 * Keeps log lines in S3. HTTP APIs log to CloudWatch only, so the way is: log group, subscription filter, Firehose,
 * which unpacks the CloudWatch envelope and writes one line a request into gzip objects under
 * `requests/<yyyy>/<mm>/<dd>/`, and what it cannot process under `errors/`.
 */
export class RequestLogArchive extends Construct {
  readonly storage: PrivateBucket;
  readonly stream: KinesisFirehoseDeliveryStream;
  private readonly accountId: string;

  constructor(scope: Construct, id: string, props: RequestLogArchiveProps) {
    super(scope, id);
    this.accountId = props.accountId;

    this.storage = new PrivateBucket(this, "storage", {
      bucketName: props.bucketName,
      protectFromDeletion: props.protectFromDeletion,
      expirationDays: props.expirationDays,
      noncurrentExpirationDays: NONCURRENT_DAYS,
    });
    const { bucket } = this.storage;

    const errorLogGroup = new CloudwatchLogGroup(this, "error-log-group", {
      name: `/aws/kinesisfirehose/${props.streamName}`,
      retentionInDays: props.errorLogRetentionDays,
    });
    const errorLogStream = new CloudwatchLogStream(this, "error-log-stream", {
      name: "delivery",
      logGroupName: errorLogGroup.name,
    });

    const role = serviceRole(this, "delivery-role", {
      roleName: `${props.streamName}-role`,
      service: "firehose.amazonaws.com",
      condition: { test: "StringEquals", variable: "sts:ExternalId", values: [props.accountId] },
    });
    // What Firehose asks for to deliver to S3:
    // https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
    const document = new DataAwsIamPolicyDocument(this, "deliver-document", {
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
        {
          sid: "WriteOwnErrors",
          actions: ["logs:PutLogEvents"],
          resources: [`${errorLogGroup.arn}:log-stream:${errorLogStream.name}`],
        },
      ],
    });
    const deliver = new IamRolePolicy(this, "deliver", {
      name: "deliver-request-logs",
      role: role.name,
      policy: document.json,
    });

    this.stream = new KinesisFirehoseDeliveryStream(this, "stream", {
      name: props.streamName,
      destination: "extended_s3",
      serverSideEncryption: { enabled: true, keyType: "AWS_OWNED_CMK" },
      extendedS3Configuration: {
        bucketArn: bucket.arn,
        roleArn: role.arn,
        prefix: "requests/!{timestamp:yyyy/MM/dd}/",
        errorOutputPrefix: "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
        // Whichever comes first ends an object: MB before compression, or seconds.
        bufferingSize: 5,
        bufferingInterval: 300,
        compressionFormat: "GZIP",
        processingConfiguration: {
          enabled: true,
          processors: [
            {
              type: "Decompression",
              parameters: [{ parameterName: "CompressionFormat", parameterValue: "GZIP" }],
            },
            {
              type: "CloudWatchLogProcessing",
              parameters: [{ parameterName: "DataMessageExtraction", parameterValue: "true" }],
            },
            { type: "AppendDelimiterToRecord" },
          ],
        },
        cloudwatchLoggingOptions: {
          enabled: true,
          logGroupName: errorLogGroup.name,
          logStreamName: errorLogStream.name,
        },
      },
      dependsOn: [deliver],
    });
  }

  /** Archives every line of a log group. */
  subscribe(logGroup: CloudwatchLogGroup): void {
    const role = serviceRole(this, "subscription-role", {
      roleName: `${this.stream.name}-subscription-role`,
      service: "logs.amazonaws.com",
      condition: { test: "StringLike", variable: "aws:SourceArn", values: [`arn:*:logs:*:${this.accountId}:*`] },
    });
    const document = new DataAwsIamPolicyDocument(this, "subscription-document", {
      statement: [{ actions: ["firehose:PutRecord", "firehose:PutRecordBatch"], resources: [this.stream.arn] }],
    });
    const put = new IamRolePolicy(this, "put-records", {
      name: "put-request-logs",
      role: role.name,
      policy: document.json,
    });
    new CloudwatchLogSubscriptionFilter(this, "subscription", {
      name: "archive",
      logGroupName: logGroup.name,
      filterPattern: "",
      destinationArn: this.stream.arn,
      roleArn: role.arn,
      // CloudWatch Logs sends a test record when the filter is created, which needs the permission.
      dependsOn: [put],
    });
  }
}
