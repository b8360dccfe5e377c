import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Outcome } from "./function-process";
import type { InvocationRecord } from "./invocation";

/** Lambda's metrics of an invocation, with the names of its JSON. */
export interface ReportMetrics {
  readonly durationMs: number;
  readonly billedDurationMs: number;
  readonly memorySizeMB: number;
  readonly maxMemoryUsedMB: number;
  /** Of a cold start only. */
  readonly initDurationMs?: number;
}

/** How an invocation ended, with the names of Lambda's JSON. */
export interface ReportStatus {
  readonly status: "success" | "timeout" | "error";
  /** The type of an error of Lambda's own, such as `Runtime.ExitError`. */
  readonly errorType?: string;
}

/**
 * Renders Lambda's own log event after each invocation, in the function's log format. The start of a process is billed.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
 * @see https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
 */
export function renderReport(
  { owner: { requestId }, outcome, durationMs, initMs, usedMemoryMb, memoryMb }: InvocationRecord,
  { LoggingConfig }: FunctionConfiguration,
): string {
  const metrics = {
    durationMs: round(durationMs),
    billedDurationMs: Math.ceil(durationMs + (initMs ?? 0)),
    memorySizeMB: memoryMb,
    maxMemoryUsedMB: Math.ceil(usedMemoryMb),
    ...(initMs === undefined ? {} : { initDurationMs: round(initMs) }),
  };
  const ended = statusOf(outcome);
  if (LoggingConfig?.LogFormat !== "JSON") return renderReportText(requestId, metrics, ended);
  return JSON.stringify({
    time: new Date().toISOString(),
    type: "platform.report",
    record: { requestId, metrics, ...ended },
  });
}

/** Renders a report as Lambda does in the log format "Text". */
export function renderReportText(
  requestId: string,
  metrics: ReportMetrics,
  { status, errorType }: ReportStatus,
): string {
  const { durationMs, billedDurationMs, memorySizeMB, maxMemoryUsedMB, initDurationMs } = metrics;
  return [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedDurationMs} ms`,
    `Memory Size: ${memorySizeMB} MB`,
    `Max Memory Used: ${maxMemoryUsedMB} MB`,
    ...(initDurationMs === undefined ? [] : [`Init Duration: ${initDurationMs.toFixed(2)} ms`]),
    // The report does not mention an error that the function itself raised.
    ...(status === "timeout" || errorType ? [`Status: ${status}`] : []),
    ...(errorType ? [`Error Type: ${errorType}`] : []),
  ].join("\t");
}

function statusOf(outcome: Outcome | undefined): ReportStatus {
  if (!outcome?.isError) return { status: "success" };
  const { errorType } = JSON.parse(outcome.payload) as { errorType?: string };
  if (errorType === "Sandbox.Timedout") return { status: "timeout" };
  return errorType?.startsWith("Runtime.") ? { status: "error", errorType } : { status: "error" };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
