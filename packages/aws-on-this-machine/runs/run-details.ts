import type { InvocationRecord } from "../function/invocation";
import { readLogLine } from "./log-line";
import type { AwsCall, Invocation, Run, RunRequest, RunSummary, StoredItem } from "./run";
import type { RunRecord } from "./run-record";
import { findError, traceError } from "./traced-error";

/** The AWS calls of a run, and the items that they have written. */
export interface Written {
  readonly calls?: readonly AwsCall[];
  readonly items: readonly StoredItem[];
}

/** A run in the tables and in the log archive. */
export interface StoredRun extends Written {
  readonly archivedIn: string | undefined;
  readonly lookupError?: string;
}

/** Looks up a run in both places. A failed lookup must not hide the rest of the run, which may explain it. */
export async function readStored(
  written: Promise<Written>,
  archivedIn: Promise<string | undefined>,
): Promise<StoredRun> {
  let lookupError: string | undefined;
  const failed = (error: Error) => {
    lookupError ??= error.message;
    return undefined;
  };
  const [found = { items: [] }, foundIn] = await Promise.all([written.catch(failed), archivedIn.catch(failed)]);
  return { ...found, archivedIn: foundIn, lookupError };
}

export async function describeRun(
  record: RunRecord,
  summary: RunSummary,
  { calls, items, archivedIn, lookupError }: StoredRun,
): Promise<Run> {
  const { request, answer, event, accessLog, outcome } = record;
  const invocations = record.invocations.map((each) => describeInvocation(each, outcome));
  return {
    ...summary,
    request: request && {
      method: request.method,
      target: request.target,
      headers: readHeaders(request.rawHeaders),
      body: request.body.describe(),
    },
    event,
    answer: answer && { status: answer.status, headers: joinValues(answer.headers), body: answer.body.describe() },
    invocations: await Promise.all(invocations),
    accessLog,
    archivedIn,
    calls,
    items,
    lookupError,
    isCut: record.isCut || record.invocations.some(({ log }) => log.isCut),
  };
}

async function describeInvocation(invocation: InvocationRecord, outcome: RunSummary["outcome"]): Promise<Invocation> {
  const { owner, version, time, waitMs, initMs, durationMs, usedMemoryMb, memoryMb, log, code } = invocation;
  // A function may log an error with its trace, and still succeed.
  const error = outcome === "processed" && !invocation.outcome?.isError ? undefined : findError(invocation);
  return {
    requestId: owner.requestId,
    version,
    time,
    waitMs,
    initMs,
    durationMs,
    usedMemoryMb,
    memoryMb,
    result: invocation.outcome?.payload ?? "",
    error: error && (await traceError(error, code)),
    log: log.entries.map(readLogLine),
  };
}

/** The headers in their order. Their values are bytes, usually of UTF-8. */
function readHeaders(rawHeaders: readonly string[]): RunRequest["headers"] {
  const text = (latin1 = "") => Buffer.from(latin1, "latin1").toString("utf8");
  return Array.from({ length: rawHeaders.length / 2 }, (_each, index) => [
    rawHeaders[2 * index] ?? "",
    text(rawHeaders[2 * index + 1]),
  ]);
}

function joinValues(headers: Readonly<Record<string, string | string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]));
}
