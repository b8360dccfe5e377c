import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { UserError } from "@local/command-line/user-error";
import type { Aws } from "@local/terraform/aws";
import type { StateResource, Terraform } from "@local/terraform/run/terraform";
import { readFunction, readInvokeConfig, readPolicy } from "../function/function-code";
import { readApi } from "../gateway/deployed-api";
import { readSchedule } from "./schedule";

/** The deployed system, read from AWS or an emulator. */
export type DeployedResources = Awaited<ReturnType<typeof readDeployedResources>>;

/** Reads the deployed system from AWS or an emulator, with the function's code in a folder. */
export async function readDeployedResources(aws: Aws, stack: Terraform, region: string, folder: string) {
  const state = await stack.state();
  if (!state) throw new Error(`${stack.folder} has no state`);
  const { outputs, resources } = state;
  const AlarmNames = resources.flatMap(({ values }) => values.alarm_name ?? []);
  const functionName: string = valuesOf(resources, "aws_lambda_function").function_name;
  const apiId: string = valuesOf(resources, "aws_apigatewayv2_api").id;
  const { extended_s3_configuration: archives } = valuesOf(resources, "aws_kinesis_firehose_delivery_stream");
  const deployedFunction = await readFunction(aws.lambda, functionName, folder);
  const { FunctionArn: functionArn = "", LoggingConfig } = deployedFunction.configuration;
  const [, partition = "", , , accountId = ""] = functionArn.split(":");
  const [api, policy, invokeConfig, schedule, { MetricAlarms: alarms = [] }] = await Promise.all([
    readApi(aws.apigateway, { apiId, partition, region, accountId }),
    readPolicy(aws.lambda, functionName),
    readInvokeConfig(aws.lambda, functionName),
    readSchedule(aws.events, functionArn),
    aws.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames })),
  ]);
  return {
    outputs,
    api,
    accessLogGroup: api.stage?.AccessLogSettings?.DestinationArn?.split(":")[6],
    function: deployedFunction,
    functionName,
    tableName: valuesOf(resources, "aws_dynamodb_table").name as string,
    /** The bucket of the archived access log. */
    archiveBucket: (archives[0].bucket_arn as string).replace(/^.*:/, ""),
    functionArn,
    functionLogGroup: LoggingConfig?.LogGroup ?? `/aws/lambda/${functionName}`,
    /** The function's resource policy, as JSON. */
    policy,
    invokeConfig,
    deadLetterQueueArn: invokeConfig?.DestinationConfig?.OnFailure?.Destination,
    schedule,
    alarms,
  };
}

/** The attributes of the stack's resource of a type. */
function valuesOf(resources: readonly StateResource[], type: string): StateResource["values"] {
  const found = resources.find((resource) => resource.type === type);
  if (!found) throw new UserError(`The stack has no ${type}, without which it cannot run here.`);
  return found.values;
}
