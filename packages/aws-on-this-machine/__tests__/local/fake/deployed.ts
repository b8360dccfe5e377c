import { readArchitecture } from "../../../diagram/architecture";
import type { ApiSummary, FunctionSummary, QueueSummary, SystemSummary } from "../../../system/running-system";

/** The state of the fake system, unless a test says otherwise: one of each kind. */
export const SYSTEM: SystemSummary = {
  name: "orders",
  apis: [
    {
      address: "aws_apigatewayv2_api.api",
      name: "OrdersAPI",
      url: "http://127.0.0.1:41001",
      domains: [],
      routes: ["$default"],
      runningRoutes: ["$default"],
      cors: true,
      rateLimit: 200,
      burstLimit: 400,
      logGroup: "/aws/apigateway/a1b2c3d4e5",
      archiveBucket: "access-logs-123456789012-us-west-2",
    },
  ],
  functions: [
    {
      address: "aws_lambda_function.processor",
      name: "OrdersFunction",
      runtime: "python3.13",
      timeoutSeconds: 30,
      memoryMb: 256,
      usedMemoryMb: 71,
      processes: 3,
      busyProcesses: 1,
      logGroup: "/aws/lambda/OrdersFunction",
      source: "src",
    },
  ],
  schedules: [
    {
      address: "aws_cloudwatch_event_rule.daily",
      name: "DailySchedule",
      expression: "rate(24 hours)",
      isEnabled: true,
      functions: ["OrdersFunction"],
    },
  ],
  tables: [{ address: "aws_dynamodb_table.table", name: "OrdersTable", keys: ["RequestId"] }],
  queues: [{ address: "aws_sqs_queue.letters", name: "OrdersDeadLetters", messages: 0, isDeadLetterQueue: true }],
  eventSources: [],
  unserved: [],
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

const [API] = SYSTEM.apis as [ApiSummary];
const [FUNCTION] = SYSTEM.functions as [FunctionSummary];
const [LETTERS] = SYSTEM.queues as [QueueSummary];

/** The same system after it has grown. */
export const GROWN: SystemSummary = {
  ...SYSTEM,
  apis: [
    API,
    {
      ...API,
      address: "aws_apigatewayv2_api.admin",
      name: "AdminAPI",
      url: "http://127.0.0.1:41002",
      routes: ["GET /reports"],
      logGroup: "",
      archiveBucket: "",
    },
  ],
  functions: [
    FUNCTION,
    {
      ...FUNCTION,
      address: "aws_lambda_function.worker",
      name: "Worker",
      logGroup: "/aws/lambda/Worker",
      source: "worker",
    },
  ],
  schedules: [
    ...SYSTEM.schedules,
    {
      address: "aws_scheduler_schedule.nightly",
      name: "Nightly",
      expression: "cron(0 3 * * ? *)",
      isEnabled: false,
      functions: ["Worker"],
    },
  ],
  tables: [
    ...SYSTEM.tables,
    { address: "aws_dynamodb_table.stock", name: "StockTable", keys: ["warehouse", "article"] },
  ],
  queues: [
    LETTERS,
    { ...LETTERS, address: "aws_sqs_queue.jobs", name: "Jobs", isDeadLetterQueue: false },
    { ...LETTERS, address: "aws_sqs_queue.mail", name: "Mail", isDeadLetterQueue: false },
  ],
  eventSources: [
    {
      address: "aws_lambda_event_source_mapping.jobs",
      functionName: "Worker",
      source: "Jobs",
      isEnabled: true,
    },
    {
      address: "aws_lambda_event_source_mapping.clicks",
      functionName: "Worker",
      source: "Clicks",
      isEnabled: true,
      problem: "a Kafka topic is not served here",
    },
  ],
  unserved: [{ address: "aws_s3_bucket.wide", reason: "S3 Object Lambda is not served here" }],
};

/** What the fake system draws. */
export const ARCHITECTURE = readArchitecture({
  resource: {
    aws_apigatewayv2_api: { api: { name: API.name } },
    aws_sqs_queue: { letters: { name: LETTERS.name }, jobs: { name: "Jobs" } },
    aws_lambda_event_source_mapping: {
      jobs: {
        event_source_arn: "${aws_sqs_queue.jobs.arn}",
        function_name: "${aws_lambda_function.worker.function_name}",
      },
    },
    aws_cloudwatch_log_group: { worker: { name: "/aws/lambda/Worker" } },
    aws_cloudwatch_event_rule: { daily: { name: SYSTEM.schedules[0]?.name } },
    aws_cloudwatch_event_target: {
      daily: {
        rule: "${aws_cloudwatch_event_rule.daily.name}",
        dead_letter_config: { arn: "${aws_sqs_queue.letters.arn}" },
      },
    },
    aws_cloudwatch_metric_alarm: {
      letters: {
        dimensions: { QueueName: "${aws_sqs_queue.letters.name}" },
        alarm_actions: ["${aws_sns_topic.alarms.arn}"],
      },
    },
    aws_dynamodb_table: { table: { name: SYSTEM.tables[0]?.name }, stock: { name: "StockTable" } },
    aws_lambda_function: {
      processor: { function_name: FUNCTION.name },
      worker: {
        function_name: "Worker",
        logging_config: { log_group: "${aws_cloudwatch_log_group.worker.name}" },
      },
    },
    aws_kinesis_firehose_delivery_stream: { archiving: { name: "access-log-archiving" } },
    aws_sns_topic: { alarms: { name: "alarm-notices" }, news: { name: "news" } },
    // The widest letters.
    aws_s3_bucket: { wide: { bucket: "mmmm-wwww-mmmm-wwww-mmmm-wwww" } },
  },
});
