import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** What bootstrap.py writes for a line break within a log event. */
const BREAK = "\u001e";

/**
 * Reads log events from a function's output, as Lambda does: one for each line, or several lines that the runtime wrote as
 * one event. Unlike `readline`, takes nothing but a line feed for a line's end.
 */
export function readLogEvents(output: Readable, onEvent: (event: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  output.on("data", (chunk: Buffer) => {
    const [first = "", ...others] = decoder.write(chunk).split("\n");
    const lines = [rest + first, ...others];
    rest = lines.pop() ?? "";
    for (const line of lines) onEvent(line.replaceAll(BREAK, "\n"));
  });
  output.on("end", () => {
    if (rest) onEvent(rest.replaceAll(BREAK, "\n"));
  });
}
