import {
  type Api,
  type Authorizer,
  GetApiCommand,
  GetAuthorizerCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
  type Integration,
  type Route,
  type Stage,
} from "@aws-sdk/client-apigatewayv2";
import { DescribeSubscriptionFiltersCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeDeliveryStreamCommand } from "@aws-sdk/client-firehose";
import type { Aws } from "@local/terraform/aws";
import { type ResourceRef, UnservedError } from "./resource-ref";

/** Such as `aws`, `us-west-2` and `123456789012`. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

export interface DeployedStage extends Stage {
  /** The log group of the access log, if the stage has one. */
  readonly accessLogGroup?: string;
  /** The bucket to which a delivery stream takes that log. */
  readonly archiveBucket?: string;
}

/** An HTTP API, or the URL of a function. */
export interface DeployedApi extends Place {
  readonly address: string;
  /** Its callers need no permission of the function. */
  readonly isFunctionUrl?: boolean;
  readonly api: Api;
  /** By their names. `$default` comes first. */
  readonly stages: readonly DeployedStage[];
  readonly routes: readonly Route[];
  readonly integrations: readonly Integration[];
  readonly authorizers: readonly Authorizer[];
}

export async function readApi(aws: Aws, { address, id: ApiId }: ResourceRef, place: Place): Promise<DeployedApi> {
  const { apigateway } = aws;
  const [api, stages, routes, integrations] = await Promise.all([
    apigateway.send(new GetApiCommand({ ApiId })),
    apigateway.send(new GetStagesCommand({ ApiId })),
    apigateway.send(new GetRoutesCommand({ ApiId })),
    apigateway.send(new GetIntegrationsCommand({ ApiId })),
  ]);
  if (api.ProtocolType === "WEBSOCKET") throw new UnservedError("WebSocket APIs do not run here; HTTP APIs do");
  // Other emulators do not support GetAuthorizers.
  const authorizerIds = new Set((routes.Items ?? []).flatMap(({ AuthorizerId }) => AuthorizerId || []));
  const authorizers = await Promise.all(
    [...authorizerIds].map((AuthorizerId) => apigateway.send(new GetAuthorizerCommand({ ApiId, AuthorizerId }))),
  );
  const sorted = [...(stages.Items ?? [])].sort((one, other) => compare(one.StageName, other.StageName));
  return {
    ...place,
    address,
    api: api as Api,
    stages: await Promise.all(sorted.map((stage) => readStage(aws, stage))),
    routes: routes.Items ?? [],
    integrations: integrations.Items ?? [],
    authorizers: authorizers as Authorizer[],
  };
}

/** `$` has a place before all characters of a stage's name. */
function compare(one = "", other = ""): number {
  return one < other ? -1 : 1;
}

async function readStage(aws: Aws, stage: Stage): Promise<DeployedStage> {
  const accessLogGroup = stage.AccessLogSettings?.DestinationArn?.split(":")[6];
  return {
    ...stage,
    accessLogGroup,
    archiveBucket: accessLogGroup && (await findArchive(aws, accessLogGroup)),
  };
}

/** The services that answer requests here. */
export const SERVICE_SUBTYPES = [
  "EventBridge-PutEvents",
  "Kinesis-PutRecord",
  "SQS-DeleteMessage",
  "SQS-PurgeQueue",
  "SQS-ReceiveMessage",
  "SQS-SendMessage",
  "StepFunctions-StartExecution",
  "StepFunctions-StopExecution",
] as const;

export type ServiceSubtype = (typeof SERVICE_SUBTYPES)[number];

/** The reason why a route that AWS would serve does not run here. */
export function whyUnserved(route: Route, { integrations, authorizers }: DeployedApi): string | undefined {
  const { IntegrationType = "", IntegrationSubtype } = findIntegration(integrations, route) ?? {};
  const kind = IntegrationSubtype ?? IntegrationType;
  const isServed = [...SERVICE_SUBTYPES, "AWS_PROXY", ""].some((each) => each === kind);
  if (!isServed)
    return `integrations of the kind ${kind} do not run here; those of Lambda, EventBridge, SQS, Kinesis and Step Functions do`;
  const { AuthorizationType = "NONE", AuthorizerId } = route;
  const authorizer = authorizers.find((each) => each.AuthorizerId === AuthorizerId);
  if (AuthorizationType === "NONE" || authorizer) return undefined;
  return `the authorization ${AuthorizationType} is not checked here; JWT and Lambda authorizers are`;
}

export function findIntegration(integrations: readonly Integration[], { Target }: Route): Integration | undefined {
  return integrations.find(({ IntegrationId }) => Target === `integrations/${IntegrationId}`);
}

/** The ARN of the function that an integration names; empty for a service. */
export function functionArnOf({ IntegrationUri = "" }: Integration): string {
  return invokedArn(IntegrationUri) ?? IntegrationUri;
}

/** The ARN of the function in the URI of its invocations; undefined for another URI. */
export function invokedArn(uri: string): string | undefined {
  return /\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
}

/** Finds the bucket to which a subscription filter and a delivery stream take a log group. */
async function findArchive({ logs, firehose }: Aws, logGroupName: string): Promise<string | undefined> {
  const { subscriptionFilters = [] } = await logs
    .send(new DescribeSubscriptionFiltersCommand({ logGroupName }))
    .catch(() => ({ subscriptionFilters: [] }));
  for (const { destinationArn = "" } of subscriptionFilters) {
    const [, streamName] = /:deliverystream\/(.+)$/.exec(destinationArn) ?? [];
    if (!streamName) continue;
    const { DeliveryStreamDescription: stream } = await firehose.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: streamName }),
    );
    const bucketArn = stream?.Destinations?.[0]?.ExtendedS3DestinationDescription?.BucketARN;
    if (bucketArn) return bucketArn.replace(/^.*:/, "");
  }
  return undefined;
}
