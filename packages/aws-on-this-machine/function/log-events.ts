import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** bootstrap.py writes this for a line break within a log event. */
const BREAK = "\u001e";

/**
 * Reads log events from a function's output, as Lambda does: one for each line, or several lines that the runtime wrote as
 * one event. Only a line feed ends a line, unlike in `readline`.
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
