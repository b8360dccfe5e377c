import {
  GetApisCommand,
  GetAuthorizersCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { DescribeScalableTargetsCommand } from "@aws-sdk/client-application-auto-scaling";
import { DescribeLogGroupsCommand, DescribeLogStreamsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetApplicationCommand,
  GetDeploymentConfigCommand,
  GetDeploymentGroupCommand,
} from "@aws-sdk/client-codedeploy";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { DescribeRuleCommand, ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge";
import { DescribeDeliveryStreamCommand } from "@aws-sdk/client-firehose";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { DescribeKeyCommand, type KeyMetadata, paginateListAliases, paginateListKeys } from "@aws-sdk/client-kms";
import {
  GetAliasCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  ListEventSourceMappingsCommand,
} from "@aws-sdk/client-lambda";
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
} from "@aws-sdk/client-s3";
import { GetQueueUrlCommand } from "@aws-sdk/client-sqs";
import { UserError } from "@local/command-line/user-error";
import type { Aws } from "../aws";
import { DOMAIN_FINDERS } from "./finders/domain-finders";
import { type Attributes, by, type Finder, join } from "./finders/finder";

/** A bucket or its configuration. The id is the bucket's name. */
function ofBucket(get: (aws: Aws, input: { Bucket: string }) => Promise<unknown>): Finder {
  return by(["bucket"], async (aws, Bucket) => ((await get(aws, { Bucket })) ? Bucket : undefined));
}

/** The maximum, so that there is no second page. */
const ALL = { MaxResults: "500" };

/**
 * The resources that an apply cannot create again: it would fail, take long or make a duplicate. All others have a Put
 * action in AWS's API, which overwrites.
 */
const FINDERS: Readonly<Record<string, Finder>> = {
  ...DOMAIN_FINDERS,
  aws_apigatewayv2_api: by(["name"], async ({ apigateway }, name) => {
    const { Items = [] } = await apigateway.send(new GetApisCommand(ALL));
    const [api, another] = Items.filter(({ Name }) => Name === name);
    if (another) throw new UserError(`There are several APIs with the name ${name}; delete those that are not used.`);
    return api?.ApiId;
  }),
  aws_apigatewayv2_authorizer: by(["api_id", "name"], async ({ apigateway }, ApiId, name) => {
    const { Items = [] } = await apigateway.send(new GetAuthorizersCommand({ ApiId, ...ALL }));
    return join(ApiId, Items.find(({ Name }) => Name === name)?.AuthorizerId);
  }),
  aws_apigatewayv2_integration: by(["api_id", "integration_uri"], async ({ apigateway }, ApiId, uri) => {
    const { Items = [] } = await apigateway.send(new GetIntegrationsCommand({ ApiId, ...ALL }));
    return join(ApiId, Items.find(({ IntegrationUri }) => IntegrationUri === uri)?.IntegrationId);
  }),
  aws_apigatewayv2_route: by(["api_id", "route_key"], async ({ apigateway }, ApiId, key) => {
    const { Items = [] } = await apigateway.send(new GetRoutesCommand({ ApiId, ...ALL }));
    return join(ApiId, Items.find(({ RouteKey }) => RouteKey === key)?.RouteId);
  }),
  aws_apigatewayv2_stage: by(["api_id", "name"], async ({ apigateway }, ApiId, StageName) =>
    join(ApiId, (await apigateway.send(new GetStageCommand({ ApiId, StageName }))).StageName),
  ),
  aws_appautoscaling_target: by(["resource_id", "scalable_dimension"], async ({ autoscaling }, id, dimension) => {
    const { ScalableTargets = [] } = await autoscaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: "dynamodb", ResourceIds: [id] }),
    );
    const exists = ScalableTargets.some(({ ScalableDimension }) => ScalableDimension === dimension);
    return exists ? `dynamodb/${id}/${dimension}` : undefined;
  }),
  aws_cloudwatch_event_rule: by(
    ["name"],
    async ({ events }, Name) => (await events.send(new DescribeRuleCommand({ Name }))).Name,
    ["event_bus_name", "name"],
  ),
  // A target under another id would run the function a second time. An import lets the plan replace it.
  aws_cloudwatch_event_target: by(
    ["rule", "target_id"],
    async ({ events }, Rule, own) => {
      const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule }));
      const ids = Targets.map(({ Id = "" }) => Id);
      if (own && ids.includes(own)) return join(Rule, own);
      const [id, ...others] = ids;
      if (others.length === 0) return join(Rule, id);
      throw new UserError(
        `The rule ${Rule} has several targets (${[id, ...others].join(", ")}); delete all but one with aws events remove-targets.`,
      );
    },
    ["event_bus_name", "rule", "target_id"],
    ["rule"],
  ),
  aws_cloudwatch_log_group: by(["name"], async ({ logs }, name) => {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    return logGroups.find(({ logGroupName }) => logGroupName === name)?.logGroupName;
  }),
  aws_cloudwatch_log_stream: by(["log_group_name", "name"], async ({ logs }, logGroupName, name) => {
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: name }),
    );
    return logStreams.some(({ logStreamName }) => logStreamName === name) ? `${logGroupName}:${name}` : undefined;
  }),
  aws_codedeploy_app: by(["name"], async ({ codedeploy }, applicationName) => {
    const { application } = await codedeploy.send(new GetApplicationCommand({ applicationName }));
    return application?.applicationName;
  }),
  aws_codedeploy_deployment_config: by(["deployment_config_name"], async ({ codedeploy }, deploymentConfigName) => {
    const found = await codedeploy.send(new GetDeploymentConfigCommand({ deploymentConfigName }));
    return found.deploymentConfigInfo?.deploymentConfigName;
  }),
  aws_codedeploy_deployment_group: by(["app_name", "deployment_group_name"], async ({ codedeploy }, app, group) => {
    const input = { applicationName: app, deploymentGroupName: group };
    const { deploymentGroupInfo } = await codedeploy.send(new GetDeploymentGroupCommand(input));
    return deploymentGroupInfo && `${app}:${group}`;
  }),
  aws_dynamodb_table: by(
    ["name"],
    async ({ dynamodb }, TableName) => (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table?.TableName,
  ),
  aws_iam_role: by(
    ["name"],
    async ({ iam }, RoleName) => (await iam.send(new GetRoleCommand({ RoleName }))).Role?.RoleName,
  ),
  aws_kinesis_firehose_delivery_stream: by(["name"], async ({ firehose }, DeliveryStreamName) => {
    const described = await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName }));
    return described.DeliveryStreamDescription?.DeliveryStreamARN;
  }),
  aws_kms_alias: by(["name"], async ({ kms }, name) => {
    for await (const { Aliases = [] } of paginateListAliases({ client: kms }, {})) {
      if (Aliases.some(({ AliasName }) => AliasName === name)) return name;
    }
    return undefined;
  }),
  // A key has no name.
  aws_kms_key: by(["description"], async ({ kms }, description) => {
    for await (const { Keys = [] } of paginateListKeys({ client: kms }, {})) {
      for (const { KeyId } of Keys) {
        const key = await describeKey(kms, KeyId);
        if (key?.Description === description && key?.KeyState === "Enabled") return KeyId;
      }
    }
    return undefined;
  }),
  aws_lambda_alias: by(["function_name", "name"], async ({ lambda }, FunctionName, Name) =>
    join(FunctionName, (await lambda.send(new GetAliasCommand({ FunctionName, Name }))).Name),
  ),
  aws_lambda_event_source_mapping: by(
    ["event_source_arn", "function_name"],
    async ({ lambda }, EventSourceArn, FunctionName) => {
      const { EventSourceMappings = [] } = await lambda.send(
        new ListEventSourceMappingsCommand({ EventSourceArn, FunctionName }),
      );
      return EventSourceMappings[0]?.UUID;
    },
  ),
  aws_lambda_function: by(
    ["function_name"],
    async ({ lambda }, FunctionName) =>
      (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.FunctionName,
  ),
  aws_lambda_permission: by(["function_name", "statement_id"], async ({ lambda }, FunctionName, id) => {
    const { Policy = '{"Statement":[]}' } = await lambda.send(new GetPolicyCommand({ FunctionName }));
    const { Statement } = JSON.parse(Policy) as { Statement: { Sid?: string }[] };
    return Statement.some(({ Sid }) => Sid === id) ? join(FunctionName, id) : undefined;
  }),
  aws_s3_bucket: ofBucket(({ s3 }, bucket) => s3.send(new HeadBucketCommand(bucket))),
  aws_s3_bucket_lifecycle_configuration: ofBucket(({ s3 }, bucket) =>
    s3.send(new GetBucketLifecycleConfigurationCommand(bucket)),
  ),
  aws_s3_bucket_ownership_controls: ofBucket(({ s3 }, bucket) =>
    s3.send(new GetBucketOwnershipControlsCommand(bucket)),
  ),
  aws_s3_bucket_policy: ofBucket(({ s3 }, bucket) => s3.send(new GetBucketPolicyCommand(bucket))),
  aws_s3_bucket_public_access_block: ofBucket(({ s3 }, bucket) => s3.send(new GetPublicAccessBlockCommand(bucket))),
  aws_s3_bucket_server_side_encryption_configuration: ofBucket(({ s3 }, bucket) =>
    s3.send(new GetBucketEncryptionCommand(bucket)),
  ),
  aws_s3_bucket_versioning: ofBucket(
    async ({ s3 }, bucket) => (await s3.send(new GetBucketVersioningCommand(bucket))).Status,
  ),
  aws_sqs_queue: by(
    ["name"],
    async ({ sqs }, QueueName) => (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl,
  ),
};

/** The attributes that identify a resource of a type; `undefined` for types that are not looked up in AWS. */
export function identityOf(type: string): readonly string[] | undefined {
  return FINDERS[type]?.identity ?? FINDERS[type]?.attributes;
}

/** AWS creates any number of these with the same attributes. */
const REPEATABLE = ["aws_acm_certificate", "aws_apigatewayv2_api", "aws_apigatewayv2_integration", "aws_kms_key"];

/** Whether the found resource may be another one of the configuration, and creating a new one succeeds. */
export function isRepeatable(type: string): boolean {
  return REPEATABLE.includes(type);
}

/** Whether AWS can have both resources, although `findResource` takes the one for the other. */
export function isBeside(type: string, attributes: Attributes, other: object): boolean {
  const { attributes: all = [], identity, likeness: names = all } = FINDERS[type] ?? {};
  const values = new Map(Object.entries(other));
  return identity !== undefined && names.every((name) => attributes[name] && attributes[name] === values.get(name));
}

/** Finds a resource in AWS, and returns its id for Terraform's import. Throws a UserError if AWS refuses to answer. */
export async function findResource(aws: Aws, type: string, attributes: Attributes): Promise<string | undefined> {
  const finder = FINDERS[type];
  const values = finder?.attributes.flatMap((name) => texts(attributes[name])) ?? [];
  if (!finder || values.length < finder.attributes.length) return undefined;
  try {
    return await finder.find(aws, values, attributes);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof UserError) throw error;
    const { name, message } = error as Error;
    throw new UserError(`Cannot find out whether ${type} ${values.join(" ")} exists in AWS: ${name}: ${message}`);
  }
}

/** Whether an AWS error means that a resource does not exist. The services' errors differ. */
function isMissing(error: unknown): boolean {
  const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode === 404 || /NotFound|NoSuch|DoesNotExist|NonExistent/.test(name);
}

async function describeKey(kms: Aws["kms"], KeyId: string | undefined): Promise<KeyMetadata | undefined> {
  try {
    return (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;
  } catch (error) {
    if ((error as Error).name === "AccessDeniedException") return undefined;
    throw error;
  }
}

function texts(value: unknown): string[] {
  return typeof value === "string" && value ? [value] : [];
}
