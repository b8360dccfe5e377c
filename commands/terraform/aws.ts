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

// The pinned version supports every Node.js that this project does.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

/** Clients of the AWS services that the system uses. */
export type Aws = ReturnType<typeof connectAws>;

export interface AwsProps {
  /**
   * The emulator's endpoint.
   * @default - AWS itself, with the credentials of whoever runs this
   */
  readonly endpoint?: string;
  readonly region: string;
}

/** Connects to the emulator or to AWS. */
export function connectAws({ endpoint, region }: AwsProps) {
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
  };
}
