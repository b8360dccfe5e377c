import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { jsonOrText } from "@local/command-line/text/json";
import { UserError } from "@local/command-line/user-error";
import { findByName } from "../inventory/find-by-name";
import type { Item, Run, RunSummary } from "../runs/run";
import {
  type ArchivedLog,
  type InvokeResult,
  KEPT,
  MAX_LISTED,
  type QueueMessage,
  type ScheduleRun,
  type SystemSummary,
  type TestAnswer,
} from "../system/running-system";
import { Feed } from "../terminal/feed";
import { renderFunctions, renderMessages, renderQueues } from "../terminal/resources";
import { renderRunWithId } from "../terminal/run-line";
import { renderOutcome, renderRunPage } from "../terminal/run-page";
import { renderArchivedLog, renderItems, renderRuns } from "../terminal/tables";
import type { ConsoleClient } from "./console-client";

export interface SubcommandContext {
  readonly client: ConsoleClient;
  /** The arguments after the subcommand's name. */
  readonly args: readonly string[];
  /** The value of the subcommand's own option; empty without it. */
  readonly option: string;
  readonly limit: number;
  readonly isJson: boolean;
  /** Claims of a token, each `name=value`. */
  readonly claims: readonly string[];
  readonly print: (text: string) => void;
}

export interface Subcommand {
  /** The arguments, such as `<id>`, or `[name]` for one that may be left out; undefined if the subcommand takes none. */
  readonly takes?: string;
  /** An option that only this subcommand takes. */
  readonly option?: "function" | "table";
  readonly maxLimit?: number;
  /** Returns the exit code. */
  readonly run: (context: SubcommandContext) => Promise<number>;
}

interface Named {
  readonly name: string;
  readonly address: string;
}

/** The subcommands of `npm run local`, by name. */
export const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  requests: { maxLimit: KEPT, run: showRuns },
  show: { takes: "<id>", run: showRun },
  replay: { takes: "<id>", run: replay },
  invoke: { takes: "<event.json>", option: "function", run: invoke },
  tail: { run: tail },
  schedule: { takes: "[name]", run: fireSchedule },
  functions: { run: showFunctions },
  queues: { takes: "[name]", maxLimit: MAX_LISTED, run: showQueues },
  send: { takes: "<queue> <body>", run: sendMessage },
  items: { option: "table", maxLimit: MAX_LISTED, run: showItems },
  logs: { maxLimit: MAX_LISTED, run: showLogs },
  token: { run: issueToken },
};

async function showRuns({ client, limit, ...output }: SubcommandContext): Promise<number> {
  show(output, await client.get<RunSummary[]>(`/api/runs?limit=${limit}`), renderRuns);
  return 0;
}

async function showRun({ client, args: [id = ""], ...output }: SubcommandContext): Promise<number> {
  show(output, await readRun(client, await client.findRun(id)), renderRunPage);
  return 0;
}

async function replay({ client, args: [beginning = ""], ...output }: SubcommandContext): Promise<number> {
  const id = await client.findRun(beginning);
  const result = await client.post<TestAnswer | ScheduleRun | InvokeResult>(
    `/api/runs/${encodeURIComponent(id)}/replay`,
  );
  const run = await readRun(client, "runId" in result ? result.runId : result.requestId);
  show(output, run, renderOutcome);
  return exitCodeOf(run);
}

async function invoke({ client, args: [file = ""], option, ...output }: SubcommandContext): Promise<number> {
  const event = await readEvent(file);
  const name = chooseOne("function", await readSummary(client), option, "--function <name>");
  const result = await client.post<InvokeResult>(`/api/functions/${encodeURIComponent(name)}/invocations`, event);
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

async function fireSchedule({ client, args: [given = ""], ...output }: SubcommandContext): Promise<number> {
  const name = chooseOne("schedule", await readSummary(client), given, "schedule <name>");
  const results = await client.post<ScheduleRun[]>(`/api/schedules/${encodeURIComponent(name)}`);
  for (const notice of new Set(results.map((result) => result.notice))) if (notice) console.error(notice);
  if (results.length === 0) console.error(`${name} has no function; npm start shows which targets got its event.`);
  const runs = await Promise.all(results.map(({ runId }) => readRun(client, runId)));
  const render = (run: Run) => (run.outcome === "processed" ? renderRunWithId(run) : renderOutcome(run));
  show(output, results, () => runs.map(render).join("\n"));
  return Math.max(0, ...runs.map(exitCodeOf));
}

async function showFunctions({ client, ...output }: SubcommandContext): Promise<number> {
  const { functions } = await readSummary(client);
  show(output, functions, renderFunctions);
  return 0;
}

async function showQueues({ client, args: [given], limit, ...output }: SubcommandContext): Promise<number> {
  const summary = await readSummary(client);
  if (given === undefined && summary.queues.length > 0) {
    show(output, summary.queues, renderQueues);
    return 0;
  }
  const path = messagesOf(chooseOne("queue", summary, given ?? "", "queues <name>"));
  show(output, await client.get<QueueMessage[]>(`${path}?limit=${limit}`), renderMessages);
  return 0;
}

async function sendMessage({ client, args: [given = "", body = ""], ...output }: SubcommandContext): Promise<number> {
  const queue = chooseOne("queue", await readSummary(client), given, "send <queue> <body>");
  const message = body === "-" ? await text(process.stdin) : body;
  const sent = await client.post<{ readonly id: string }>(messagesOf(queue), JSON.stringify({ body: message }));
  show(output, sent, ({ id }) => `Sent to ${queue}: message ${id}.`);
  return 0;
}

async function showItems({ client, option, limit, ...output }: SubcommandContext): Promise<number> {
  const summary = await readSummary(client);
  const name = chooseOne("table", summary, option, "--table <name>");
  const { keys = [] } = summary.tables.find((table) => table.name === name) ?? {};
  const items = await client.get<Item[]>(`/api/tables/${encodeURIComponent(name)}/items?limit=${limit}`);
  show(output, items, () => renderItems(items, keys));
  return 0;
}

/**
 * Returns the name of the thing with a name or Terraform address, or of the only thing if that is empty.
 *
 * @param how the way to name one, such as `--table <name>`
 */
function chooseOne(
  kind: "function" | "queue" | "schedule" | "table",
  summary: SystemSummary,
  given: string,
  how: string,
): string {
  const things: readonly Named[] = summary[`${kind}s`];
  const isApplying = summary.stacks?.kind === "applying";
  if (given || things.length < 2) return findByName(things, given, kind, isApplying).name;
  throw new UserError(`Choose a ${kind} with ${how}: ${things.map(({ name }) => name).join(", ")}.`);
}

function messagesOf(queue: string): string {
  return `/api/queues/${encodeURIComponent(queue)}/messages`;
}

async function showLogs({ client, limit, ...output }: SubcommandContext): Promise<number> {
  const log = await client.get<ArchivedLog>(`/api/archived-log?limit=${limit}`);
  const summary = await readSummary(client);
  // The runs explain an empty archive.
  const runs = log.objects.length > 0 ? [] : await client.get<RunSummary[]>(`/api/runs?limit=${KEPT}`);
  show(output, log, () => renderArchivedLog(log, summary, runs));
  return 0;
}

/** Prints the token alone, so that a command can use it. */
async function issueToken({ client, claims, ...output }: SubcommandContext): Promise<number> {
  const body = JSON.stringify(Object.fromEntries(claims.map(parseClaim)));
  const result = await client.post<{ readonly token: string }>("/api/tokens", body);
  console.error("Valid for an hour, at the API of this npm start only, in the header authorization: Bearer <token>");
  show(output, result, ({ token }) => token);
  return 0;
}

/** Reads a claim. Its value is JSON or, if it is none, text. */
function parseClaim(text: string): readonly [string, unknown] {
  const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (!name) throw new UserError(`--claim is ${text}; use name=value, such as scope=orders.`);
  return [name, jsonOrText(value)];
}

function show<T>(
  { isJson, print }: Pick<SubcommandContext, "isJson" | "print">,
  value: T,
  render: (value: T) => string,
): void {
  print(isJson ? JSON.stringify(value, null, 2) : render(value));
}

function readSummary(client: ConsoleClient): Promise<SystemSummary> {
  return client.get("/api/summary");
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
