import { setTimeout } from "node:timers/promises";
import { parseJson } from "@local/command-line/text/json";
import { isThrottle } from "../function/asynchronous-invocation";
import { describeError, type Outcome } from "../function/function-process";
import { InvokeError } from "../function/invocation";
import type { Faults } from "./emulator-source";
import type { Delivery } from "./event-source";

/** Waits 1, 2, 4... seconds before a retry, or until the signal. */
export async function waitBeforeRetry(retry: number, maxSeconds: number, signal: AbortSignal): Promise<void> {
  const seconds = Math.min(2 ** Math.min(retry, 30), maxSeconds);
  await setTimeout(seconds * 1000, undefined, { signal }).catch(() => {});
}

/** Repeats work until the signal. Reports a failure, and waits longer after each further one. */
export async function repeatUntil(signal: AbortSignal, faults: Faults, work: () => Promise<void>): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await work();
      failures = 0;
      faults.clear();
    } catch (error) {
      if (signal.aborted) return;
      faults.report(error);
      await waitBeforeRetry(failures, 30, signal);
      failures += 1;
    }
  }
}

interface Attempt {
  readonly invoke: (delivery: Delivery) => Promise<Outcome>;
  readonly signal: AbortSignal;
  /** The time until which the event waits for the function's concurrency. */
  readonly until?: number;
}

/** Invokes the function. Returns undefined if the source ends before the function has handled the event. */
export async function invokeWhenFree(delivery: Delivery, attempt: Attempt): Promise<Outcome | undefined> {
  const { invoke, signal, until = Infinity } = attempt;
  for (let retry = 0; !signal.aborted; retry += 1) {
    try {
      const outcome = await invoke(delivery);
      // The system may have ended the function, too.
      return signal.aborted && outcome.isError ? undefined : outcome;
    } catch (error) {
      const { name, message } = error as Error;
      if (error instanceof InvokeError && name === "ServiceException") return undefined;
      if (!isThrottle(error) || Date.now() >= until) {
        return { payload: JSON.stringify({ errorType: name, errorMessage: message }), isError: true };
      }
      await waitBeforeRetry(retry, 10, signal);
    }
  }
  return undefined;
}

export const FAILED_RECORDS = "The function's answer reports failed records.";

/** The reason of a failure, as a line. */
export function describeFailure({ payload, isError }: Outcome): string {
  return isError ? describeError(JSON.parse(payload)) : FAILED_RECORDS;
}

/**
 * Reads the ids of the records that failed out of the function's answer. A malformed answer, and an id that is not among
 * `ids`, mean all of them.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 *
 * @param reportsItems whether the mapping has ReportBatchItemFailures
 */
export function findFailed({ payload, isError }: Outcome, ids: readonly string[], reportsItems: boolean): Set<string> {
  const all = new Set(ids);
  if (isError) return all;
  if (!reportsItems || payload === "" || payload === "null") return new Set();
  const answer = parseJson(payload);
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return all;
  const { batchItemFailures: failures = null } = answer as { readonly batchItemFailures?: unknown };
  if (failures === null) return new Set();
  if (!Array.isArray(failures)) return all;
  const failed: unknown[] = failures.map((failure) => failure?.itemIdentifier);
  return failed.every((id) => typeof id === "string" && all.has(id)) ? new Set(failed as string[]) : all;
}
