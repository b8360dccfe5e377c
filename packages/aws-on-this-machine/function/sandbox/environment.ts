import { dirname } from "node:path";
import type { DeployedFunction, FunctionRuntimeProps } from "../function-runtime";

/** Lambda's variables: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
export function functionEnvironment(
  { configuration, codeFolder }: DeployedFunction,
  { python, awsEnvironment, logStreamName }: Pick<FunctionRuntimeProps, "python" | "awsEnvironment" | "logStreamName">,
): NodeJS.ProcessEnv {
  const { LogFormat = "Text", ApplicationLogLevel } = configuration.LoggingConfig ?? {};
  return {
    ...Object.fromEntries(Object.entries(awsEnvironment).filter(([name]) => name.startsWith("AWS_"))),
    PATH: `${dirname(python)}:/usr/local/bin:/usr/bin:/bin`,
    // Lambda has no variable HOME, but this is the home of the user there. It does not exist and cannot be made.
    HOME: "/home/sbx_user1051",
    LAMBDA_TASK_ROOT: codeFolder,
    TZ: ":UTC",
    LANG: "en_US.UTF-8",
    _HANDLER: configuration.Handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.Runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: configuration.FunctionName,
    AWS_LAMBDA_FUNCTION_VERSION: configuration.Version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_FORMAT: LogFormat,
    // Lambda filters logs in JSON only. Otherwise Python's own level stays, WARNING.
    AWS_LAMBDA_LOG_LEVEL: ApplicationLogLevel ?? (LogFormat === "JSON" ? "INFO" : undefined),
    AWS_LAMBDA_LOG_GROUP_NAME: configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${configuration.FunctionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    ...configuration.Environment?.Variables,
  };
}
