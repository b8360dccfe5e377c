import pc from "picocolors";
import type { ArchivedLog, Item, RequestSummary, ScheduleRun } from "./system";

const BODY_WIDTH = 60;

/** A line for a request: time, method, path, status, milliseconds. */
export function renderRequest({ time, method, path, status, milliseconds }: RequestSummary): string {
  const clock = new Date(time).toTimeString().slice(0, 8);
  const color = status >= 500 ? pc.red : status >= 400 ? pc.yellow : pc.green;
  return `${pc.dim(clock)}  ${method.padEnd(7)} ${printable(path)}  ${color(String(status))}  ${pc.dim(`${milliseconds.toFixed(0)} ms`)}`;
}

/** A line for each item, newest first. */
export function renderItems(items: readonly Item[]): string {
  if (items.length === 0) return "No items yet.";
  return items
    .map(({ Timestamp, Method, Path, Body, RequestId }) => {
      const body = printable(String(Body));
      const shown = body.length > BODY_WIDTH ? `${body.slice(0, BODY_WIDTH)}…` : body;
      return `${pc.dim(`${Timestamp}`)}  ${`${Method}`.padEnd(9)} ${printable(`${Path}`)}  ${shown}  ${pc.dim(`${RequestId}`)}`;
    })
    .join("\n");
}

/** The archived log lines, newest first, and where they are. */
export function renderArchivedLog({ objects, lines }: ArchivedLog): string {
  if (!objects[0]) return "No log objects yet.";
  return `${lines.map(printable).join("\n")}\n${pc.dim(`Newest object: ${objects[0].key}`)}`;
}

/** What came of firing the schedule. */
export function renderScheduleRun({ eventId, outcome, error }: ScheduleRun): string {
  const color = outcome === "processed" ? pc.green : pc.red;
  return `Scheduled event ${eventId}: ${color(outcome)}${error ? ` (${printable(error)})` : ""}`;
}

/** What came from outside must not steer the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "�");
}
