import type { DeployedSystem } from "./deployed-system";
import type { FunctionRuntime } from "./function/function-runtime";
import type { SystemSummary } from "./system";

/** Summarizes the deployed system. */
export function summarizeSystem(
  deployed: DeployedSystem,
  runtime: FunctionRuntime,
  { url, deadLetters }: { readonly url: string; readonly deadLetters: number },
): Omit<SystemSummary, "name" | "alarms" | "loadFailure"> {
  const { outputs, api, accessLogGroup = "", deadLetterQueueArn, functionLogGroup, schedule } = deployed;
  const throttle = api.stage?.DefaultRouteSettings;
  const { configuration } = runtime;
  return {
    api: {
      name: api.api.Name ?? "",
      url,
      routes: api.routes.map(({ RouteKey = "" }) => RouteKey),
      cors: api.api.CorsConfiguration !== undefined,
      rateLimit: throttle?.ThrottlingRateLimit ?? 0,
      burstLimit: throttle?.ThrottlingBurstLimit ?? 0,
      logGroup: accessLogGroup,
    },
    function: {
      name: outputs.lambda_function_name,
      runtime: configuration.Runtime ?? "",
      timeoutSeconds: configuration.Timeout ?? 0,
      memoryMb: configuration.MemorySize ?? 0,
      usedMemoryMb: Math.ceil(runtime.usedMemoryMb),
      processes: runtime.processCount,
      busyProcesses: runtime.busyCount,
      logGroup: functionLogGroup,
    },
    schedule: {
      name: schedule?.rule.Name ?? "none",
      expression: schedule?.rule.ScheduleExpression ?? "",
      state: schedule?.rule.State ?? "",
    },
    table: { name: outputs.dynamodb_table_name },
    logArchive: { bucket: outputs.s3_bucket_name },
    deadLetterQueue: { name: deadLetterQueueArn?.split(":").at(-1) ?? "none", messages: deadLetters },
  };
}
