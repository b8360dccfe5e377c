import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import type { TerraformStack } from "cdktf";
import { HttpApi } from "../../../../constructs/api/http-api";
import { DeadLetterQueue } from "../../../../constructs/events/dead-letter-queue";
import { Queue } from "../../../../constructs/events/queue";
import { dashboardBody } from "../../../../constructs/monitoring/dashboard";
import type { Thresholds } from "../../../../constructs/monitoring/metrics";
import { Monitoring, type MonitoringProps, type Watchable } from "../../../../constructs/monitoring/monitoring";
import { Table } from "../../../../constructs/storage/table";
import { parseSettings } from "../../../../settings/settings";
import { systemNames } from "../../../../stacks/names";
import { aFunction, resourcesOf, synthesize } from "../synthesize";

const { alarmNames, ...names } = systemNames({ environment: "production", region: "eu-central-1" }).monitoring;
const { api: apiProps } = parseSettings({ production: {} }, "production");

const THRESHOLDS: Thresholds = {
  serverErrors: 1,
  serverErrorPercent: 2.5,
  functionErrors: 3,
  functionThrottles: 4,
  deadLetters: 5,
  tableThrottles: 6,
};

function withMonitoring(
  props: Partial<MonitoringProps>,
  watch: (monitoring: Monitoring, stack: TerraformStack) => void,
) {
  return synthesize((stack) => {
    const monitoring = new Monitoring(stack, "monitoring", {
      ...names,
      consoleDomain: "console.example.com",
      accountId: "123456789012",
      thresholds: THRESHOLDS,
      ...props,
    });
    watch(monitoring, stack);
  });
}

/** A stack that watches each kind of resource that the system watches. */
function monitoring(props: Partial<MonitoringProps> = {}): string {
  return withMonitoring(props, (of, stack) => {
    const deadLetterQueue = new DeadLetterQueue(stack, "failures", { queueName: "the-queue" });
    of.watch(new HttpApi(stack, "api", apiProps), { label: "API", alarmNames });
    of.watch(aFunction(stack, "fn", { deadLetterQueue }), { label: "Function", alarmNames });
    of.watch(new Table(stack, "table", { partitionKey: "Id" }), { label: "Table", alarmNames });
    of.watch(deadLetterQueue, { label: "Dead-letter queue", alarmNames });
  });
}

const ofApi = { ApiId: expect.stringMatching(/^\$\{aws_apigatewayv2_api\..*\.id\}$/) };
const ofFunction = { FunctionName: expect.stringMatching(/^\$\{aws_lambda_function\..*\.function_name\}$/) };
const ofTable = { TableName: expect.stringMatching(/^\$\{aws_dynamodb_table\..*\.name\}$/) };
const ofQueue = { QueueName: expect.stringMatching(/^\$\{aws_sqs_queue\..*\.name\}$/) };

test.each([
  ["ApiGateway-5XX-Errors", "AWS/ApiGateway", "5xx", ofApi, "Sum", 1, 2],
  ["RequestProcessor-Errors", "AWS/Lambda", "Errors", ofFunction, "Sum", 3, 1],
  ["RequestProcessor-Throttles", "AWS/Lambda", "Throttles", ofFunction, "Sum", 4, 1],
  ["RequestProcessor-DeadLetters", "AWS/SQS", "ApproximateNumberOfMessagesVisible", ofQueue, "Maximum", 5, 1],
  ["RequestTable-Throttles", "AWS/DynamoDB", "WriteThrottleEvents", ofTable, "Sum", 6, 1],
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

test("each address is told, where one is set", () => {
  expect(monitoring()).not.toHaveResource(SnsTopicSubscription);
  const emails = ["on-call@example.com", "team@example.com"];
  const { aws_sns_topic_subscription: subscriptions } = JSON.parse(monitoring({ emails })).resource;
  const told = Object.entries<{ protocol: string; endpoint: string }>(subscriptions).map(
    ([id, { protocol, endpoint }]) => [endpoint, protocol, /_email_/.test(id)],
  );
  // Without an address in its id: the subscription of systems that were deployed when there was one only.
  expect(told.sort()).toEqual([
    ["on-call@example.com", "email", true],
    ["team@example.com", "email", false],
  ]);
});

test("alarms go to an existing topic instead of one of their own", () => {
  const topicArn = "arn:aws:sns:eu-central-1:123456789012:operators";
  const json = monitoring({ topicArn, emails: ["on-call@example.com"] });
  expect(json).not.toHaveResource(SnsTopic);
  expect(json).not.toHaveResource(KmsKey);
  for (const { alarm_actions, ok_actions } of resourcesOf(json, "aws_cloudwatch_metric_alarm")) {
    expect([alarm_actions, ok_actions]).toEqual([[topicArn], [topicArn]]);
  }
  expect(json).toHaveResourceWithProperties(SnsTopicSubscription, { topic_arn: topicArn });
});

/** The alarms of one resource: name, metric, statistic and threshold. */
function alarmsOf(add: (stack: TerraformStack) => Watchable, thresholds: Thresholds = THRESHOLDS) {
  const json = withMonitoring({ thresholds }, (of, stack) => of.watch(add(stack)));
  return resourcesOf(json, "aws_cloudwatch_metric_alarm")
    .map((alarm) => [
      alarm.alarm_name,
      alarm.metric_name,
      alarm.statistic ?? { extended: alarm.extended_statistic },
      alarm.threshold,
    ])
    .sort();
}

test("a function brings the queue of its own", () => {
  expect(alarmsOf((stack) => aFunction(stack, "orders"))).toEqual([
    ["orders-dead-letters-messages-test", "ApproximateNumberOfMessagesVisible", "Maximum", 5],
    ["orders-errors-test", "Errors", "Sum", 3],
    ["orders-throttles-test", "Throttles", "Sum", 4],
  ]);
});

test("a queue is watched for its oldest message, and for what was given up", () => {
  expect(alarmsOf((stack) => new Queue(stack, "emails"), { queueAgeSeconds: 60, deadLetters: 0 })).toEqual([
    ["emails-age-test", "ApproximateAgeOfOldestMessage", "Maximum", 60],
    ["emails-dead-letters-messages-test", "ApproximateNumberOfMessagesVisible", "Maximum", 0],
  ]);
});

test("a stream's consumer is watched for the age of its changes, which CloudWatch has in milliseconds", () => {
  const consumer = (stack: TerraformStack) =>
    aFunction(stack, "indexer").consumeStream(new Table(stack, "orders", { partitionKey: "Id", stream: "KEYS_ONLY" }));
  expect(alarmsOf(consumer, { streamAgeSeconds: 30 })).toEqual([
    ["indexer-consume-orders-age-test", "IteratorAge", "Maximum", 30_000],
  ]);
});

test("a table is also watched for refused reads", () => {
  const table = (stack: TerraformStack) => new Table(stack, "orders", { partitionKey: "Id" });
  expect(alarmsOf(table, { tableThrottles: 1, tableReadThrottles: 2 })).toEqual([
    ["orders-read-throttles-test", "ReadThrottleEvents", "Sum", 2],
    ["orders-throttles-test", "WriteThrottleEvents", "Sum", 1],
  ]);
});

test("an API is watched for 4xx and for slow answers where the settings say a value", () => {
  const api = (stack: TerraformStack) => new HttpApi(stack, "orders", apiProps);
  expect(alarmsOf(api, {})).toEqual([]);
  expect(alarmsOf(api, { latencyMs: 800, clientErrorPercent: 20 })).toEqual([
    ["orders-client-error-rate-test", undefined, { extended: undefined }, 20],
    ["orders-latency-test", "Latency", { extended: "p99" }, 800],
  ]);
  const json = withMonitoring({ thresholds: { clientErrorPercent: 20 } }, (of, stack) => of.watch(api(stack)));
  expect(resourcesOf(json, "aws_cloudwatch_metric_alarm")[0].metric_query).toEqual(
    expect.arrayContaining([{ id: "errors", metric: expect.objectContaining({ metric_name: "4xx" }) }]),
  );
});

test("a resource's own values come before the settings, and each resource is watched once", () => {
  const json = withMonitoring({}, (of, stack) => {
    const fn = aFunction(stack, "orders");
    of.watch(fn, { thresholds: { functionErrors: 9, functionThrottles: undefined, deadLetters: 1 } });
    of.watch(fn);
  });
  const alarms = resourcesOf(json, "aws_cloudwatch_metric_alarm");
  expect(alarms.map(({ alarm_name, threshold }) => [alarm_name, threshold])).toEqual([
    ["orders-dead-letters-messages-test", 5],
    ["orders-errors-test", 9],
  ]);
});

/** The dashboard's widgets: position, title and metrics. */
function widgetsIn(json: string) {
  const [body] = Object.values<ReturnType<typeof dashboardBody>>(JSON.parse(json).locals);
  return body?.widgets.map(({ x, y, properties: { title, metrics } }) => [x, y, title, metrics]);
}

test("the dashboard shows what is watched, two graphs in a row", () => {
  expect(monitoring()).toHaveResourceWithProperties(CloudwatchDashboard, {
    dashboard_name: "serverless-infrastructure",
    // Scanners of HCL stop at a body that is written into the expression.
    dashboard_body: expect.stringMatching(/^\$\{jsonencode\(local\.[\w-]+\)\}$/),
  });
  const api = (metric: string, stat = "Sum") => ["AWS/ApiGateway", metric, "ApiId", ofApi.ApiId, { stat }];
  const fn = (metric: string, stat = "Sum") => [
    "AWS/Lambda",
    metric,
    "FunctionName",
    ofFunction.FunctionName,
    { stat },
  ];
  const table = (metric: string) => ["AWS/DynamoDB", metric, "TableName", ofTable.TableName, { stat: "Sum" }];
  const visible = "ApproximateNumberOfMessagesVisible";
  expect(widgetsIn(monitoring())).toEqual([
    [0, 0, "API: requests and 5xx", [api("Count"), api("5xx")]],
    [
      12,
      0,
      "API: 5xx rate",
      [
        [{ id: "value", expression: "IF(requests > 0, 100 * errors / requests, 0)", label: "5xx answers (%)" }],
        ["AWS/ApiGateway", "5xx", "ApiId", ofApi.ApiId, { stat: "Sum", id: "errors", visible: false }],
        ["AWS/ApiGateway", "Count", "ApiId", ofApi.ApiId, { stat: "Sum", id: "requests", visible: false }],
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
    [0, 18, "Dead-letter queue: messages", [["AWS/SQS", visible, "QueueName", ofQueue.QueueName, { stat: "Maximum" }]]],
  ]);
});

test("each widget has the dashboard's size, Region and period", () => {
  const { widgets } = dashboardBody([{ title: "A", graphs: [] }], "eu-central-1");
  expect(widgets).toMatchObject([
    { type: "metric", width: 12, height: 6, properties: { region: "eu-central-1", period: 300, view: "timeSeries" } },
  ]);
});

test("titles and descriptions tell resources of one kind apart", () => {
  const json = withMonitoring({}, (of, stack) => {
    for (const id of ["orders", "reports"]) of.watch(aFunction(stack, id));
  });
  expect(widgetsIn(json)?.map(([, , title]) => title)).toEqual(
    ["orders", "reports"].flatMap((id) => [
      `Function ${id}: errors and throttles`,
      `Function ${id}: duration, p99 (ms)`,
      `Dead-letter queue ${id}/dead-letters: messages`,
    ]),
  );
  const descriptions = resourcesOf(json, "aws_cloudwatch_metric_alarm").map(
    ({ alarm_description }) => alarm_description,
  );
  expect(descriptions).toContain("Lambda throttles invocations, because the function orders has no free concurrency.");
});

test("without a name there is no dashboard and no link to one", () => {
  expect(monitoring({ dashboardName: undefined })).not.toHaveResource(CloudwatchDashboard);
});
