import { stripVTControlCharacters } from "node:util";
import type { LogLine, RunSummary } from "../../../runs/run";

/** At this time of today, wherever the tests run. */
export const NOON = new Date().setHours(12, 0, 0, 0);

/** An answered request. */
export function request(more: Partial<RunSummary> = {}): RunSummary {
  const { status = 200 } = more;
  return {
    id: "JKJaXmPLvHcESHA=",
    source: "request",
    time: NOON,
    method: "POST",
    path: "/orders",
    status,
    outcome: status >= 500 ? "failed" : status >= 400 ? "refused" : "processed",
    milliseconds: 12.3,
    attempts: 1,
    isColdStart: false,
    ...more,
  };
}

/** The end of a scheduled run. */
export function scheduled(more: Partial<RunSummary> = {}): RunSummary {
  const rest = { source: "schedule", method: "", path: "Daily", status: undefined, outcome: "processed" } as const;
  return { ...request(), id: "event-1", ...rest, ...more };
}

/** A line that the function writes in that request. */
export function logLine(message: string, fields: LogLine["fields"] = {}, more: Partial<LogLine> = {}): LogLine {
  const isJson = Object.keys(fields).length > 0;
  const raw = isJson ? JSON.stringify({ level: "INFO", message, ...fields }) : message;
  const runId = "JKJaXmPLvHcESHA=";
  return {
    number: 1,
    time: NOON,
    level: "INFO",
    message,
    raw,
    fields,
    runId,
    requestId: "lambda-1",
    functionName: "Function",
    isReport: false,
    ...more,
  };
}

/** Lambda's report, which ends a try. */
export function report(more: Partial<LogLine> = {}): LogLine {
  return logLine("REPORT RequestId: lambda-1", {}, { isReport: true, ...more });
}

/** Without colours. */
export function plain(text: string): string {
  return stripVTControlCharacters(text);
}

/** The control characters in a text, but those of colours and line breaks. */
export function controlCharacters(text: string): string[] {
  const withoutColours = text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g"), "");
  return withoutColours.match(/[^\P{Cc}\n]|\p{Cf}/gu) ?? [];
}
