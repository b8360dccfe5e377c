import { describeError } from "../function/function-process";
import type { LiveFunction } from "../function/live-function";
import type { DeployedResources } from "./deployed-resources";
import type { SystemSummary } from "./running-system";

export function summarizeSystem(
  deployed: DeployedResources,
  live: LiveFunction,
  { url, deadLetters }: { readonly url: string; readonly deadLetters: number },
): Omit<SystemSummary, "name" | "alarms"> {
  const {
    functionName,
    tableName,
    archiveBucket,
    api,
    accessLogGroup = "",
    deadLetterQueueArn,
    functionLogGroup,
    schedule,
  } = deployed;
  const throttle = api.stage?.DefaultRouteSettings;
  const { runtime, loadFailure } = live;
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
      name: functionName,
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
    table: { name: tableName },
    logArchive: { bucket: archiveBucket },
    deadLetterQueue: { name: deadLetterQueueArn?.split(":").at(-1) ?? "none", messages: deadLetters },
    loadFailure: loadFailure && {
      message: describeError(loadFailure.error),
      location: loadFailure.location && live.projectPath(loadFailure.location),
    },
  };
}
