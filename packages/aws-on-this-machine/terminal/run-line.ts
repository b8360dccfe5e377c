import { cutMiddle, printable } from "@local/command-line/printable";
import pc from "picocolors";
import stringWidth from "string-width";
import type { RunSummary } from "../runs/run";
import { INDENT, renderTime, terminalWidth } from "./layout";

/** The minimum length of a long path, in characters. */
const MIN_PATH = 24;

/** A shorter beginning and end of a reason are useless. */
const MIN_REASON = 20;

/** The number of characters that distinguish an id in practice. */
const SHORT_ID = 8;

const OUTCOMES = { running: "…", processed: "ok", refused: "refused", failed: "failed" };

export function statusOf({ status, outcome }: RunSummary): string {
  return status === undefined ? OUTCOMES[outcome] : String(status);
}

export function paintOutcome({ outcome }: RunSummary, text: string): string {
  const paint = { running: pc.dim, processed: pc.green, refused: pc.yellow, failed: pc.red }[outcome];
  return paint(text);
}

export function methodOf({ source, method }: RunSummary): string {
  return source === "request" ? printable(method) : source;
}

/** The beginning of an id, with which npm run local finds the run. */
export function shortId(id: string): string {
  return printable(id.slice(0, SHORT_ID));
}

/**
 * Renders a run as a line: time, status, method, path, milliseconds and, if it was not processed, its id and the
 * reason. A reason with too little room follows in a line of its own.
 *
 * @param showsFunction whether the line names the function
 * @param times the number of runs so far that failed in the same way
 */
export function renderRun(run: RunSummary, width = terminalWidth(), showsFunction = false, times = 1): string {
  const isUnprocessed = run.outcome === "refused" || run.outcome === "failed";
  const ownName = showsFunction ? printable(run.functionName ?? "") : "";
  return renderLine(run, isUnprocessed ? shortId(run.id) : "", width, ownName, times);
}

export function renderRunWithId(run: RunSummary, width = terminalWidth()): string {
  return renderLine(run, shortId(run.id), width);
}

function renderLine(run: RunSummary, id: string, width: number, functionName = "", times = 1): string {
  const head = `${renderTime(run.time)}  `;
  const status = statusOf(run).padEnd(7);
  const method = ` ${methodOf(run).padEnd(8)} `;
  const error = printable(run.error ?? "");
  const line = (notes: string, reason: string) => {
    const tail = notes && `  ${notes}`;
    const room = width - stringWidth(`${head}${status}${method}${tail}`);
    const path = cutMiddle(
      printable(run.address ?? run.path),
      Math.max(MIN_PATH, reason ? room - stringWidth(reason) - 2 : room),
    );
    const begin = `${pc.dim(head)}${paintOutcome(run, status)}${method}${path}${tail && pc.dim(tail)}`;
    return { begin, reasonRoom: room - stringWidth(path) - 2 };
  };
  const { begin, reasonRoom } = line(notesOf(run, id, functionName, times), error);
  if (!error) return begin;
  if (reasonRoom >= Math.min(MIN_REASON, stringWidth(error))) {
    return `${begin}  ${paintOutcome(run, cutMiddle(error, reasonRoom))}`;
  }
  const room = width - INDENT.length - id.length - 2;
  return `${line(notesOf(run, "", functionName, times), "").begin}\n${INDENT}${pc.dim(id)}  ${paintOutcome(run, cutMiddle(error, room))}`;
}

function notesOf(run: RunSummary, id: string, functionName: string, times: number): string {
  const { outcome, version, milliseconds, isColdStart, attempts, isDeadLetter, replayOf } = run;
  const notes = [
    functionName,
    version === undefined ? "" : `version ${version}`,
    milliseconds === undefined ? "" : `${milliseconds.toFixed(0)} ms`,
    id,
    attempts > 1 && outcome !== "running" ? `${attempts} tries` : "",
    isDeadLetter ? "dead letter" : "",
    // The time of several tries tells little of a single one.
    isColdStart && attempts < 2 ? "cold start" : "",
    times > 1 ? `${times} times` : "",
    replayOf ? `replay of ${shortId(replayOf)}` : "",
  ];
  return notes.filter(Boolean).join("  ");
}
