import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { dashboardBody } from "../../../../constructs/monitoring/dashboard";
import { systemMetrics } from "../../../../constructs/monitoring/metrics";
import { Monitoring, type MonitoringProps } from "../../../../constructs/monitoring/monitoring";
import { systemNames } from "../../../../stacks/names";
import { synthesize } from "../synthesize";

function monitoring(props: Partial<MonitoringProps> = {}): string {
  return synthesize((stack) => {
    new Monitoring(stack, "monitoring", {
      ...systemNames({ environment: "production", region: "eu-central-1" }).monitoring,
      region: "eu-central-1",
      consoleDomain: "console.example.com",
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
  ["ApiGateway-5XX-Errors", "AWS/ApiGateway", "5xx", { ApiId: "api-id" }, "Sum", 1, 2],
  ["RequestProcessor-Errors", "AWS/Lambda", "Errors", { FunctionName: "the-function" }, "Sum", 3, 1],
  ["RequestProcessor-Throttles", "AWS/Lambda", "Throttles", { FunctionName: "the-function" }, "Sum", 4, 1],
  [
    "RequestProcessor-DeadLetters",
    "AWS/SQS",
    "ApproximateNumberOfMessagesVisible",
    { QueueName: "the-queue" },
    "Maximum",
    5,
    1,
  ],
  ["RequestTable-Throttles", "AWS/DynamoDB", "WriteThrottleEvents", { TableName: "the-table" }, "Sum", 6, 1],
])("%s watches %s %s", (alarm_name, namespace, metric_name, dimensions, statistic, threshold, evaluation_periods) => {
  expect(monitoring()).toHaveResourceWithProperties(CloudwatchMetricAlarm, {
    alarm_name,
    namespace,
    metric_name,
    dimensions,
    statistic,
    threshold,
    evaluation_periods,
    period: 300,
    comparison_operator: "GreaterThanThreshold",
    treat_missing_data: "notBreaching",
  });
});

test("ApiGateway-5XX-Rate watches the share of 5xx in all requests", () => {
  expect(monitoring()).toHaveResourceWithProperties(CloudwatchMetricAlarm, {
    alarm_name: "ApiGateway-5XX-Rate",
    threshold: 2.5,
    evaluation_periods: 2,
    metric_query: expect.arrayContaining([
      expect.objectContaining({ expression: "IF(requests > 0, 100 * errors / requests, 0)", return_data: true }),
    ]),
  });
});

test("the topic's key is one that CloudWatch may use", () => {
  const synthesized = monitoring();
  expect(synthesized).toHaveResourceWithProperties(KmsKey, {
    enable_key_rotation: true,
    deletion_window_in_days: 30,
  });
  expect(synthesized).toHaveResourceWithProperties(SnsTopic, {
    kms_master_key_id: expect.stringMatching(/aws_kms_key\..*\.arn/),
  });
  expect(synthesized).toHaveDataSourceWithProperties(DataAwsIamPolicyDocument, {
    statement: [
      {
        sid: "LetTheAccountManageTheKey",
        principals: [{ type: "AWS", identifiers: ["123456789012"] }],
        actions: ["kms:*"],
        resources: ["*"],
      },
      expect.objectContaining({
        principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: ["*"],
      }),
    ],
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
  expect(monitoring()).toHaveResourceWithProperties(CloudwatchDashboard, {
    dashboard_name: "serverless-infrastructure",
    // Scanners of HCL stop at a body that is written into the expression.
    dashboard_body: expect.stringMatching(/^\$\{jsonencode\(local\.[\w-]+\)\}$/),
  });
  const [body] = Object.values(JSON.parse(monitoring()).locals);
  expect(JSON.stringify(body)).toMatch(/"5xx".*"api-id"/);
});

test("without a name there is no dashboard and no link to one", () => {
  expect(monitoring({ dashboardName: undefined })).not.toHaveResource(CloudwatchDashboard);
});

test("the dashboard has two graphs in a row", () => {
  const names = { apiId: "api", functionName: "function", tableName: "table", queueName: "queue" };
  const { widgets } = dashboardBody(systemMetrics(names), "eu-central-1");
  const [api, fn, table] = [
    (metric: string, stat = "Sum") => ["AWS/ApiGateway", metric, "ApiId", "api", { stat }],
    (metric: string, stat = "Sum") => ["AWS/Lambda", metric, "FunctionName", "function", { stat }],
    (metric: string) => ["AWS/DynamoDB", metric, "TableName", "table", { stat: "Sum" }],
  ];
  const queue = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "queue", { stat: "Maximum" }];
  expect(widgets.map(({ x, y, properties: { title, metrics } }) => [x, y, title, metrics])).toEqual([
    [0, 0, "API: requests and 5xx", [api("Count"), api("5xx")]],
    [
      12,
      0,
      "API: 5xx rate",
      [
        [{ id: "value", expression: "IF(requests > 0, 100 * errors / requests, 0)", label: "5xx answers (%)" }],
        ["AWS/ApiGateway", "5xx", "ApiId", "api", { stat: "Sum", id: "errors", visible: false }],
        ["AWS/ApiGateway", "Count", "ApiId", "api", { stat: "Sum", id: "requests", visible: false }],
      ],
    ],
    [0, 6, "API: latency, p99 (ms)", [api("Latency", "p99")]],
    [12, 6, "Function: errors and throttles", [fn("Errors"), fn("Throttles")]],
    [0, 12, "Function: duration, p99 (ms)", [fn("Duration", "p99")]],
    [
      12,
      12,
      "Table: write units consumed, writes throttled",
      [table("ConsumedWriteCapacityUnits"), table("WriteThrottleEvents")],
    ],
    [0, 18, "Dead-letter queue: messages", [queue]],
  ]);
  for (const widget of widgets) {
    expect(widget).toMatchObject({ type: "metric", width: 12, height: 6 });
    expect(widget.properties).toMatchObject({ region: "eu-central-1", period: 300, view: "timeSeries" });
  }
});
