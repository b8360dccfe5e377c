import { readArchitecture } from "../../../diagram/architecture";
import type { SystemSummary } from "../../../system/running-system";

/** The state of the fake system, unless a test says otherwise. */
export const SYSTEM: SystemSummary = {
  name: "orders",
  api: {
    name: "OrdersAPI",
    url: "http://127.0.0.1:41001",
    routes: ["$default"],
    cors: true,
    rateLimit: 200,
    burstLimit: 400,
    logGroup: "/aws/apigateway/a1b2c3d4e5",
  },
  function: {
    name: "OrdersFunction",
    runtime: "python3.13",
    timeoutSeconds: 30,
    memoryMb: 256,
    usedMemoryMb: 71,
    processes: 3,
    busyProcesses: 1,
    logGroup: "/aws/lambda/OrdersFunction",
  },
  schedule: { name: "DailySchedule", expression: "rate(24 hours)", state: "ENABLED" },
  table: { name: "OrdersTable" },
  logArchive: { bucket: "access-logs-123456789012-us-west-2" },
  deadLetterQueue: { name: "OrdersDeadLetters", messages: 0 },
  alarms: [
    {
      name: "Orders-5XX-Errors",
      description: "The API answers many requests with 5xx.",
      metric: "5xx (Sum)",
      threshold: 10,
      periodSeconds: 300,
      evaluationPeriods: 2,
      value: 4,
      breachingPeriods: 0,
      comparison: ">",
      unit: "",
      state: "OK",
    },
    {
      name: "ApiGateway-5XX-Error-Rate",
      description: "The API answers a large share of its requests with 5xx.",
      metric: "5xx answers (%)",
      threshold: 5,
      periodSeconds: 300,
      evaluationPeriods: 2,
      value: 0.8,
      breachingPeriods: 0,
      comparison: ">",
      unit: "%",
      state: "OK",
    },
    {
      name: "DeadLetterQueue-Messages",
      description: "The dead-letter queue has events that could not be delivered or processed.",
      metric: "ApproximateNumberOfMessagesVisible (Maximum)",
      threshold: 0,
      periodSeconds: 300,
      evaluationPeriods: 1,
      value: 0,
      breachingPeriods: 0,
      comparison: ">",
      unit: "",
      state: "OK",
    },
    {
      name: "DynamoDB-Write-Throttles",
      description: "The table throttles writes, because they exceed its capacity.",
      metric: "WriteThrottleEvents (Sum)",
      threshold: 0,
      periodSeconds: 300,
      evaluationPeriods: 1,
      breachingPeriods: 0,
      comparison: ">",
      unit: "",
      state: "not counted here",
    },
  ],
};

/** What the fake system draws. */
export const ARCHITECTURE = readArchitecture({
  resource: {
    aws_apigatewayv2_api: { api: { name: SYSTEM.api.name } },
    aws_sqs_queue: { letters: { name: SYSTEM.deadLetterQueue.name } },
    aws_cloudwatch_event_rule: { daily: { name: SYSTEM.schedule.name } },
    aws_cloudwatch_event_target: {
      daily: {
        rule: "${aws_cloudwatch_event_rule.daily.name}",
        dead_letter_config: { arn: "${aws_sqs_queue.letters.arn}" },
      },
    },
    aws_cloudwatch_metric_alarm: { letters: { dimensions: { QueueName: "${aws_sqs_queue.letters.name}" } } },
    aws_dynamodb_table: { table: { name: SYSTEM.table.name } },
    aws_lambda_function: { processor: { function_name: SYSTEM.function.name } },
    aws_kinesis_firehose_delivery_stream: { archiving: { name: "access-log-archiving" } },
    aws_sns_topic: { alarms: { name: "alarm-notices" } },
    // The widest letters.
    aws_s3_bucket: { wide: { bucket: "mmmm-wwww-mmmm-wwww-mmmm-wwww" } },
  },
});
