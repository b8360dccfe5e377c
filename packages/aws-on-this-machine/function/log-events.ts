import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** bootstrap.py writes this for a line break within a log event. */
const BREAK = "\u001e";

/** The first line of Python's traces. */
export const TRACE_HEADER = "Traceback (most recent call last):";

/** Longer than the traces that Python prints. */
const MAX_TRACE_LINES = 5000;

export interface LogEvent {
  /** The function's text, unchanged; may have several lines. */
  readonly raw: string;
  /** Whether it is a line of a trace before the line that names the error. */
  readonly isTrace?: boolean;
  /** The entries of the trace before this line, which names the error. */
  readonly stackTrace?: readonly string[];
}

/**
 * Reads log events from a function's output, as Lambda does: one for each line, or several lines that the runtime wrote as
 * one event. Only a line feed ends a line, unlike in `readline`.
 */
export function readLogEvents(output: Readable, onEvent: (event: LogEvent) => void): void {
  const decoder = new StringDecoder("utf8");
  const traces = new Traces();
  const take = (line: string) => onEvent(traces.read(line.replaceAll(BREAK, "\n")));
  let rest = "";
  output.on("data", (chunk: Buffer) => {
    const [first = "", ...others] = decoder.write(chunk).split("\n");
    const lines = [rest + first, ...others];
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  output.on("end", () => {
    if (rest) take(rest);
  });
}

/** Finds the traces that a function prints, line by line, such as by `traceback.print_exc()`. */
class Traces {
  private lines: string[] | undefined;

  read(raw: string): LogEvent {
    const { lines } = this;
    const goesOn = lines && /^\s/.test(raw) && lines.length < MAX_TRACE_LINES;
    if (goesOn) lines.push(raw);
    else this.lines = raw === TRACE_HEADER ? [] : undefined;
    if (goesOn || this.lines) return { raw, isTrace: true };
    return lines && lines.length > 0 ? { raw, stackTrace: entriesOf(lines) } : { raw };
  }
}

/** Joins the lines of each entry of a trace: its place, and the code there. */
export function entriesOf(lines: readonly string[]): string[] {
  return lines
    .join("\n")
    .split(/\n(?=\s*File ")/)
    .filter((entry) => /^\s*File "/.test(entry));
}
