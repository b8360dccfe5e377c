/** The purpose of a resource, which decides its colour. */
export type Category = "client" | "entry" | "compute" | "store" | "event" | "watch";

export type EdgeKind = "failure" | "metrics";

export interface Shown {
  readonly category: Category;
  /** Such as `Lambda function`. */
  readonly service: string;
  /** The attribute that holds the physical name. @default name */
  readonly name?: string;
  /** An attribute with a line of its own in the node. */
  readonly detail?: string;
  /** The name of one node for all resources with this group. @default a node for each resource */
  readonly group?: string;
}

/** The types that are nodes. */
export const SHOWN: Readonly<Record<string, Shown>> = {
  aws_apigatewayv2_api: { service: "API Gateway", category: "entry" },
  aws_acm_certificate: { service: "ACM certificate", category: "entry", name: "domain_name" },
  aws_apigatewayv2_domain_name: { service: "API Gateway domain", category: "entry", name: "domain_name" },
  aws_apigatewayv2_authorizer: {
    service: "API Gateway authorizer",
    category: "entry",
    name: "jwt_configuration.issuer",
  },
  aws_cloudwatch_dashboard: { service: "dashboard", group: "CloudWatch", category: "watch" },
  aws_cloudwatch_event_rule: { service: "EventBridge rule", category: "event", detail: "schedule_expression" },
  aws_cloudwatch_log_group: { service: "CloudWatch log group", category: "watch" },
  aws_cloudwatch_metric_alarm: { service: "alarm", group: "CloudWatch", category: "watch" },
  aws_dynamodb_table: { service: "DynamoDB table", category: "store" },
  aws_kinesis_firehose_delivery_stream: { service: "Firehose stream", category: "compute" },
  aws_lambda_function: {
    service: "Lambda function",
    category: "compute",
    name: "function_name",
    detail: "runtime",
  },
  aws_s3_bucket: { service: "S3 bucket", category: "store", name: "bucket" },
  aws_sns_topic: { service: "SNS topic", category: "watch" },
  aws_sns_topic_subscription: { service: "SNS subscription", category: "watch", name: "protocol" },
  aws_sqs_queue: { service: "SQS queue", category: "event" },
};

/** An end of an edge that no attribute names: the system's callers. */
export const OUTSIDE = Symbol("outside");
/** An end of an edge that no attribute names: the resource that has the link. */
export const ITSELF = Symbol("itself");

/** The path of the attribute that refers to the node, or a node to which no attribute refers. */
export type End = string | typeof OUTSIDE | typeof ITSELF;

/** An edge between two nodes to which attributes of one resource refer. */
export interface Link {
  readonly from: End;
  readonly to: End;
  readonly label: string;
  readonly kind?: EdgeKind;
}

/** The edges, by the type of the resource that defines them. */
export const LINKS: Readonly<Record<string, readonly Link[]>> = {
  aws_apigatewayv2_api: [{ from: OUTSIDE, to: ITSELF, label: "HTTPS" }],
  aws_apigatewayv2_api_mapping: [{ from: "domain_name", to: "api_id", label: "requests" }],
  aws_apigatewayv2_domain_name: [{ from: OUTSIDE, to: ITSELF, label: "HTTPS" }],
  aws_apigatewayv2_authorizer: [{ from: "api_id", to: ITSELF, label: "tokens" }],
  aws_apigatewayv2_integration: [{ from: "api_id", to: "integration_uri", label: "requests" }],
  aws_apigatewayv2_stage: [{ from: "api_id", to: "access_log_settings.destination_arn", label: "access log" }],
  aws_cloudwatch_dashboard: [{ from: "dashboard_body", to: ITSELF, label: "metrics", kind: "metrics" }],
  aws_cloudwatch_event_target: [
    { from: "rule", to: "arn", label: "events" },
    { from: "rule", to: "dead_letter_config.arn", label: "undelivered events", kind: "failure" },
  ],
  aws_cloudwatch_log_subscription_filter: [{ from: "log_group_name", to: "destination_arn", label: "log lines" }],
  aws_cloudwatch_metric_alarm: [
    { from: "dimensions", to: ITSELF, label: "metrics", kind: "metrics" },
    { from: "metric_query.metric.dimensions", to: ITSELF, label: "metrics", kind: "metrics" },
    { from: ITSELF, to: "alarm_actions", label: "alarms" },
  ],
  aws_kinesis_firehose_delivery_stream: [
    { from: ITSELF, to: "extended_s3_configuration.bucket_arn", label: "objects" },
    { from: ITSELF, to: "extended_s3_configuration.cloudwatch_logging_options", label: "errors", kind: "failure" },
  ],
  aws_lambda_event_source_mapping: [
    { from: "event_source_arn", to: "function_name", label: "events" },
    {
      from: "function_name",
      to: "destination_config.on_failure.destination_arn",
      label: "failed events",
      kind: "failure",
    },
  ],
  aws_lambda_function: [
    { from: ITSELF, to: "environment.variables", label: "uses" },
    { from: ITSELF, to: "logging_config.log_group", label: "log" },
  ],
  aws_lambda_function_event_invoke_config: [
    {
      from: "function_name",
      to: "destination_config.on_failure.destination",
      label: "failed events",
      kind: "failure",
    },
  ],
  aws_s3_bucket_notification: [{ from: "bucket", to: "lambda_function.lambda_function_arn", label: "notifications" }],
  aws_sns_topic_subscription: [
    { from: "topic_arn", to: ITSELF, label: "messages" },
    { from: ITSELF, to: "endpoint", label: "messages" },
    { from: ITSELF, to: "redrive_policy", label: "undelivered messages", kind: "failure" },
  ],
  aws_sqs_queue: [{ from: ITSELF, to: "redrive_policy", label: "failed messages", kind: "failure" }],
};

/** The types without a node: permissions, settings of another resource, and mere links. */
export const PLUMBING: ReadonlySet<string> = new Set([
  "aws_acm_certificate_validation",
  "aws_apigatewayv2_api_mapping",
  "aws_apigatewayv2_integration",
  "aws_apigatewayv2_route",
  "aws_apigatewayv2_stage",
  "aws_appautoscaling_policy",
  "aws_appautoscaling_target",
  "aws_cloudwatch_event_target",
  "aws_cloudwatch_log_stream",
  "aws_cloudwatch_log_subscription_filter",
  "aws_codedeploy_app",
  "aws_codedeploy_deployment_config",
  "aws_codedeploy_deployment_group",
  "aws_iam_role",
  "aws_iam_role_policy",
  "aws_kms_alias",
  "aws_kms_key",
  "aws_lambda_alias",
  "aws_lambda_event_source_mapping",
  "aws_lambda_function_event_invoke_config",
  "aws_lambda_permission",
  "aws_route53_record",
  "aws_s3_bucket_lifecycle_configuration",
  "aws_s3_bucket_notification",
  "aws_s3_bucket_ownership_controls",
  "aws_s3_bucket_policy",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_server_side_encryption_configuration",
  "aws_s3_bucket_versioning",
  "aws_s3_object",
  "aws_sns_topic_policy",
  "aws_sqs_queue_policy",
  "data.archive_file",
  "data.aws_caller_identity",
  "data.aws_dynamodb_table",
  "data.aws_dynamodb_tables",
  "data.aws_iam_policy_document",
  "data.aws_route53_zone",
  "data.aws_s3_bucket",
]);
