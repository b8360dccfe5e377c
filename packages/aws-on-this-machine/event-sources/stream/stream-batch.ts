import type { Outcome } from "../../function/function-process";
import { MAX_EVENT_BYTES } from "../../function/function-runtime";
import type { DeliveryEnd, EventSourceProps } from "../event-source";
import { describeFailure, findFailed, invokeWhenFree, waitBeforeRetry } from "../invocation";
import { type DiscardCondition, sendDiscarded } from "./discarded-records";
import type { StreamRecord } from "./stream-reader";

/** The maximum wait before a retry. Lambda waits up to a minute. */
const MAX_RETRY_SECONDS = 30;

/** The attempts at some of a batch's records. */
interface Attempts {
  readonly invocations: number;
  readonly retries: number;
  readonly last?: Outcome;
}

/** Invokes the function with records of a shard until all of them are processed or discarded. */
export class StreamBatch {
  private key = "";
  private end: DeliveryEnd = { outcome: "processed" };

  constructor(
    private readonly props: EventSourceProps,
    private readonly batchInfoName: string,
    private readonly shardId: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Returns false if the system ends before that. */
  async handle(records: readonly StreamRecord[]): Promise<boolean> {
    for (const part of splitBySize(records)) {
      const range = `${part[0]?.sequenceNumber}-${part.at(-1)?.sequenceNumber}`;
      this.key = `${this.props.mapping.UUID}:${this.shardId}:${range}`;
      this.end = { outcome: "processed" };
      if (!(await this.attempt(part, { invocations: 0, retries: 0 }))) return false;
      this.props.settle(this.key, this.end);
    }
    return true;
  }

  private async attempt(all: readonly StreamRecord[], attempts: Attempts): Promise<boolean> {
    const records = await this.discardOld(all, attempts);
    if (records.length === 0) return true;
    const { invoke, mapping } = this.props;
    const { BisectBatchOnFunctionError: bisects = false, MaximumRetryAttempts: maxRetries = -1 } = mapping;
    const event = `{"Records":[${records.map(({ json }) => json).join()}]}`;
    const outcome = await invokeWhenFree({ key: this.key, event }, { invoke, signal: this.signal });
    if (!outcome) return false;
    const failedIndex = this.findFirstFailed(outcome, records);
    if (failedIndex === -1) return true;
    const { retries } = attempts;
    const made: Attempts = { retries, invocations: attempts.invocations + 1, last: outcome };
    // A batch that is split does not use up a retry.
    if (bisects && failedIndex > 0) return this.attempt(records.slice(failedIndex), made);
    if (bisects && outcome.isError && records.length > 1) {
      const middle = Math.ceil(records.length / 2);
      return (await this.attempt(records.slice(0, middle), made)) && this.attempt(records.slice(middle), made);
    }
    const failed = records.slice(failedIndex);
    if (maxRetries >= 0 && retries >= maxRetries) {
      await this.discard(failed, "RetryAttemptsExhausted", made);
      return true;
    }
    await waitBeforeRetry(retries, MAX_RETRY_SECONDS, this.signal);
    return !this.signal.aborted && this.attempt(failed, { ...made, retries: retries + 1 });
  }

  /** The index of the record from which on the function must get them again; -1 if all are processed. */
  private findFirstFailed(outcome: Outcome, records: readonly StreamRecord[]): number {
    const reportsItems = this.props.mapping.FunctionResponseTypes?.includes("ReportBatchItemFailures") ?? false;
    const ids = records.map(({ sequenceNumber }) => sequenceNumber);
    const failed = findFailed(outcome, ids, reportsItems);
    return ids.findIndex((id) => failed.has(id));
  }

  /** Returns the records that are young enough. */
  private async discardOld(records: readonly StreamRecord[], attempts: Attempts): Promise<readonly StreamRecord[]> {
    const { MaximumRecordAgeInSeconds: maxAge = -1 } = this.props.mapping;
    if (maxAge < 0) return records;
    const oldest = Date.now() - maxAge * 1000;
    const young = records.findIndex(({ arrival }) => arrival.getTime() >= oldest);
    const kept = young === -1 ? [] : records.slice(young);
    const old = records.slice(0, records.length - kept.length);
    if (old.length > 0) await this.discard(old, "RecordAgeExceeded", attempts);
    return kept;
  }

  private async discard(records: readonly StreamRecord[], condition: DiscardCondition, attempts: Attempts) {
    const { invocations, last } = attempts;
    const { batchInfoName, shardId, props } = this;
    const destination = props.mapping.DestinationConfig?.OnFailure?.Destination;
    const reason = last ? describeFailure(last) : condition;
    this.end = { outcome: "failed", reason, destination };
    if (!destination) return;
    const discarded = { records, condition, invocations, last, batchInfoName, shardId };
    await sendDiscarded(props, destination, discarded).catch(({ message }: Error) =>
      props.onNotice(`The record of a failed batch is lost: ${destination}: ${message}`),
    );
  }
}

/** Splits records into events that Lambda accepts. */
function splitBySize(records: readonly StreamRecord[]): StreamRecord[][] {
  const parts: StreamRecord[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const size = Buffer.byteLength(record.json) + 1;
    bytes += size;
    if (bytes <= MAX_EVENT_BYTES - 100) parts.at(-1)?.push(record);
    else {
      parts.push([record]);
      bytes = size;
    }
  }
  return parts;
}
