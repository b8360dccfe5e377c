import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Monitoring, type MonitoringProps } from "../../../../constructs/monitoring/monitoring";
import { synthesize } from "../synthesize";

function monitoring(props: Partial<MonitoringProps> = {}): string {
  return synthesize((stack) => {
    new Monitoring(stack, "monitoring", {
      name: (base) => base,
      region: "eu-central-1",
      accountId: "123456789012",
      apiId: "api-id",
      functionName: "the-function",
      tableName: "the-table",
      queueName: "the-queue",
      thresholds: {
        serverErrors: 1,
        serverErrorPercent: 2.5,
        functionErrors: 3,
        functionThrottles: 4,
        deadLetters: 5,
        tableThrottles: 6,
      },
      ...props,
    });
  });
}

test.each([
  ["ApiGateway-5XX-Errors", "AWS/ApiGateway", "5xx", { ApiId: "api-id" }, "Sum", 1],
  ["RequestProcessor-Errors", "AWS/Lambda", "Errors", { FunctionName: "the-function" }, "Sum", 3],
  ["RequestProcessor-Throttles", "AWS/Lambda", "Throttles", { FunctionName: "the-function" }, "Sum", 4],
  [
    "RequestProcessor-DeadLetters",
    "AWS/SQS",
    "ApproximateNumberOfMessagesVisible",
    { QueueName: "the-queue" },
    "Maximum",
    5,
  ],
  ["RequestTable-Throttles", "AWS/DynamoDB", "WriteThrottleEvents", { TableName: "the-table" }, "Sum", 6],
])("%s watches %s %s", (alarm_name, namespace, metric_name, dimensions, statistic, threshold) => {
  expect(monitoring()).toHaveResourceWithProperties(CloudwatchMetricAlarm, {
    alarm_name,
    namespace,
    metric_name,
    dimensions,
    statistic,
    threshold,
    comparison_operator: "GreaterThanThreshold",
    treat_missing_data: "notBreaching",
  });
});

test("ApiGateway-5XX-Rate watches the share of 5xx in all requests", () => {
  expect(monitoring()).toHaveResourceWithProperties(CloudwatchMetricAlarm, {
    alarm_name: "ApiGateway-5XX-Rate",
    threshold: 2.5,
    metric_query: expect.arrayContaining([
      expect.objectContaining({ expression: "IF(requests > 0, 100 * errors / requests, 0)", return_data: true }),
    ]),
  });
});

test("the topic's key is one that CloudWatch may use", () => {
  const synthesized = monitoring();
  expect(synthesized).toHaveResourceWithProperties(KmsKey, { enable_key_rotation: true });
  expect(synthesized).toHaveResourceWithProperties(SnsTopic, {
    kms_master_key_id: expect.stringMatching(/aws_kms_key\..*\.arn/),
  });
  expect(synthesized).toHaveDataSourceWithProperties(DataAwsIamPolicyDocument, {
    statement: expect.arrayContaining([
      expect.objectContaining({
        principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
      }),
    ]),
  });
});

test("only alarms of this account may publish to the topic", () => {
  expect(monitoring()).toHaveDataSourceWithProperties(DataAwsIamPolicyDocument, {
    statement: [
      {
        sid: "LetAlarmsPublish",
        principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
        actions: ["sns:Publish"],
        resources: [expect.stringMatching(/aws_sns_topic\..*\.arn/)],
        condition: [{ test: "StringEquals", variable: "aws:SourceAccount", values: ["123456789012"] }],
      },
    ],
  });
});

test("an address is told only where one is set", () => {
  expect(monitoring()).not.toHaveResource(SnsTopicSubscription);
  expect(monitoring({ email: "on-call@example.com" })).toHaveResourceWithProperties(SnsTopicSubscription, {
    protocol: "email",
    endpoint: "on-call@example.com",
  });
});

test("the dashboard shows every metric that has an alarm", () => {
  const synthesized = monitoring();
  const { resource } = JSON.parse(synthesized);
  expect(synthesized).toHaveResourceWithProperties(CloudwatchDashboard, {
    dashboard_name: "serverless-infrastructure",
    dashboard_body: expect.stringMatching(/^\$\{jsonencode\(/),
  });
  const [dashboard] = Object.values<{ dashboard_body: string }>(resource.aws_cloudwatch_dashboard);
  for (const metric of ["5xx", "Count", "Errors", "Throttles", "WriteThrottleEvents"]) {
    expect(dashboard?.dashboard_body).toContain(`"${metric}"`);
  }
  expect(dashboard?.dashboard_body).toContain('"ApproximateNumberOfMessagesVisible"');
});
