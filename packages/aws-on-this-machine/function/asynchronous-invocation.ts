import { setTimeout } from "node:timers/promises";
import type { FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import { describeError, type Outcome } from "./function-process";
import { InvokeError } from "./invocation";

/** Lambda waits one minute before the first retry and two minutes before the second. Here, these are seconds. */
const RETRY_DELAYS_MS = [1000, 2000];

export interface AsynchronousInvocationProps {
  /** Lambda's request id, the same in each attempt. */
  readonly requestId: string;
  /** Invokes the function once. Throws InvokeError if Lambda refuses the event. */
  readonly invoke: (event: string) => Promise<Outcome>;
  /** With $LATEST, a version or an alias. */
  readonly functionArn: string;
  /** Sends a message to a destination, such as a queue. Resolves to whether the destination has it. */
  readonly send: (arn: string, message: string, attributes?: Readonly<Record<string, string>>) => Promise<boolean>;
  /** The function's configuration for asynchronous invocations, by default Lambda's. */
  readonly invokeConfig?: FunctionEventInvokeConfig;
  /** The ARN of the function's dead-letter queue or topic, which gets the event itself. */
  readonly deadLetterArn?: string;
}

/**
 * Invokes the function asynchronously, as Lambda does: retries a failure, and then sends a record of the result to the
 * destination for it. After a failure, returns its reason and the ARN that got the record or the event.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 *
 * @param event JSON, which the function and the record get unchanged
 */
export async function invokeAsynchronously(
  event: string,
  props: AsynchronousInvocationProps,
): Promise<{ readonly error?: string; readonly destination?: string }> {
  const { invoke, send, invokeConfig } = props;
  const retries = invokeConfig?.MaximumRetryAttempts ?? RETRY_DELAYS_MS.length;
  const onSuccess = invokeConfig?.DestinationConfig?.OnSuccess?.Destination;
  let attempts = 0;
  let last: Outcome | undefined;
  while (attempts <= retries) {
    if (attempts > 0) await setTimeout(RETRY_DELAYS_MS[attempts - 1]);
    const outcome = await invokeWhenFree(() => invoke(event));
    if (!outcome) break;
    last = outcome;
    attempts += 1;
    if (outcome.isError) continue;
    if (onSuccess) await send(onSuccess, makeRecord(event, "Success", attempts, last, props));
    return {};
  }
  return giveUp(event, attempts > retries ? "RetriesExhausted" : "ZeroReservedConcurrency", attempts, last, props);
}

async function giveUp(
  event: string,
  condition: string,
  attempts: number,
  last: Outcome | undefined,
  props: AsynchronousInvocationProps,
): Promise<{ readonly error: string; readonly destination?: string }> {
  const { requestId, send, invokeConfig, deadLetterArn } = props;
  const error = last ? describeError(JSON.parse(last.payload)) : condition;
  const destination = invokeConfig?.DestinationConfig?.OnFailure?.Destination;
  const isRecorded = destination && (await send(destination, makeRecord(event, condition, attempts, last, props)));
  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
  const attributes = { RequestID: requestId, ErrorCode: "200", ErrorMessage: error.slice(0, 1024) };
  const isKept = deadLetterArn && (await send(deadLetterArn, event, attributes));
  return { error, destination: isRecorded ? destination : isKept ? deadLetterArn : undefined };
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function makeRecord(
  event: string,
  condition: string,
  approximateInvokeCount: number,
  outcome: Outcome | undefined,
  { requestId, functionArn }: AsynchronousInvocationProps,
): string {
  const record = JSON.stringify({
    version: "1.0",
    timestamp: new Date().toISOString(),
    requestContext: { requestId, functionArn, condition, approximateInvokeCount },
    responseContext: {
      statusCode: 200,
      executedVersion: outcome?.version ?? "$LATEST",
      ...(outcome?.isError === false ? {} : { functionError: "Unhandled" }),
    },
  });
  // JSON.parse would round large numbers of the event and of the result.
  const payload = outcome ? `,"responsePayload":${outcome.payload}` : "";
  return `${record.slice(0, -1)}${payload},"requestPayload":${event}}`;
}

/**
 * Waits for free concurrency, as Lambda's queue does. A wait is no attempt. Returns undefined if the function has no
 * concurrency at all.
 */
async function invokeWhenFree(invoke: () => Promise<Outcome>): Promise<Outcome | undefined> {
  for (;;) {
    try {
      return await invoke();
    } catch (error) {
      if (!isThrottle(error)) throw error;
      if (error.isFinal) return undefined;
      await setTimeout(RETRY_DELAYS_MS[0]);
    }
  }
}

/** Whether Lambda refused an event because the function had no free concurrency. */
export function isThrottle(error: unknown): error is InvokeError {
  return error instanceof InvokeError && error.name === "TooManyRequestsException";
}
