import type { DataAwsIamPolicyDocumentStatementCondition as Condition } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { actions, unlessOther } from "./access";
import { ARTIFACT_ACCESS } from "./artifact-access";
import { DOMAIN_ACCESS } from "./domain-access";
import { IDENTITY_ACCESS } from "./identity-access";
import {
  arn,
  bucketArn,
  type Entry,
  everywhere,
  globalArn,
  namesOf,
  ofThisEnvironment,
  READ_BUCKET,
  scaling,
} from "./place";
import { RELEASE_ACCESS } from "./release-access";

/** The parts of other resources, which cover them. */
const NONE: Entry = () => [];

/**
 * The access that each Terraform type takes. Environments can share an account. Where AWS chooses a resource's id, its tag
 * `Environment` says whose it is. With the same value of `environmentTag`, two environments could change the parts of each
 * other's APIs and their scalable targets, but no API, no key and no resource with a name. The role cannot give its
 * environment another value.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const RESOURCE_ACCESS: Readonly<Record<string, Entry>> = {
  // An API has its name and its tags when it is created, changed or deleted. AWS's reference says that its routes, stages
  // and so on have its tags for IAM; AWS's guide says so of REST APIs only. Without the tags, a condition that requires one
  // would refuse every deploy.
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
  aws_apigatewayv2_api: (_values, place) => [
    {
      name: "Api",
      // AWS chooses the id of an API.
      resources: ["/apis", "/apis/*", "/tags/*"].map(
        (path) => `arn:${place.partition}:apigateway:${place.region}::${path}`,
      ),
      read: actions("apigateway", "GET"),
      // API Gateway requires TagResource, although AWS's reference does not list it.
      write: actions("apigateway", "DELETE PATCH POST PUT TagResource UntagResource"),
      condition: [
        ...unlessOther(
          namesOf("aws_apigatewayv2_api", "name", place),
          "apigateway:Request/ApiName",
          "apigateway:Resource/ApiName",
        ),
        ...ofThisEnvironment(place),
      ],
    },
  ],
  aws_apigatewayv2_authorizer: NONE,
  aws_apigatewayv2_integration: NONE,
  aws_apigatewayv2_route: NONE,
  // A stage with an access log requires these actions, which have no resource level:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
  aws_apigatewayv2_stage: () => [
    {
      name: "LogDelivery",
      resources: ["*"],
      write: actions(
        "logs",
        "CreateLogDelivery DeleteLogDelivery GetLogDelivery ListLogDeliveries UpdateLogDelivery",
        "DescribeResourcePolicies PutResourcePolicy",
      ),
    },
  ],
  aws_appautoscaling_policy: NONE,
  aws_appautoscaling_target: ({ resource_id }, place) => scaling(resource_id, place),
  aws_cloudwatch_dashboard: ({ dashboard_name }, place) => [
    {
      name: "Dashboard",
      resources: [globalArn("cloudwatch", `dashboard/${dashboard_name}`, place)],
      // Dashboards have tags since 2026, and a newer provider will ask for them.
      read: actions("cloudwatch", "GetDashboard ListTagsForResource"),
      write: actions("cloudwatch", "DeleteDashboards PutDashboard TagResource UntagResource"),
    },
  ],
  aws_cloudwatch_event_rule: ({ name }, place) => [
    {
      name: "Rule",
      resources: [arn("events", `rule/${name}`, place)],
      read: actions("events", "DescribeRule ListTagsForResource ListTargetsByRule"),
      write: actions("events", "DeleteRule PutRule PutTargets RemoveTargets TagResource UntagResource"),
    },
  ],
  aws_cloudwatch_event_target: NONE,
  aws_cloudwatch_log_group: ({ name }, place) => [
    {
      name: "LogGroups",
      // CloudWatch Logs checks tag actions on the group itself, and other actions on its streams.
      resources: [arn("logs", `log-group:${name}`, place), arn("logs", `log-group:${name}:*`, place)],
      read: actions("logs", "DescribeLogStreams DescribeSubscriptionFilters ListTagsForResource"),
      write: actions(
        "logs",
        "CreateLogGroup DeleteRetentionPolicy DeleteSubscriptionFilter PutRetentionPolicy PutSubscriptionFilter",
        "TagResource UntagResource",
      ),
      deleteData: actions("logs", "DeleteLogGroup"),
    },
    everywhere(...actions("logs", "DescribeLogGroups")),
  ],
  aws_cloudwatch_log_stream: ({ log_group_name }, place) => [
    {
      name: "ErrorLogStream",
      resources: [arn("logs", `log-group:${log_group_name}:log-stream:*`, place)],
      write: actions("logs", "CreateLogStream DeleteLogStream"),
    },
  ],
  aws_cloudwatch_log_subscription_filter: NONE,
  aws_cloudwatch_metric_alarm: ({ alarm_name }, place) => [
    {
      name: "Alarms",
      resources: [arn("cloudwatch", `alarm:${alarm_name}`, place)],
      read: actions("cloudwatch", "ListTagsForResource"),
      write: actions("cloudwatch", "DeleteAlarms PutMetricAlarm TagResource UntagResource"),
    },
    // Alarms have ARNs, but AWS asks for the permission to describe all.
    everywhere(...actions("cloudwatch", "DescribeAlarms")),
  ],
  // Its capacity can be scaled after a change of the settings.
  aws_dynamodb_table: ({ name, global_secondary_index = [] }, place) => [
    {
      name: "Table",
      resources: [arn("dynamodb", `table/${name}`, place)],
      read: actions("dynamodb", "DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource"),
      write: actions(
        "dynamodb",
        "CreateTable TagResource UntagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive",
      ),
      deleteData: actions("dynamodb", "DeleteTable"),
    },
    everywhere(...actions("dynamodb", "ListTables")),
    ...scaling(`table/${name}`, place),
    ...global_secondary_index.flatMap((index: { name: string }) => scaling(`table/${name}/index/${index.name}`, place)),
  ],
  ...ARTIFACT_ACCESS,
  ...DOMAIN_ACCESS,
  ...IDENTITY_ACCESS,
  ...RELEASE_ACCESS,
  aws_iam_role_policy: NONE,
  aws_kinesis_firehose_delivery_stream: ({ name }, place) => [
    {
      name: "Stream",
      resources: [arn("firehose", `deliverystream/${name}`, place)],
      read: actions("firehose", "DescribeDeliveryStream ListTagsForDeliveryStream"),
      write: actions(
        "firehose",
        "CreateDeliveryStream DeleteDeliveryStream StartDeliveryStreamEncryption StopDeliveryStreamEncryption",
        "TagDeliveryStream UntagDeliveryStream UpdateDestination",
      ),
    },
  ],
  aws_lambda_event_source_mapping: (_values, place) => {
    const functions = namesOf("aws_lambda_function", "function_name", place);
    // AWS's reference calls the key the ARN of a function. It does not say whether that has the alias of a mapping:
    // https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    const aliases = place.resources.flatMap(({ type, values: { function_name, name } }) =>
      type === "aws_lambda_alias" ? [`${function_name}:${name}`] : [],
    );
    const ofTheFunctions: Condition[] = [
      {
        test: "StringEquals",
        variable: "lambda:FunctionArn",
        values: [...functions, ...aliases].map((name) => arn("lambda", `function:${name}`, place)),
      },
    ];
    // AWS chooses the id of a mapping.
    const mappings = [arn("lambda", "event-source-mapping:*", place)];
    return [
      // A search for what exists in AWS but not in the state asks for it.
      everywhere(...actions("lambda", "ListEventSourceMappings")),
      {
        name: "NewMapping",
        resources: ["*"],
        write: actions("lambda", "CreateEventSourceMapping"),
        condition: ofTheFunctions,
      },
      {
        name: "Mappings",
        resources: mappings,
        read: actions("lambda", "GetEventSourceMapping ListTags"),
        write: actions("lambda", "DeleteEventSourceMapping UpdateEventSourceMapping"),
        condition: ofTheFunctions,
      },
      {
        name: "MappingTags",
        resources: mappings,
        write: actions("lambda", "TagResource UntagResource"),
        condition: ofThisEnvironment(place),
      },
    ];
  },
  aws_lambda_function: ({ function_name, layers = [] }, place) => [
    {
      name: "Function",
      resources: [arn("lambda", `function:${function_name}`, place)],
      read: actions(
        "lambda",
        "GetFunction GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionEventInvokeConfig GetPolicy",
        "ListTags ListVersionsByFunction",
      ),
      write: actions(
        "lambda",
        "AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig",
        "PutFunctionConcurrency PutFunctionEventInvokeConfig RemovePermission TagResource UntagResource",
        "UpdateFunctionCode UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig",
      ),
    },
    ...(layers.length > 0 ? [{ name: "Layers", resources: layers, write: actions("lambda", "GetLayerVersion") }] : []),
  ],
  aws_lambda_function_event_invoke_config: NONE,
  aws_lambda_permission: NONE,
  aws_s3_bucket: ({ bucket }, place) => [
    {
      name: "Bucket",
      resources: [bucketArn(bucket, place)],
      read: READ_BUCKET,
      write: actions(
        "s3",
        "CreateBucket DeleteBucketPolicy PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock",
        "PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration TagResource",
        "UntagResource",
      ),
      deleteData: actions("s3", "DeleteBucket ListBucketVersions"),
    },
    {
      name: "Objects",
      resources: [`${bucketArn(bucket, place)}/*`],
      deleteData: actions("s3", "DeleteObject DeleteObjectVersion"),
    },
  ],
  aws_s3_bucket_lifecycle_configuration: NONE,
  aws_s3_bucket_notification: ({ bucket }, place) => [
    {
      name: "BucketNotification",
      resources: [bucketArn(bucket, place)],
      read: actions("s3", "GetBucketNotification"),
      write: actions("s3", "PutBucketNotification"),
    },
  ],
  aws_s3_bucket_ownership_controls: NONE,
  aws_s3_bucket_policy: NONE,
  aws_s3_bucket_public_access_block: NONE,
  aws_s3_bucket_server_side_encryption_configuration: NONE,
  aws_s3_bucket_versioning: NONE,
  aws_sns_topic: ({ name }, place) => [
    {
      name: "Topic",
      resources: [arn("sns", name, place)],
      read: actions("sns", "GetTopicAttributes ListTagsForResource"),
      write: actions("sns", "CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource UntagResource"),
    },
    // A subscription has no ARN in IAM: AWS asks for its topic or, as older references say, for none.
    everywhere(...actions("sns", "GetSubscriptionAttributes")),
    {
      name: "Subscription",
      resources: ["*"],
      write: actions("sns", "Unsubscribe"),
      condition: unlessOther(place.environmentTag, "aws:ResourceTag/Environment"),
    },
  ],
  aws_sns_topic_policy: NONE,
  aws_sns_topic_subscription: ({ topic_arn, protocol }, place) => {
    const [, name] = /^arn:.*:([\w-]+)$/.exec(topic_arn) ?? [];
    const own = namesOf("aws_sns_topic", "name", place);
    const topics = name ? [topic_arn] : own.map((each) => arn("sns", each, place));
    return [
      ...(name ? [{ name: "ExistingTopic", resources: topics, write: actions("sns", "Subscribe") }] : []),
      ...(protocol === "email"
        ? []
        : [
            {
              name: "SubscriptionSettings",
              resources: topics,
              write: actions("sns", "ListSubscriptionsByTopic SetSubscriptionAttributes"),
            },
          ]),
    ];
  },
  aws_sqs_queue: ({ name }, place) => [
    {
      name: "Queue",
      resources: [arn("sqs", name, place)],
      read: actions("sqs", "GetQueueAttributes GetQueueUrl ListQueueTags"),
      write: actions("sqs", "CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue"),
    },
  ],
  aws_sqs_queue_policy: NONE,
  "data.archive_file": NONE,
  "data.aws_caller_identity": NONE,
  "data.aws_dynamodb_table": NONE,
  "data.aws_dynamodb_tables": NONE,
  "data.aws_iam_policy_document": NONE,
};
