import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import type { Aws } from "../terraform/aws";
import type { Terraform } from "../terraform/terraform";
import { readFunction, readInvokeConfig, readPolicy } from "./function/function-code";
import { readApi } from "./gateway/deployed-api";
import { readSchedule } from "./schedule";

export interface SystemOutputs {
  readonly api_endpoint: string;
  readonly lambda_function_name: string;
  readonly dynamodb_table_name: string;
  readonly s3_bucket_name: string;
}

/** The deployed system, as AWS or an emulator describes it. */
export type DeployedSystem = Awaited<ReturnType<typeof readDeployedSystem>>;

/** Reads the deployed system from AWS or an emulator, with the function's code in a folder. */
export async function readDeployedSystem(aws: Aws, stack: Terraform, region: string, folder: string) {
  const state = await stack.state();
  if (!state) throw new Error(`${stack.folder} has no state`);
  const outputs = state.outputs as unknown as SystemOutputs;
  const AlarmNames = state.resources.flatMap(({ values }) => values.alarm_name ?? []);
  const functionName = outputs.lambda_function_name;
  const deployedFunction = await readFunction(aws.lambda, functionName, folder);
  const { FunctionArn: functionArn = "", LoggingConfig } = deployedFunction.configuration;
  const [, partition = "", , , accountId = ""] = functionArn.split(":");
  const [apiId = ""] = new URL(outputs.api_endpoint).host.split(".");
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
