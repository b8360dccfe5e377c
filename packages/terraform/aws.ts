import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import { EMULATOR_ACCESS } from "./environment";

// The pinned version of the SDK supports all Node.js versions that package.json allows.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

/** Without `AWS_ENDPOINT_URL`, this process would take AWS for its target. */
const KEPT = ["AWS_ENDPOINT_URL", "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"];

export type Aws = ReturnType<typeof connectAws>;

/**
 * Connects to the emulator at the endpoint; without one to AWS, with the user's credentials. For an emulator, it removes
 * the user's variables for AWS from this process: the SDK reads dozens of them, such as switches for FIPS endpoints.
 */
export function connectAws({ endpoint, region }: { readonly endpoint?: string; readonly region: string }) {
  if (endpoint) forgetUserAws();
  const config = endpoint
    ? { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } }
    : { region };
  return {
    autoscaling: new ApplicationAutoScalingClient(config),
    apigateway: new ApiGatewayV2Client(config),
    cloudwatch: new CloudWatchClient(config),
    dynamodb: new DynamoDBClient(config),
    events: new EventBridgeClient(config),
    firehose: new FirehoseClient(config),
    iam: new IAMClient(config),
    kms: new KMSClient(config),
    lambda: new LambdaClient(config),
    logs: new CloudWatchLogsClient(config),
    s3: new S3Client({ ...config, forcePathStyle: endpoint !== undefined }),
    sqs: new SQSClient(config),
    sts: new STSClient(config),
  };
}

function forgetUserAws(): void {
  const names = Object.keys(process.env).filter((name) => name.startsWith("AWS_") && !KEPT.includes(name));
  for (const name of names) delete process.env[name];
  Object.assign(process.env, EMULATOR_ACCESS);
}
