import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { jsonOrText } from "@local/command-line/text/json";
import { UserError } from "@local/command-line/user-error";
import type { Item, Run, RunSummary } from "../runs/run";
import {
  type ArchivedLog,
  type InvokeResult,
  KEPT,
  MAX_LISTED,
  type ScheduleRun,
  type SystemSummary,
  type TestAnswer,
} from "../system/running-system";
import { Feed } from "../terminal/feed";
import { renderRunWithId } from "../terminal/run-line";
import { renderOutcome, renderRunPage } from "../terminal/run-page";
import { renderArchivedLog, renderItems, renderRuns } from "../terminal/tables";
import type { ConsoleClient } from "./console-client";

export interface SubcommandContext {
  readonly client: ConsoleClient;
  /** The argument after the subcommand's name; empty without one. */
  readonly argument: string;
  readonly limit: number;
  readonly isJson: boolean;
  readonly print: (text: string) => void;
}

export interface Subcommand {
  /** The argument's name, such as `<id>`; undefined if the subcommand takes none. */
  readonly takes?: string;
  readonly maxLimit?: number;
  /** Returns the exit code. */
  readonly run: (context: SubcommandContext) => Promise<number>;
}

/** The subcommands of `npm run local`, by name. */
export const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  requests: { maxLimit: KEPT, run: showRuns },
  show: { takes: "<id>", run: showRun },
  replay: { takes: "<id>", run: replay },
  invoke: { takes: "<event.json>", run: invoke },
  tail: { run: tail },
  schedule: { run: fireSchedule },
  items: { maxLimit: MAX_LISTED, run: showItems },
  logs: { maxLimit: MAX_LISTED, run: showLogs },
};

async function showRuns({ client, limit, ...output }: SubcommandContext): Promise<number> {
  show(output, await client.get<RunSummary[]>(`/api/runs?limit=${limit}`), renderRuns);
  return 0;
}

async function showRun({ client, argument, ...output }: SubcommandContext): Promise<number> {
  show(output, await readRun(client, await client.findRun(argument)), renderRunPage);
  return 0;
}

async function replay({ client, argument, ...output }: SubcommandContext): Promise<number> {
  const id = await client.findRun(argument);
  const result = await client.post<TestAnswer | ScheduleRun | InvokeResult>(
    `/api/runs/${encodeURIComponent(id)}/replay`,
  );
  const run = await readRun(client, "runId" in result ? result.runId : result.requestId);
  show(output, run, renderOutcome);
  return exitCodeOf(run);
}

async function invoke({ client, argument, ...output }: SubcommandContext): Promise<number> {
  const result = await client.post<InvokeResult>("/api/invocations", await readEvent(argument));
  const run = await readRun(client, result.runId);
  show(output, { ...result, result: jsonOrText(result.result) }, () => renderOutcome(run));
  return exitCodeOf(run);
}

async function tail({ client, isJson, print }: SubcommandContext): Promise<number> {
  const feed = new Feed(print);
  console.error(`Following ${client.url}; Ctrl-C ends this.`);
  for await (const change of client.changes()) {
    if (isJson) print(JSON.stringify(change));
    else feed.take(change);
  }
  feed.stop();
  throw new UserError("npm start has ended, or cut off the connection.");
}

async function fireSchedule({ client, ...output }: SubcommandContext): Promise<number> {
  const result = await client.post<ScheduleRun>("/api/schedule");
  if (result.notice) console.error(result.notice);
  const run = await readRun(client, result.runId);
  show(output, result, () => (run.outcome === "processed" ? renderRunWithId(run) : renderOutcome(run)));
  return exitCodeOf(run);
}

async function showItems({ client, limit, ...output }: SubcommandContext): Promise<number> {
  show(output, await client.get<Item[]>(`/api/items?limit=${limit}`), renderItems);
  return 0;
}

async function showLogs({ client, limit, ...output }: SubcommandContext): Promise<number> {
  const log = await client.get<ArchivedLog>(`/api/archived-log?limit=${limit}`);
  const summary = await client.get<SystemSummary>("/api/summary");
  // The runs explain an empty archive.
  const runs = log.objects.length > 0 ? [] : await client.get<RunSummary[]>(`/api/runs?limit=${KEPT}`);
  show(output, log, () => renderArchivedLog(log, summary, runs));
  return 0;
}

function show<T>(
  { isJson, print }: Pick<SubcommandContext, "isJson" | "print">,
  value: T,
  render: (value: T) => string,
): void {
  print(isJson ? JSON.stringify(value, null, 2) : render(value));
}

async function readRun(client: ConsoleClient, id: string): Promise<Run> {
  return client.get<Run>(`/api/runs/${encodeURIComponent(id)}`);
}

function exitCodeOf({ outcome }: RunSummary): number {
  return outcome === "processed" ? 0 : 1;
}

async function readEvent(file: string): Promise<string> {
  // npm changes the working directory.
  const path = resolve(process.env.INIT_CWD ?? "", file);
  const event = file === "-" ? await text(process.stdin) : await readFile(path, "utf8").catch(toUserError);
  try {
    JSON.parse(event);
    return event;
  } catch (error) {
    throw new UserError(`${file === "-" ? "Standard input" : file} is no JSON: ${(error as Error).message}`);
  }
}

function toUserError({ message }: Error): never {
  throw new UserError(`The event cannot be read: ${message}`);
}
