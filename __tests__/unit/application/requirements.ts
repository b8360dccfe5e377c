import { type Synthesized, synthesizeSystem } from "./system";

/**
 * What the CloudFormation template was meant to do, a line each, in its order. A reviewer can read this file instead
 * of the template.
 */
const REQUIREMENTS: [requirement: string, check: (system: Synthesized) => void][] = [
  [
    "a Python function processes the requests",
    (system) =>
      expect(system.only("aws_lambda_function")).toMatchObject({
        function_name: "RequestProcessorFunction",
        handler: "index.lambda_handler",
        runtime: "python3.13",
        memory_size: 256,
        timeout: 30,
        filename: system.reference("data.archive_file", "output_path"),
        source_code_hash: system.reference("data.archive_file", "output_base64sha256"),
      }),
  ],
  [
    "the function knows the table's name from the table",
    (system) =>
      expect(system.only("aws_lambda_function").environment).toEqual({
        variables: { DYNAMODB_TABLE_NAME: system.reference("aws_dynamodb_table", "name") },
      }),
  ],
  [
    "the function's code is the folder lambda-src, zipped",
    (system) => {
      const [archive] = Object.values<{ type: string; source_dir: string }>(system.config.data.archive_file);
      expect(archive).toMatchObject({ type: "zip", source_dir: expect.stringMatching(/^assets\/processor_source_/) });
    },
  ],
  [
    "an HTTP API triggers the function",
    (system) => {
      expect(system.only("aws_apigatewayv2_api")).toMatchObject({ name: "RequestProcessorAPI", protocol_type: "HTTP" });
      expect(system.only("aws_apigatewayv2_integration")).toMatchObject({
        api_id: system.reference("aws_apigatewayv2_api", "id"),
        integration_type: "AWS_PROXY",
        integration_uri: system.reference("aws_lambda_function", "invoke_arn"),
        payload_format_version: "2.0",
      });
    },
  ],
  [
    "every method and path of the API reaches the function",
    (system) =>
      expect(system.only("aws_apigatewayv2_route")).toMatchObject({
        api_id: system.reference("aws_apigatewayv2_api", "id"),
        route_key: "$default",
        target: `integrations/${system.reference("aws_apigatewayv2_integration", "id")}`,
      }),
  ],
  [
    "changes of the API are live at once",
    (system) =>
      expect(system.only("aws_apigatewayv2_stage")).toMatchObject({
        api_id: system.reference("aws_apigatewayv2_api", "id"),
        name: "$default",
        auto_deploy: true,
      }),
  ],
  [
    "each request is logged to the API's log group, kept for 30 days",
    (system) => {
      const stage = system.only("aws_apigatewayv2_stage");
      const [id, group] =
        Object.entries<{ name: string; retention_in_days: number }>(
          system.config.resource.aws_cloudwatch_log_group,
        ).find(([, { name }]) => name.includes("apigateway")) ?? [];
      expect(stage.access_log_settings.destination_arn).toBe(`\${aws_cloudwatch_log_group.${id}.arn}`);
      expect(group).toMatchObject({
        name: `/aws/vendedlogs/apigateway/${system.only("aws_apigatewayv2_api").name}`,
        retention_in_days: 30,
      });
    },
  ],
  [
    "a provisioned table with at least 5 read and 5 write capacity units holds the requests",
    (system) =>
      expect(system.only("aws_dynamodb_table")).toMatchObject({
        name: "RequestDataTable",
        billing_mode: "PROVISIONED",
        read_capacity: expect.stringMatching(/^\$\{max\(5, /),
        write_capacity: expect.stringMatching(/^\$\{max\(5, /),
        hash_key: "RequestId",
        range_key: "Timestamp",
        attribute: [
          { name: "RequestId", type: "S" },
          { name: "Timestamp", type: "S" },
        ],
      }),
  ],
  [
    "the table's capacity follows the load upwards from 5",
    (system) => {
      expect(system.all("aws_appautoscaling_target").map(({ min_capacity }) => min_capacity)).toEqual([5, 5]);
      expect(system.all("aws_appautoscaling_policy")).toHaveLength(2);
    },
  ],
  [
    "a bucket keeps the API's request log for 90 days",
    (system) => {
      const account = system.reference("data.aws_caller_identity", "account_id");
      expect(system.only("aws_s3_bucket").bucket).toBe(`api-logs-${account}-us-west-2`);
      expect(system.only("aws_s3_bucket_lifecycle_configuration").rule[0]).toMatchObject({
        status: "Enabled",
        expiration: [{ days: 90 }],
      });
    },
  ],
  [
    "the request log reaches the bucket",
    (system) => {
      const filter = system.only("aws_cloudwatch_log_subscription_filter");
      const stage = system.only("aws_apigatewayv2_stage");
      expect(filter.log_group_name.replace(".name}", ".arn}")).toBe(stage.access_log_settings.destination_arn);
      expect(filter.destination_arn).toBe(system.reference("aws_kinesis_firehose_delivery_stream", "arn"));
      const stream = system.only("aws_kinesis_firehose_delivery_stream");
      expect(stream.extended_s3_configuration.bucket_arn).toBe(system.reference("aws_s3_bucket", "arn"));
    },
  ],
  [
    "old versions in the bucket do not stay for ever",
    (system) =>
      expect(system.only("aws_s3_bucket_lifecycle_configuration").rule[0].noncurrent_version_expiration).toEqual([
        { noncurrent_days: 30 },
      ]),
  ],
  [
    "the function may write to that table, and may do nothing else with DynamoDB",
    (system) => {
      const onTables = system
        .statements()
        .filter(({ actions }) => actions.some((a: string) => a.startsWith("dynamodb:")));
      expect(onTables).toEqual([
        { actions: ["dynamodb:PutItem"], resources: [system.reference("aws_dynamodb_table", "arn")] },
      ]);
    },
  ],
  [
    "the function may write to its own log group only",
    (system) => {
      const [statement] = system.allowing("logs:CreateLogStream");
      const [id] = Object.entries<{ name: string }>(system.config.resource.aws_cloudwatch_log_group).find(
        ([, { name }]) => name === "/aws/lambda/RequestProcessorFunction",
      ) ?? [""];
      expect(statement.resources).toEqual([`\${aws_cloudwatch_log_group.${id}.arn}:*`]);
    },
  ],
  [
    "the table is encrypted with the AWS-managed key, which is not named",
    (system) => expect(system.only("aws_dynamodb_table").server_side_encryption).toEqual({ enabled: true }),
  ],
  [
    "the bucket is encrypted with the S3-managed key",
    (system) =>
      expect(system.only("aws_s3_bucket_server_side_encryption_configuration")).toMatchObject({
        bucket: system.reference("aws_s3_bucket", "id"),
        rule: [{ apply_server_side_encryption_by_default: { sse_algorithm: "AES256" } }],
      }),
  ],
  [
    "the bucket is versioned",
    (system) =>
      expect(system.only("aws_s3_bucket_versioning")).toMatchObject({
        bucket: system.reference("aws_s3_bucket", "id"),
        versioning_configuration: { status: "Enabled" },
      }),
  ],
  [
    "every resource is tagged Environment: Production",
    (system) => {
      expect(system.config.provider.aws).toEqual([
        { region: "us-west-2", default_tags: [{ tags: { Environment: "Production" } }] },
      ]);
      const resources = Object.values<object>(system.config.resource).flatMap((byId) => Object.values(byId));
      for (const resource of resources) expect(Object.keys(resource)).not.toContain("provider");
    },
  ],
  [
    "an alarm fires after more than 10 API answers with 5xx in each of two periods of 5 minutes",
    (system) =>
      expect(alarm(system, "ApiGateway-5XX-Errors")).toMatchObject({
        namespace: "AWS/ApiGateway",
        metric_name: "5xx",
        dimensions: { ApiId: system.reference("aws_apigatewayv2_api", "id") },
        statistic: "Sum",
        period: 300,
        evaluation_periods: 2,
        comparison_operator: "GreaterThanThreshold",
        threshold: 10,
        treat_missing_data: "notBreaching",
      }),
  ],
  [
    "an alarm watches the rate of 5xx answers",
    (system) =>
      expect(alarm(system, "ApiGateway-5XX-Rate").metric_query).toEqual([
        expect.objectContaining({ expression: "IF(requests > 0, 100 * errors / requests, 0)", return_data: true }),
        { id: "errors", metric: expect.objectContaining({ metric_name: "5xx", stat: "Sum", period: 300 }) },
        { id: "requests", metric: expect.objectContaining({ metric_name: "Count", stat: "Sum", period: 300 }) },
      ]),
  ],
  [
    "every alarm tells somebody",
    (system) => {
      const topic = system.reference("aws_sns_topic", "arn");
      const actions = system.all("aws_cloudwatch_metric_alarm").map(({ alarm_actions }) => alarm_actions);
      expect(actions).toEqual(Array(6).fill([topic]));
    },
  ],
  [
    "browsers may call the API from every origin",
    (system) =>
      expect(system.only("aws_apigatewayv2_api").cors_configuration).toEqual({
        allow_origins: ["*"],
        allow_methods: ["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        allow_headers: ["Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token"],
        max_age: 86400,
      }),
  ],
  [
    "a rule runs the function every 24 hours",
    (system) => {
      expect(system.only("aws_cloudwatch_event_rule")).toMatchObject({
        name: "LambdaDailySchedule",
        schedule_expression: "rate(24 hours)",
        state: "ENABLED",
      });
      expect(system.only("aws_cloudwatch_event_target")).toMatchObject({
        rule: system.reference("aws_cloudwatch_event_rule", "name"),
        arn: system.reference("aws_lambda_function", "arn"),
      });
    },
  ],
  [
    "a scheduled event that is lost or fails is retried, then kept",
    (system) => {
      const queue = system.reference("aws_sqs_queue", "arn");
      const target = system.only("aws_cloudwatch_event_target");
      expect(target.retry_policy.maximum_retry_attempts).toBeGreaterThan(0);
      expect(target.dead_letter_config).toEqual({ arn: queue });
      expect(system.only("aws_lambda_function_event_invoke_config")).toMatchObject({
        maximum_retry_attempts: 2,
        destination_config: { on_failure: { destination: queue } },
      });
    },
  ],
  [
    "the API and the rule may invoke the function, each only from its own source",
    (system) => {
      const permissions = system.all("aws_lambda_permission");
      expect(permissions.map(({ principal, source_arn }) => [principal, source_arn])).toEqual([
        ["apigateway.amazonaws.com", `${system.reference("aws_apigatewayv2_api", "execution_arn")}/*/$default`],
        ["events.amazonaws.com", system.reference("aws_cloudwatch_event_rule", "arn")],
      ]);
    },
  ],
  [
    "names are written once and referred to from there",
    (system) => {
      for (const name of [
        "RequestDataTable",
        "RequestProcessorFunction",
        "LambdaDailySchedule",
        "RequestProcessorAPI",
      ]) {
        expect([name, system.json.split(`"${name}"`).length - 1]).toEqual([name, 1]);
      }
    },
  ],
  [
    "everything is in us-west-2",
    (system) => {
      expect(system.config.provider.aws[0].region).toBe("us-west-2");
      expect(system.config.terraform.backend.s3.region).toBe("us-west-2");
    },
  ],
  [
    "the state is kept in a bucket: encrypted, locked, under a key of the environment's own",
    (system) =>
      expect(system.config.terraform.backend.s3).toEqual({
        bucket: "serverless-infrastructure-state",
        key: "serverless-infrastructure/production.tfstate",
        region: "us-west-2",
        encrypt: true,
        use_lockfile: true,
      }),
  ],
  [
    "whoever deploys is told the API's endpoint and the names of the function, the table and the bucket",
    (system) =>
      expect(system.config.output).toMatchObject({
        api_endpoint: { value: system.reference("aws_apigatewayv2_api", "api_endpoint") },
        lambda_function_name: { value: system.reference("aws_lambda_function", "function_name") },
        dynamodb_table_name: { value: system.reference("aws_dynamodb_table", "name") },
        s3_bucket_name: { value: system.reference("aws_s3_bucket", "id") },
        dashboard_url: { value: expect.stringContaining("#dashboards/dashboard/serverless-infrastructure") },
      }),
  ],
];

describe("production, without overrides", () => {
  const system = synthesizeSystem();

  test.each(REQUIREMENTS)("%s", (_requirement, check) => check(system));
});

function alarm(system: Synthesized, name: string) {
  return system.all("aws_cloudwatch_metric_alarm").find(({ alarm_name }) => alarm_name === name);
}
