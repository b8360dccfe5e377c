import { parseJson } from "@local/command-line/text/json";
import type { LogEntry } from "../function/invocation";
import { type ReportMetrics, type ReportStatus, renderReportText } from "../function/report";
import type { Frame, LogLine } from "./run";
import { framesOf, placesOf, readWrittenError } from "./trace";

const LEVELS: Readonly<Record<string, LogLine["level"]>> = {
  TRACE: "DEBUG",
  DEBUG: "DEBUG",
  INFO: "INFO",
  WARN: "WARN",
  WARNING: "WARN",
  ERROR: "ERROR",
  FATAL: "ERROR",
  CRITICAL: "ERROR",
};

interface PlatformReport {
  readonly type: "platform.report";
  readonly record: { readonly requestId: string; readonly metrics: ReportMetrics } & ReportStatus;
}

/** Reads an entry of the function's log, in either of Lambda's log formats. */
export function readLogLine(entry: LogEntry): LogLine {
  const { number, time, raw, isReport, isTrace, owner, code } = entry;
  const { functionName } = code;
  const line = { number, time, raw, isReport, functionName, runId: owner?.runId, requestId: owner?.requestId };
  const json = parseObject(raw);
  if (!json) {
    const [, level = ""] = /^\[([A-Z]+)\]/.exec(raw) ?? [];
    const error = readWrittenError(entry);
    const { message, ...fields } = error ?? { message: raw };
    const own = error || (isReport && raw.includes("\tStatus: ")) ? "ERROR" : "INFO";
    return {
      ...line,
      isTrace,
      frames: framesIn(error?.stackTrace, code),
      level: LEVELS[level] ?? own,
      message,
      fields,
    };
  }
  if (isReport) {
    const { requestId, metrics, ...ended } = (json as unknown as PlatformReport).record;
    const level = ended.status === "success" ? "INFO" : "ERROR";
    return { ...line, level, message: renderReportText(requestId, metrics, ended), fields: json };
  }
  // The runtime's own lines have `log_level`; the function's may have any fields.
  const { timestamp: _time, level, log_level = level, message, requestId: _id, ...fields } = json;
  return {
    ...line,
    frames: framesIn(fields.stackTrace, code),
    level: LEVELS[String(log_level).toUpperCase()] ?? "INFO",
    message: typeof message === "string" ? message : (describeError(fields) ?? raw),
    fields,
  };
}

function framesIn(stackTrace: unknown, code: LogEntry["code"]): Frame[] | undefined {
  const places = placesOf(stackTrace, code);
  return places.length > 0 ? framesOf(places, code) : undefined;
}

/** The object in a line of JSON; undefined if there is none. */
export function parseObject(raw: string): Record<string, unknown> | undefined {
  return raw.startsWith("{") ? (parseJson(raw) as Record<string, unknown> | undefined) : undefined;
}

function describeError({ errorType, errorMessage }: Record<string, unknown>): string | undefined {
  return typeof errorType === "string" ? [errorType, errorMessage].filter(Boolean).join(": ") : undefined;
}
