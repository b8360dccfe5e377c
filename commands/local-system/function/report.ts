import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { InvocationRecord } from "./invocation";

/** What Lambda reports of an invocation, with the names of its JSON. */
export interface ReportMetrics {
  readonly durationMs: number;
  readonly billedDurationMs: number;
  readonly memorySizeMB: number;
  readonly maxMemoryUsedMB: number;
  /** Of a cold start only. */
  readonly initDurationMs?: number;
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
  if (LoggingConfig?.LogFormat !== "JSON") return renderReportText(requestId, metrics);
  return JSON.stringify({
    time: new Date().toISOString(),
    type: "platform.report",
    record: { requestId, metrics, status: outcome?.isError ? "error" : "success" },
  });
}

/** Renders a report as Lambda does in the log format "Text". */
export function renderReportText(requestId: string, metrics: ReportMetrics): string {
  const { durationMs, billedDurationMs, memorySizeMB, maxMemoryUsedMB, initDurationMs } = metrics;
  return [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedDurationMs} ms`,
    `Memory Size: ${memorySizeMB} MB`,
    `Max Memory Used: ${maxMemoryUsedMB} MB`,
    ...(initDurationMs === undefined ? [] : [`Init Duration: ${initDurationMs.toFixed(2)} ms`]),
  ].join("\t");
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
