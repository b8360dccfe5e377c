import pc from "picocolors";
import { DEFAULT_PORT } from "../cli/options";
import { printable } from "../cli/printable";
import type { RunSummary } from "./run";
import type { ArchivedLog, Item, ScheduleRun } from "./system";

const BODY_WIDTH = 60;

/** Renders a request as a line: time, method, path, status, milliseconds. */
export function renderRequest({ time, method, path, status = 0, milliseconds = 0 }: RunSummary): string {
  const clock = new Date(time).toTimeString().slice(0, 8);
  const color = status >= 500 ? pc.red : status >= 400 ? pc.yellow : pc.green;
  return `${pc.dim(clock)}  ${method.padEnd(7)} ${printable(path)}  ${color(String(status))}  ${pc.dim(`${milliseconds.toFixed(0)} ms`)}`;
}

/** Renders each item as a line. */
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

/** Renders the archived log lines and the newest object's name. */
export function renderArchivedLog({ objects, lines }: ArchivedLog): string {
  if (!objects[0]) return "No log objects yet.";
  return `${lines.map(printable).join("\n")}\n${pc.dim(`Newest object: ${objects[0].key}`)}`;
}

/** Renders the outcome of a scheduled run. */
export function renderScheduleRun({ eventId, outcome, error }: ScheduleRun): string {
  const color = outcome === "processed" ? pc.green : pc.red;
  return `Scheduled event ${eventId}: ${color(outcome)}${error ? ` (${printable(error)})` : ""}`;
}

/**
 * Renders the addresses of a started system and the next steps.
 *
 * @param terraform its name after the environment script
 */
export function renderStarted(
  urls: { readonly api: string; readonly console: string },
  environmentScript: string,
  terraform: string,
  stackFolder: string,
  outputs: object,
): string {
  const { api, console } = urls;
  const port = Number(new URL(console).port);
  const portOption = port === DEFAULT_PORT + 1 ? "" : ` --console-port ${port}`;
  return [
    `\n${pc.bold("The API answers at")} ${pc.cyan(api)}`,
    `  curl -H 'content-type: application/json' -d '{"hello": "world"}' ${api}/orders`,
    `\n${pc.bold("The console is at")}  ${pc.cyan(console)}  ${pc.dim("runs with log and trace, replay, dead letters, metrics, alarms")}`,
    `\n${pc.bold("From another terminal")}`,
    `  npm run --silent local -- schedule${portOption}  ${pc.dim("# fires the schedule; also: items, logs")}`,
    `  . ${environmentScript}  ${pc.dim("# AWS is the emulator there, for the AWS CLI, SDKs and Terraform")}`,
    `  ${terraform} -chdir=${stackFolder} plan  ${pc.dim("# no changes, until a file in lambda-src is saved")}`,
    `\n${pc.bold("Deployed")} ${pc.dim("(the outputs, as on AWS)")}`,
    ...Object.entries(outputs).map(([name, value]) => `  ${name.padEnd(22)} ${value}`),
    "\nSaving a file in lambda-src updates the function.",
  ].join("\n");
}
