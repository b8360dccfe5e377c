import pc from "picocolors";
import { cutMiddle, printable } from "../../cli/printable";
import type { RunSummary } from "../run";
import { renderTime, terminalWidth } from "./layout";

/** So many characters of a long path are shown, whatever else is in the line. */
const MIN_PATH = 24;

/** How many characters of an id distinguish it in practice. */
const SHORT_ID = 8;

const OUTCOMES = { running: "…", processed: "ok", refused: "refused", failed: "failed" };

/** A run's status or outcome. */
export function statusOf({ status, outcome }: RunSummary): string {
  return status === undefined ? OUTCOMES[outcome] : String(status);
}

/** Colours a text by a run's outcome. */
export function paintOutcome({ outcome }: RunSummary, text: string): string {
  const paint = { running: pc.dim, processed: pc.green, refused: pc.yellow, failed: pc.red }[outcome];
  return paint(text);
}

/** A request's method, or what else made the function run. */
export function methodOf({ source, method }: RunSummary): string {
  return source === "request" ? printable(method) : source;
}

/** The beginning of an id, with which npm run local finds the run. */
export function shortId(id: string): string {
  return printable(id.slice(0, SHORT_ID));
}

/** Renders a run as a line: time, status, method, path, milliseconds and, if it failed, why. */
export function renderRun(run: RunSummary, width = terminalWidth()): string {
  const head = `${renderTime(run.time)}  `;
  const status = statusOf(run).padEnd(7);
  const method = ` ${methodOf(run).padEnd(8)} `;
  const notes = notesOf(run).join("  ");
  const path = printable(run.path);
  const error = printable(run.error ?? "");
  const room = width - head.length - status.length - method.length - (notes ? notes.length + 2 : 0);
  const shownPath = cutMiddle(path, Math.max(MIN_PATH, error ? room - error.length - 2 : room));
  const shownError = cutMiddle(error, Math.max(0, room - shownPath.length - 2));
  const parts = [shownPath, pc.dim(notes), paintOutcome(run, shownError)].filter(Boolean);
  return pc.dim(head) + paintOutcome(run, status) + method + parts.join("  ");
}

function notesOf({ outcome, milliseconds, isColdStart, attempts, isDeadLetter, replayOf }: RunSummary): string[] {
  const notes = [
    milliseconds === undefined ? "" : `${milliseconds.toFixed(0)} ms`,
    isColdStart ? "cold start" : "",
    attempts > 1 && outcome !== "running" ? `${attempts} tries` : "",
    isDeadLetter ? "dead letter" : "",
    replayOf ? `replay of ${shortId(replayOf)}` : "",
  ];
  return notes.filter(Boolean);
}
