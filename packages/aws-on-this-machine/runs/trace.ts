import { join, relative, resolve } from "node:path";
import type { Code } from "../function/invocation";
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
