import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Outcome } from "./function-process";

/** What Lambda reports of an invocation. */
export interface InvocationReport {
  readonly requestId: string;
  readonly outcome: Outcome;
  readonly durationMs: number;
  /** The process's maximum memory, in MB. */
  readonly usedMemoryMb: number;
}

/**
 * Renders Lambda's own log event after each invocation, in the function's log format.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
 */
export function renderReport(
  { requestId, outcome, durationMs, usedMemoryMb }: InvocationReport,
  { MemorySize, LoggingConfig }: FunctionConfiguration,
): string {
  const billedDurationMs = Math.ceil(durationMs);
  const maxMemoryUsedMB = Math.ceil(usedMemoryMb);
  if (LoggingConfig?.LogFormat !== "JSON") {
    return [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${billedDurationMs} ms`,
      `Memory Size: ${MemorySize} MB`,
      `Max Memory Used: ${maxMemoryUsedMB} MB`,
    ].join("\t");
  }
  return JSON.stringify({
    time: new Date().toISOString(),
    type: "platform.report",
    record: {
      requestId,
      metrics: {
        durationMs: Math.round(durationMs * 1000) / 1000,
        billedDurationMs,
        memorySizeMB: MemorySize,
        maxMemoryUsedMB,
      },
      status: outcome.isError ? "error" : "success",
    },
  });
}
