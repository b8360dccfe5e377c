import {
  GetApisCommand,
  GetAuthorizersCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { DescribeScalableTargetsCommand } from "@aws-sdk/client-application-auto-scaling";
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
import { UserError } from "../cli/user-error";
import type { Aws } from "../terraform/aws";

/** Attributes of a resource that a plan would create. */
export type Attributes = Readonly<Record<string, string | undefined>>;

interface Finder {
  /** The attributes that it is found by; while one of them is not known, the resource cannot be there. */
  readonly by: readonly string[];
  /** Returns what Terraform imports it by, if it is there. AWS says so by an error, too: see `isMissing`. */
  readonly find: (aws: Aws, attributes: Record<string, string>) => Promise<string | undefined>;
}

/** A setting of a bucket, which is imported by the bucket's name. */
function ofBucket(get: (aws: Aws, bucket: { Bucket: string | undefined }) => Promise<unknown>): Finder {
  return {
    by: ["bucket"],
    find: async (aws, { bucket }) => ((await get(aws, { Bucket: bucket })) ? bucket : undefined),
  };
}

/** As many as there can be, so that there is no second page. */
const ALL = { MaxResults: "500" };

/**
 * Resources of which creating one that exists already fails, takes long or makes a second one, and how to find them. All
 * others are written anew by their creation: Put, in AWS's words.
 */
const FINDERS: Readonly<Record<string, Finder>> = {
  aws_apigatewayv2_api: {
    by: ["name"],
    find: async ({ apigateway }, { name }) => {
      const { Items = [] } = await apigateway.send(new GetApisCommand(ALL));
      const [api, another] = Items.filter(({ Name }) => Name === name);
      if (another) throw new UserError(`There are several APIs with the name ${name}; delete those that are not used.`);
      return api?.ApiId;
    },
  },
  aws_apigatewayv2_authorizer: {
    by: ["api_id", "name"],
    find: async ({ apigateway }, { api_id: ApiId, name }) => {
      const { Items = [] } = await apigateway.send(new GetAuthorizersCommand({ ApiId, ...ALL }));
      return join(ApiId, Items.find(({ Name }) => Name === name)?.AuthorizerId);
    },
  },
  aws_apigatewayv2_integration: {
    by: ["api_id", "integration_uri"],
    find: async ({ apigateway }, { api_id: ApiId, integration_uri: uri }) => {
      const { Items = [] } = await apigateway.send(new GetIntegrationsCommand({ ApiId, ...ALL }));
      return join(ApiId, Items.find(({ IntegrationUri }) => IntegrationUri === uri)?.IntegrationId);
    },
  },
  aws_apigatewayv2_route: {
    by: ["api_id", "route_key"],
    find: async ({ apigateway }, { api_id: ApiId, route_key: key }) => {
      const { Items = [] } = await apigateway.send(new GetRoutesCommand({ ApiId, ...ALL }));
      return join(ApiId, Items.find(({ RouteKey }) => RouteKey === key)?.RouteId);
    },
  },
  aws_apigatewayv2_stage: {
    by: ["api_id", "name"],
    find: async ({ apigateway }, { api_id: ApiId, name }) => {
      const { StageName } = await apigateway.send(new GetStageCommand({ ApiId, StageName: name }));
      return join(ApiId, StageName);
    },
  },
  aws_appautoscaling_target: {
    by: ["resource_id", "scalable_dimension"],
    find: async ({ autoscaling }, { resource_id: id = "", scalable_dimension: dimension }) => {
      const { ScalableTargets = [] } = await autoscaling.send(
        new DescribeScalableTargetsCommand({ ServiceNamespace: "dynamodb", ResourceIds: [id] }),
      );
      const isThere = ScalableTargets.some(({ ScalableDimension }) => ScalableDimension === dimension);
      return isThere ? `dynamodb/${id}/${dimension}` : undefined;
    },
  },
  aws_cloudwatch_log_group: {
    by: ["name"],
    find: async ({ logs }, { name }) => {
      const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
      return logGroups.find(({ logGroupName }) => logGroupName === name)?.logGroupName;
    },
  },
  aws_cloudwatch_log_stream: {
    by: ["log_group_name", "name"],
    find: async ({ logs }, { log_group_name: logGroupName, name }) => {
      const { logStreams = [] } = await logs.send(
        new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: name }),
      );
      return logStreams.some(({ logStreamName }) => logStreamName === name) ? `${logGroupName}:${name}` : undefined;
    },
  },
  aws_dynamodb_table: {
    by: ["name"],
    find: async ({ dynamodb }, { name }) =>
      (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table?.TableName,
  },
  aws_iam_role: {
    by: ["name"],
    find: async ({ iam }, { name }) => (await iam.send(new GetRoleCommand({ RoleName: name }))).Role?.RoleName,
  },
  aws_kinesis_firehose_delivery_stream: {
    by: ["name"],
    find: async ({ firehose }, { name }) => {
      const described = await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }));
      return described.DeliveryStreamDescription?.DeliveryStreamARN;
    },
  },
  aws_kms_alias: {
    by: ["name"],
    find: async ({ kms }, { name }) => {
      for await (const { Aliases = [] } of paginateListAliases({ client: kms }, {})) {
        if (Aliases.some(({ AliasName }) => AliasName === name)) return name;
      }
      return undefined;
    },
  },
  // A key has no name of its own; the description says what it is for.
  aws_kms_key: {
    by: ["description"],
    find: async ({ kms }, { description }) => {
      for await (const { Keys = [] } of paginateListKeys({ client: kms }, {})) {
        for (const { KeyId } of Keys) {
          const key = await describeKey(kms, KeyId);
          if (key?.Description === description && key?.KeyState === "Enabled") return KeyId;
        }
      }
      return undefined;
    },
  },
  aws_lambda_function: {
    by: ["function_name"],
    find: async ({ lambda }, { function_name: FunctionName }) =>
      (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.FunctionName,
  },
  aws_lambda_permission: {
    by: ["function_name", "statement_id"],
    find: async ({ lambda }, { function_name: FunctionName, statement_id: id }) => {
      const { Policy = '{"Statement":[]}' } = await lambda.send(new GetPolicyCommand({ FunctionName }));
      const { Statement } = JSON.parse(Policy) as { Statement: { Sid?: string }[] };
      return Statement.some(({ Sid }) => Sid === id) ? join(FunctionName, id) : undefined;
    },
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
  aws_sqs_queue: {
    by: ["name"],
    find: async ({ sqs }, { name }) => (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl,
  },
};

/**
 * Looks for a resource in AWS.
 *
 * @returns what Terraform imports it by, if it is there
 * @throws UserError where AWS does not tell
 */
export async function findResource(aws: Aws, type: string, attributes: Attributes): Promise<string | undefined> {
  const finder = FINDERS[type];
  if (!finder?.by.every((name) => attributes[name])) return undefined;
  try {
    return await finder.find(aws, attributes as Record<string, string>);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof UserError) throw error;
    const { name, message } = error as Error;
    const known = finder.by.map((attribute) => attributes[attribute]).join(" ");
    throw new UserError(`AWS does not tell whether ${type} ${known} is there already: ${name}: ${message}`);
  }
}

/** Whether AWS says by an error that something is not there; its services do not agree on how. */
function isMissing(error: unknown): boolean {
  const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode === 404 || /NotFound|NoSuch|DoesNotExist|NonExistent/.test(name);
}

/** Describes a key, unless it is somebody else's, which its policy hides. */
async function describeKey(kms: Aws["kms"], KeyId: string | undefined): Promise<KeyMetadata | undefined> {
  try {
    return (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;
  } catch (error) {
    if ((error as Error).name === "AccessDeniedException") return undefined;
    throw error;
  }
}

function join(parent: string | undefined, child: string | undefined): string | undefined {
  return child && `${parent}/${child}`;
}
