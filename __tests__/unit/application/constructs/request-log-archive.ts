import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { CloudwatchLogStream } from "@cdktf/provider-aws/lib/cloudwatch-log-stream";
import { CloudwatchLogSubscriptionFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-subscription-filter";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { KinesisFirehoseDeliveryStream } from "@cdktf/provider-aws/lib/kinesis-firehose-delivery-stream";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { RequestLogArchive } from "../../../../constructs/request-log-archive";
import { resourcesOf, synthesize } from "../synthesize";

const archiveOf = (...logGroups: string[]) =>
  synthesize((stack) => {
    const archive = new RequestLogArchive(stack, "archive", {
      bucketName: "logs",
      streamName: "log-stream",
      streamRoleName: "log-stream-role",
      subscriptionRoleName: "log-stream-subscription-role",
      errorLogGroupName: "/aws/kinesisfirehose/log-stream",
      logsService: "logs.example.com",
      accountId: "123456789012",
      expirationDays: 10,
      errorLogRetentionDays: 5,
      protectFromDeletion: true,
    });
    for (const name of logGroups) archive.subscribe(new CloudwatchLogGroup(stack, name, { name }));
  });
const synthesized = archiveOf("log-group");
const stream = streamConfig();

function streamConfig() {
  const { resource } = JSON.parse(synthesized);
  // biome-ignore lint/suspicious/noExplicitAny: Terraform JSON has no type of ours
  return Object.values<any>(resource.aws_kinesis_firehose_delivery_stream)[0].extended_s3_configuration;
}

test("every line of the log group goes to the stream", () => {
  expect(synthesized).toHaveResourceWithProperties(CloudwatchLogSubscriptionFilter, {
    name: "archive",
    log_group_name: "${aws_cloudwatch_log_group.log-group.name}",
    filter_pattern: "",
    destination_arn: expect.stringContaining("${aws_kinesis_firehose_delivery_stream."),
  });
});

test("the log groups of several APIs share the stream and its roles", () => {
  const json = archiveOf("orders", "returns");
  const filters = resourcesOf(json, "aws_cloudwatch_log_subscription_filter");
  expect(filters.map(({ log_group_name }) => log_group_name)).toEqual([
    "${aws_cloudwatch_log_group.orders.name}",
    "${aws_cloudwatch_log_group.returns.name}",
  ]);
  expect(resourcesOf(json, "aws_iam_role")).toHaveLength(2);
});

test("the subscription is made after the permission that it needs", () => {
  expect(synthesized).toHaveResourceWithProperties(CloudwatchLogSubscriptionFilter, {
    depends_on: [expect.stringMatching(/^aws_iam_role_policy\..*put-records/)],
  });
  expect(synthesized).toHaveDataSourceWithProperties(DataAwsIamPolicyDocument, {
    statement: [
      {
        actions: ["firehose:PutRecord", "firehose:PutRecordBatch"],
        resources: [expect.stringMatching(/aws_kinesis_firehose_delivery_stream\..*\.arn/)],
      },
    ],
  });
});

test("objects hold the log lines themselves, one a line, without the envelope of CloudWatch", () => {
  expect(stream.processing_configuration).toEqual({
    enabled: true,
    processors: [
      { type: "Decompression", parameters: [{ parameter_name: "CompressionFormat", parameter_value: "GZIP" }] },
      {
        type: "CloudWatchLogProcessing",
        parameters: [{ parameter_name: "DataMessageExtraction", parameter_value: "true" }],
      },
      { type: "AppendDelimiterToRecord" },
    ],
  });
  expect(stream.compression_format).toBe("GZIP");
});

test("objects are found by their day, and what went wrong apart from them", () => {
  expect(stream.prefix).toBe("requests/!{timestamp:yyyy/MM/dd}/");
  expect(stream.error_output_prefix).toBe("errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/");
});

test("an object ends after 5 MB or 300 s, whichever comes first", () => {
  expect(synthesized).toHaveResourceWithProperties(KinesisFirehoseDeliveryStream, { destination: "extended_s3" });
  expect(stream).toMatchObject({ buffering_size: 5, buffering_interval: 300 });
});

test("the stream may do what Firehose asks for, in its own bucket and log", () => {
  const bucket = expect.stringMatching(/^\$\{aws_s3_bucket\.archive_storage_bucket_\w+\.arn\}$/);
  expect(synthesized).toHaveDataSourceWithProperties(DataAwsIamPolicyDocument, {
    statement: [
      {
        sid: "FindBucket",
        actions: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
        resources: [bucket],
      },
      {
        sid: "WriteObjects",
        actions: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
        resources: [expect.stringMatching(/^\$\{aws_s3_bucket\.archive_storage_bucket_\w+\.arn\}\/\*$/)],
      },
      {
        sid: "WriteOwnErrors",
        actions: ["logs:PutLogEvents"],
        resources: [
          expect.stringMatching(
            /^\$\{aws_cloudwatch_log_group\..+\.arn\}:log-stream:\$\{aws_cloudwatch_log_stream\..+\.name\}$/,
          ),
        ],
      },
    ],
  });
});

test("what waits in the stream is encrypted", () => {
  expect(synthesized).toHaveResourceWithProperties(KinesisFirehoseDeliveryStream, {
    server_side_encryption: { enabled: true, key_type: "AWS_OWNED_CMK" },
  });
});

test("delivery errors are logged", () => {
  expect(synthesized).toHaveResourceWithProperties(CloudwatchLogGroup, {
    name: "/aws/kinesisfirehose/log-stream",
    retention_in_days: 5,
  });
  expect(synthesized).toHaveResourceWithProperties(CloudwatchLogStream, { name: "delivery" });
  expect(stream.cloudwatch_logging_options).toMatchObject({ enabled: true });
});

test("log objects expire, and so do their old versions", () => {
  expect(synthesized).toHaveResourceWithProperties(S3BucketLifecycleConfiguration, {
    rule: expect.arrayContaining([
      expect.objectContaining({
        expiration: [{ days: 10 }],
        noncurrent_version_expiration: [{ noncurrent_days: 30 }],
      }),
    ]),
  });
});
