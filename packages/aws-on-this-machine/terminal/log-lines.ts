import { join, relative } from "node:path";
import { cutMiddle, printable } from "@local/command-line/printable";
import { PROJECT_FOLDER } from "@local/command-line/project";
import pc from "picocolors";
import type { Frame, LogLine } from "../runs/run";
import { INDENT, printableLines, terminalWidth, wrap } from "./layout";

/** The fields of an error, which has lines of its own. */
const ERROR_FIELDS = new Set(["errorType", "errorMessage", "stackTrace", "location", "logger"]);

/** Renders the function's lines of one run. Shows the trace of an error once, even if several lines have it. */
export class LogLines {
  /** The innermost places of the shown traces. */
  private readonly shown = new Set<string>();

  constructor(private readonly width = terminalWidth()) {}

  leaveOut(frames: readonly Frame[]): void {
    this.shown.add(placeOf(frames.at(-1)));
  }

  render(line: LogLine): string[] {
    const { raw, level, message, fields, isTrace } = line;
    // The line that names the error shows the places.
    if (isTrace) return [];
    const isJson = Object.keys(fields).length > 0 || message !== raw;
    if (!isJson)
      return printableLines(raw)
        .split("\n")
        .map((each) => INDENT + pc.dim(each));
    const text = [messageOf(line), ...fieldsOf(line)].filter(Boolean).join("  ");
    const [first = "", ...others] = printableLines(text)
      .split("\n")
      .flatMap((each) => wrap(each, `${INDENT}${" ".repeat(7)}`, this.width));
    const head = INDENT + paintLevel(level, level.padEnd(7));
    const paint = level === "ERROR" || level === "WARN" ? (each: string) => each : pc.dim;
    return [head + paint(first.trimStart()), ...others.map(paint), ...this.trace(line)];
  }

  private trace({ frames = [], fields: { stackTrace } }: LogLine): string[] {
    const key = placeOf(frames.at(-1)) || JSON.stringify(stackTrace);
    if (!key || this.shown.has(key)) return [];
    this.shown.add(key);
    // Without a place in the function's own code, the text of the trace is shown.
    if (frames.length > 0) return renderFrames(frames, this.width);
    const entries = Array.isArray(stackTrace) ? stackTrace.map(String) : [];
    return printableLines(entries.join("\n").replace(/\n+/g, "\n").trimEnd())
      .split("\n")
      .map((each) => `${INDENT}  ${pc.dim(each)}`);
  }
}

/** Renders places in the function's code, each as a line with a path that terminals turn into a link. */
export function renderFrames(frames: readonly Frame[], width = terminalWidth()): string[] {
  const places = frames.map(placeOf);
  const longest = Math.max(...places.map(({ length }) => length));
  return frames.map(({ function: name, line, source }, index) => {
    const place = `${INDENT}  ${(places[index] ?? "").padEnd(longest)}`;
    const where = `  in ${printable(name)}  `;
    const code = printable(source?.lines[line - source.firstLine]?.trim() ?? "");
    const room = Math.max(0, width - place.length - where.length);
    return `${pc.cyan(place)}${pc.dim(where)}${cutMiddle(code, room)}`.trimEnd();
  });
}

/** A path from the working directory, with the line. */
function placeOf(frame: Frame | undefined): string {
  return frame ? printable(`${relative(process.cwd(), join(PROJECT_FOLDER, frame.file))}:${frame.line}`) : "";
}

function messageOf({ message, raw, fields: { errorType, errorMessage } }: LogLine): string {
  // A line without a message has its fields.
  if (message === raw && typeof errorType !== "string") return "";
  const error = [errorType, errorMessage].filter(Boolean).join(": ");
  return typeof errorType !== "string" || message.includes(errorType) ? message : `${message}: ${error}`;
}

function fieldsOf({ fields, runId, requestId }: LogLine): string[] {
  return Object.entries(fields)
    .filter(([name, value]) => !ERROR_FIELDS.has(name) && value !== runId && value !== requestId)
    .map(([name, value]) => `${name}=${renderValue(value)}`);
}

function renderValue(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function paintLevel(level: LogLine["level"], text: string): string {
  return { DEBUG: pc.dim, INFO: pc.dim, WARN: pc.yellow, ERROR: pc.red }[level](text);
}
