import { randomUUID } from "node:crypto";
import type { Outcome } from "../../function/function-process";
import { Destinations } from "../../records/destinations";
import type { EventSourceProps } from "../event-source";
import type { StreamRecord } from "./stream-reader";

export type DiscardCondition = "RetryAttemptsExhausted" | "RecordAgeExceeded";

export interface Discarded {
  readonly records: readonly StreamRecord[];
  readonly condition: DiscardCondition;
  readonly invocations: number;
  /** Undefined if the function never got the records. */
  readonly last?: Outcome;
  readonly batchInfoName: string;
  readonly shardId: string;
}

/**
 * Sends a description of discarded records to the mapping's on-failure destination: a queue, a topic or a bucket.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export async function sendDiscarded(
  { aws, mapping }: EventSourceProps,
  destination: string,
  discarded: Discarded,
): Promise<void> {
  const description = describeDiscarded(mapping.FunctionArn ?? "", mapping.EventSourceArn ?? "", discarded);
  const payload = `{"Records":[${discarded.records.map(({ json }) => json).join()}]}`;
  // Only a bucket has room for the records themselves.
  const message = JSON.stringify(destination.split(":")[2] === "s3" ? { ...description, payload } : description);
  await new Destinations(aws).send(destination, message, {}, `aws/lambda/${mapping.UUID}/${discarded.shardId}`);
}

function describeDiscarded(functionArn: string, streamArn: string, discarded: Discarded) {
  const { records, condition, invocations, last, batchInfoName, shardId } = discarded;
  const [first, final] = [records[0], records.at(-1)];
  return {
    requestContext: { requestId: randomUUID(), functionArn, condition, approximateInvokeCount: invocations },
    responseContext: last && {
      statusCode: 200,
      executedVersion: last.version ?? "$LATEST",
      functionError: last.isError ? "Unhandled" : undefined,
    },
    version: "1.0",
    timestamp: new Date().toISOString(),
    [batchInfoName]: {
      shardId,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: final?.sequenceNumber,
      approximateArrivalOfFirstRecord: first?.arrival.toISOString(),
      approximateArrivalOfLastRecord: final?.arrival.toISOString(),
      batchSize: records.length,
      streamArn,
    },
  };
}
