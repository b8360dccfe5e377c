import { join, relative, resolve } from "node:path";
import type { Code } from "../function/invocation";
import { entriesOf, type LogEvent, TRACE_HEADER } from "../function/log-events";
import type { Frame } from "./run";

/** A place in the function's code. The file is relative to the code's folder. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  /** The line as the trace has it. */
  readonly code?: string;
}

/** An entry of Python's trace. That of a syntax error has no function, and in Lambda's format no comma. */
const ENTRY = /^\s*File "(.+)",? [Ll]ine (\d+)(?:, in (.+))?(?:\n\s*(.+))?/;

/** Returns only places in the function's own code, because a trace could name any file. */
export function placesOf(stackTrace: unknown, { folder }: Code): Place[] {
  const entries = Array.isArray(stackTrace) ? stackTrace : [];
  return entries.flatMap((entry) => {
    const [, path, line, name = "<module>", code] = ENTRY.exec(String(entry)) ?? [];
    const file = path ? relative(folder, resolve(folder, path)) : "";
    return file && !file.startsWith("..") ? [{ file, line: Number(line), function: name, code }] : [];
  });
}

/** The places with the one line of code that the trace has of each. */
export function framesOf(places: readonly Place[], { source }: Code): Frame[] {
  return places.map(({ file, line, function: name, code }) => ({
    file: join(source, file),
    line,
    function: name,
    source: code ? { firstLine: line, lines: [code] } : undefined,
  }));
}

/** An error with its trace that a function logs as text. */
export interface WrittenError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stackTrace: readonly string[];
  /** The function's message with the error, else the error itself. */
  readonly message: string;
}

/** Reads an error that a function prints, or that Lambda's text format has; undefined if the event has none. */
export function readWrittenError({ raw, stackTrace }: LogEvent): WrittenError | undefined {
  if (stackTrace) return errorOf(raw, stackTrace);
  // The last of chained errors is the one that was caught.
  const [head = "", ...traces] = raw.split(`\n${TRACE_HEADER}\n`);
  const trace = traces.at(-1);
  if (trace === undefined) return undefined;
  const message = head.replace(/^\[[A-Z]+\](\t[^\t]*\t[^\t]*\t| )/, "");
  // Lambda keeps the indentation by other spaces.
  const lines = trace.replaceAll("\u00a0", " ").split("\n");
  const last = lines.findIndex((line) => /^\S/.test(line));
  if (last < 0) return errorOf(message, entriesOf(lines));
  return { ...errorOf(lines.slice(last).join("\n"), entriesOf(lines.slice(0, last))), message };
}

function errorOf(message: string, stackTrace: readonly string[]): WrittenError {
  const [, errorType = "", errorMessage = ""] = /^([^:\s]+)(?:: (.*))?$/s.exec(message) ?? [];
  return { errorType, errorMessage: errorType ? errorMessage : message, stackTrace, message };
}
