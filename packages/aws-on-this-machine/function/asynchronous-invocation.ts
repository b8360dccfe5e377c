import { setTimeout } from "node:timers/promises";
import type { FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import { describeError, type Outcome } from "./function-process";
import { InvokeError } from "./function-runtime";

/** Lambda waits one minute before the first retry and two minutes before the second. Here, these are seconds. */
const RETRY_DELAYS_MS = [1000, 2000];

export interface AsynchronousInvocationProps {
  /** Lambda's request id, the same in each attempt. */
  readonly requestId: string;
  /** Invokes the function once. Throws InvokeError if Lambda refuses the event. */
  readonly invoke: (event: string, requestId: string) => Promise<Outcome>;
  readonly functionArn: string;
  readonly send: (queueArn: string, message: string) => Promise<void>;
  /** The function's configuration for asynchronous invocations, by default Lambda's. */
  readonly invokeConfig?: FunctionEventInvokeConfig;
}

/**
 * Invokes the function asynchronously, as Lambda does: retries a failure, and then sends a record of it to the
 * on-failure destination. After a failure, returns its reason and the ARN of the queue that got the record.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 *
 * @param event JSON, which the function and the record get unchanged
 */
export async function invokeAsynchronously(
  event: string,
  { requestId, invoke, functionArn, send, invokeConfig }: AsynchronousInvocationProps,
): Promise<{ readonly error?: string; readonly failureDestination?: string }> {
  const retries = invokeConfig?.MaximumRetryAttempts ?? RETRY_DELAYS_MS.length;
  let approximateInvokeCount = 0;
  let failed: Outcome | undefined;
  while (approximateInvokeCount <= retries) {
    if (approximateInvokeCount > 0) await setTimeout(RETRY_DELAYS_MS[approximateInvokeCount - 1]);
    const outcome = await invokeWhenFree(() => invoke(event, requestId));
    if (!outcome) break;
    if (!outcome.isError) return {};
    failed = outcome;
    approximateInvokeCount += 1;
  }
  const failureDestination = invokeConfig?.DestinationConfig?.OnFailure?.Destination;
  const condition = approximateInvokeCount > retries ? "RetriesExhausted" : "ZeroReservedConcurrency";
  if (failureDestination) {
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    const record = {
      version: "1.0",
      timestamp: new Date().toISOString(),
      requestContext: { requestId, functionArn: `${functionArn}:$LATEST`, condition, approximateInvokeCount },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      ...(failed ? { responsePayload: JSON.parse(failed.payload) } : {}),
    };
    // JSON.parse would round large numbers of the event.
    await send(failureDestination, `${JSON.stringify(record).slice(0, -1)},"requestPayload":${event}}`);
  }
  return { error: failed ? describeError(JSON.parse(failed.payload)) : condition, failureDestination };
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
      if (!(error instanceof InvokeError) || error.name !== "TooManyRequestsException") throw error;
      if (error.isFinal) return undefined;
      await setTimeout(RETRY_DELAYS_MS[0]);
    }
  }
}
