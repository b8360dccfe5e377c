import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { sendToQueue } from "../queue";
import { describeError, type Outcome } from "./function-process";
import { InvokeError } from "./function-runtime";

/** Lambda waits one minute before the first retry and two before the second; here it is seconds. */
const RETRY_DELAYS_MS = [1000, 2000];

export interface AsynchronousInvocationProps {
  /** Hands an event to the function once; throws InvokeError where there is no room. */
  readonly invoke: (event: string, requestId: string) => Promise<Outcome>;
  readonly functionArn: string;
  readonly sqs: SQSClient;
  /** What is deployed for failures; Lambda's defaults where nothing is. */
  readonly invokeConfig?: FunctionEventInvokeConfig;
}

/** How an asynchronous invocation ended after all retries. */
export interface AsynchronousOutcome {
  /** Why the event was not processed. */
  readonly error?: string;
  /** ARN of the queue that took the record of the failure, where one did. */
  readonly failureDestination?: string;
}

/**
 * Hands an event to the function as Lambda does for services that do not wait for the answer: a failure is retried, and
 * in the end goes to the on-failure destination.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export async function invokeAsynchronously(
  event: object,
  { invoke, functionArn, sqs, invokeConfig }: AsynchronousInvocationProps,
): Promise<AsynchronousOutcome> {
  const requestId = randomUUID();
  const retries = invokeConfig?.MaximumRetryAttempts ?? RETRY_DELAYS_MS.length;
  let approximateInvokeCount = 0;
  let failed: Outcome | undefined;
  while (approximateInvokeCount <= retries) {
    if (approximateInvokeCount > 0) await setTimeout(RETRY_DELAYS_MS[approximateInvokeCount - 1]);
    const invocation = await whenFree(() => invoke(JSON.stringify(event), requestId));
    if (!invocation) break;
    if (!invocation.isError) return {};
    failed = invocation;
    approximateInvokeCount += 1;
  }
  const failureDestination = invokeConfig?.DestinationConfig?.OnFailure?.Destination;
  const condition = approximateInvokeCount > retries ? "RetriesExhausted" : "ZeroReservedConcurrency";
  if (failureDestination) {
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    await sendToQueue(sqs, failureDestination, {
      version: "1.0",
      timestamp: new Date().toISOString(),
      requestContext: { requestId, functionArn: `${functionArn}:$LATEST`, condition, approximateInvokeCount },
      requestPayload: event,
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      ...(failed ? { responsePayload: JSON.parse(failed.payload) } : {}),
    });
  }
  if (!failed) return { error: condition, failureDestination };
  return { error: describeError(JSON.parse(failed.payload)), failureDestination };
}

/**
 * Events that find no free process stay in Lambda's queue; that is no attempt.
 *
 * @returns nothing where the function may not run at all
 */
async function whenFree(invoke: () => Promise<Outcome>): Promise<Outcome | undefined> {
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
