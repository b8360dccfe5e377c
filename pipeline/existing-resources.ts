import {
  GetApisCommand,
  GetAuthorizersCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { DescribeLogGroupsCommand, DescribeLogStreamsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { DescribeDeliveryStreamCommand } from "@aws-sdk/client-firehose";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { DescribeKeyCommand, type KeyMetadata, paginateListAliases, paginateListKeys } from "@aws-sdk/client-kms";
import { GetFunctionCommand, GetPolicyCommand } from "@aws-sdk/client-lambda";
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
import type { Aws } from "../local/aws";

/** What a plan knows of a resource that it would create; references to what does not exist yet are missing. */
export type Planned = Readonly<Record<string, string | undefined>>;

/** Looks for a resource in AWS; returns what Terraform imports it by, if it is there. */
type Find = (aws: Aws, planned: Planned) => Promise<string | undefined>;

/** Each of these is a setting of a bucket, and is imported by the bucket's name. */
const ofBucket =
  (get: (aws: Aws, bucket: { Bucket: string | undefined }) => Promise<unknown>): Find =>
  async (aws, { bucket }) =>
    (await get(aws, { Bucket: bucket })) ? bucket : undefined;

/**
 * Resources of which creating one that exists already fails, takes long or makes a second one, and how to find them. All
 * others are written anew by their creation: Put, in AWS's words.
 */
export const FINDERS: Readonly<Record<string, Find>> = {
  aws_apigatewayv2_api: async ({ apigateway }, { name }) => {
    const { Items = [] } = await apigateway.send(new GetApisCommand({ MaxResults: "500" }));
    return Items.find(({ Name }) => Name === name)?.ApiId;
  },
  aws_apigatewayv2_authorizer: async ({ apigateway }, { api_id: ApiId, name }) => {
    const { Items = [] } = await apigateway.send(new GetAuthorizersCommand({ ApiId }));
    return join(ApiId, Items.find(({ Name }) => Name === name)?.AuthorizerId);
  },
  aws_apigatewayv2_integration: async ({ apigateway }, { api_id: ApiId, integration_uri: uri }) => {
    const { Items = [] } = await apigateway.send(new GetIntegrationsCommand({ ApiId }));
    return join(ApiId, Items.find(({ IntegrationUri }) => IntegrationUri === uri)?.IntegrationId);
  },
  aws_apigatewayv2_route: async ({ apigateway }, { api_id: ApiId, route_key: key }) => {
    const { Items = [] } = await apigateway.send(new GetRoutesCommand({ ApiId }));
    return join(ApiId, Items.find(({ RouteKey }) => RouteKey === key)?.RouteId);
  },
  aws_apigatewayv2_stage: async ({ apigateway }, { api_id: ApiId, name }) => {
    const { StageName } = await apigateway.send(new GetStageCommand({ ApiId, StageName: name }));
    return join(ApiId, StageName);
  },
  aws_cloudwatch_log_group: async ({ logs }, { name }) => {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    return logGroups.find(({ logGroupName }) => logGroupName === name)?.logGroupName;
  },
  aws_cloudwatch_log_stream: async ({ logs }, { log_group_name: logGroupName, name }) => {
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: name }),
    );
    return logStreams.some(({ logStreamName }) => logStreamName === name) ? `${logGroupName}:${name}` : undefined;
  },
  aws_dynamodb_table: async ({ dynamodb }, { name }) =>
    (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table?.TableName,
  aws_iam_role: async ({ iam }, { name }) => (await iam.send(new GetRoleCommand({ RoleName: name }))).Role?.RoleName,
  aws_kinesis_firehose_delivery_stream: async ({ firehose }, { name }) => {
    const described = await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }));
    return described.DeliveryStreamDescription?.DeliveryStreamARN;
  },
  aws_kms_alias: async ({ kms }, { name }) => {
    for await (const { Aliases = [] } of paginateListAliases({ client: kms }, {})) {
      if (Aliases.some(({ AliasName }) => AliasName === name)) return name;
    }
    return undefined;
  },
  // A key has no name of its own; the description says what it is for.
  aws_kms_key: async ({ kms }, { description }) => {
    for await (const { Keys = [] } of paginateListKeys({ client: kms }, {})) {
      for (const { KeyId } of Keys) {
        const key: KeyMetadata | undefined = await kms.send(new DescribeKeyCommand({ KeyId })).then(
          ({ KeyMetadata }) => KeyMetadata,
          // Somebody else's, which its policy hides.
          () => undefined,
        );
        if (key?.Description === description && key?.KeyState === "Enabled") return KeyId;
      }
    }
    return undefined;
  },
  aws_lambda_function: async ({ lambda }, { function_name: FunctionName }) =>
    (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.FunctionName,
  aws_lambda_permission: async ({ lambda }, { function_name: FunctionName, statement_id: id }) => {
    const { Policy = '{"Statement":[]}' } = await lambda.send(new GetPolicyCommand({ FunctionName }));
    const { Statement } = JSON.parse(Policy) as { Statement: { Sid?: string }[] };
    return Statement.some(({ Sid }) => Sid === id) ? join(FunctionName, id) : undefined;
  },
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
  aws_sqs_queue: async ({ sqs }, { name }) => (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl,
};

function join(parent: string | undefined, child: string | undefined): string | undefined {
  return child && `${parent}/${child}`;
}
