import type { ACMClient } from "@aws-sdk/client-acm";
import type { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import type { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { FirehoseClient } from "@aws-sdk/client-firehose";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { KMSClient } from "@aws-sdk/client-kms";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { Route53Client } from "@aws-sdk/client-route-53";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { STSClient } from "@aws-sdk/client-sts";
import { EMULATOR_ACCESS } from "./environment";

// The pinned version of the SDK supports all Node.js versions that package.json allows.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

/** Without `AWS_ENDPOINT_URL`, this process would take AWS for its target. */
const KEPT = ["AWS_ENDPOINT_URL", "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"];

export interface Aws {
  readonly acm: ACMClient;
  readonly autoscaling: ApplicationAutoScalingClient;
  readonly apigateway: ApiGatewayV2Client;
  readonly cloudwatch: CloudWatchClient;
  readonly codedeploy: CodeDeployClient;
  readonly dynamodb: DynamoDBClient;
  readonly dynamodbStreams: DynamoDBStreamsClient;
  readonly events: EventBridgeClient;
  readonly firehose: FirehoseClient;
  readonly iam: IAMClient;
  readonly kinesis: KinesisClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  readonly route53: Route53Client;
  readonly s3: S3Client;
  readonly scheduler: SchedulerClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly sts: STSClient;
}

/** The package and the class of each client. */
const CLIENTS: Readonly<Record<keyof Aws, readonly [service: string, name: string]>> = {
  acm: ["acm", "ACMClient"],
  autoscaling: ["application-auto-scaling", "ApplicationAutoScalingClient"],
  apigateway: ["apigatewayv2", "ApiGatewayV2Client"],
  cloudwatch: ["cloudwatch", "CloudWatchClient"],
  codedeploy: ["codedeploy", "CodeDeployClient"],
  dynamodb: ["dynamodb", "DynamoDBClient"],
  dynamodbStreams: ["dynamodb-streams", "DynamoDBStreamsClient"],
  events: ["eventbridge", "EventBridgeClient"],
  firehose: ["firehose", "FirehoseClient"],
  iam: ["iam", "IAMClient"],
  kinesis: ["kinesis", "KinesisClient"],
  kms: ["kms", "KMSClient"],
  lambda: ["lambda", "LambdaClient"],
  logs: ["cloudwatch-logs", "CloudWatchLogsClient"],
  route53: ["route-53", "Route53Client"],
  s3: ["s3", "S3Client"],
  scheduler: ["scheduler", "SchedulerClient"],
  sns: ["sns", "SNSClient"],
  sqs: ["sqs", "SQSClient"],
  sts: ["sts", "STSClient"],
};

/**
 * Connects to the emulator at the endpoint; without one to AWS, with the user's credentials. For an emulator, it removes
 * the user's variables for AWS from this process: the SDK reads dozens of them, such as switches for FIPS endpoints.
 */
export function connectAws({ endpoint, region }: { readonly endpoint?: string; readonly region: string }): Aws {
  if (endpoint) forgetUserAws();
  const config = endpoint
    ? { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } }
    : { region };
  // All the clients together take 0.3 s to load.
  const clients: Partial<Record<string, object>> = {};
  const load = (service: string, name: string) => {
    // By default, the client of Kinesis alone uses HTTP/2, which no emulator speaks.
    const requestHandler = endpoint && service === "kinesis" ? aws.sqs.config.requestHandler : undefined;
    // Other SDKs of AWS have this number for DynamoDB. A table of few capacity units throttles a scan for half a minute.
    const maxAttempts = service === "dynamodb" && !endpoint ? 10 : undefined;
    const options = { ...config, requestHandler, maxAttempts, forcePathStyle: endpoint !== undefined };
    return new (require(`@aws-sdk/client-${service}`)[name])(options);
  };
  const getters = Object.entries(CLIENTS).map(([key, client]) => [
    key,
    {
      get() {
        clients[key] ??= load(...client);
        return clients[key];
      },
    },
  ]);
  const aws = Object.defineProperties({}, Object.fromEntries(getters)) as Aws;
  return aws;
}

function forgetUserAws(): void {
  const names = Object.keys(process.env).filter((name) => name.startsWith("AWS_") && !KEPT.includes(name));
  for (const name of names) delete process.env[name];
  Object.assign(process.env, EMULATOR_ACCESS);
}
