import { availableParallelism } from "node:os";
import type { Message } from "@aws-sdk/client-sqs";
import { type EmulatorSource, emulatorSource, Faults } from "../emulator-source";
import type { EventSource, EventSourceProps } from "../event-source";
import { compileFilters } from "../filter-pattern";
import { describeFailure, findFailed, invokeWhenFree, repeatUntil } from "../invocation";
import { type Batch, Batches, type Received } from "./batches";
import { MAX_MESSAGES, QueueClient } from "./queue-client";
import { toFilteredRecord, toQueueRecord } from "./queue-record";
import { QueueRuns } from "./queue-runs";

/** Lambda starts with five. Each needs a process of its own. */
const CONCURRENCY = Math.min(5, Math.max(2, availableParallelism()));

/** The maximum wait for the messages of a failed batch, which come together, but in several requests. */
const RETRIED_BATCH_MS = 1000;

/** Invokes a function with the messages of a queue. */
export class QueueSource implements EventSource {
  private readonly arn: string;
  private readonly isFifo: boolean;
  private readonly queue: QueueClient;
  private readonly runs: QueueRuns;
  private readonly faults: Faults;
  private readonly batchSize: number;
  private readonly concurrency: number;
  private readonly matches: (document: unknown) => boolean;
  private readonly batches = new Batches((batch) => this.ready.push(batch) && this.dispatch());
  private readonly ready: Batch[] = [];
  private readonly running = new Map<Promise<void>, Batch>();
  private readonly ending = new AbortController();
  private readonly polling: Promise<void>;
  /** Ends the wait for free concurrency. */
  private wake = () => {};

  constructor(private readonly props: EventSourceProps) {
    const { mapping, aws, settle } = props;
    this.arn = mapping.EventSourceArn ?? "";
    this.isFifo = this.arn.endsWith(".fifo");
    this.queue = new QueueClient(aws.sqs, this.arn);
    this.runs = new QueueRuns(mapping.UUID ?? "", settle);
    this.faults = new Faults(this.arn, props);
    this.batchSize = mapping.BatchSize ?? 10;
    this.concurrency = mapping.ScalingConfig?.MaximumConcurrency ?? CONCURRENCY;
    this.matches = compileFilters(mapping.FilterCriteria);
    this.polling = this.poll();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    this.wake();
    await this.polling;
    const unhandled = [...this.ready.splice(0).flatMap(({ messages }) => messages), ...this.batches.takeAll()];
    await this.release(unhandled);
    await Promise.all(this.running.keys());
  }

  private async poll(): Promise<void> {
    const { signal } = this.ending;
    let emulator: EmulatorSource | undefined;
    await this.props.predecessor;
    await repeatUntil(signal, this.faults, async () => {
      emulator ??= await emulatorSource(this.props);
      while (this.wanted <= 0) {
        await new Promise<void>((done) => {
          this.wake = done;
        });
        if (signal.aborted) return;
      }
      const { wanted } = this;
      const messages = await this.queue.receive(wanted);
      await this.take(messages);
      if (messages.length < wanted) await emulator.arrival(signal);
    });
  }

  /**
   * The number of messages to receive: those that can be handled at once, because the visibility timeout of others would pass
   * here. In FIFO queues, a group's second batch must not be received before its first one is processed.
   */
  private get wanted(): number {
    const free = this.concurrency - this.running.size - this.ready.length;
    const batches = this.isFifo ? Math.min(free, 1) : free;
    return Math.min(MAX_MESSAGES, batches * this.batchSize - this.batches.messageCount);
  }

  private async take(messages: readonly Message[]): Promise<void> {
    const unwanted: Message[] = [];
    for (const message of messages) {
      const record = toQueueRecord(message, this.arn);
      if (!this.matches(toFilteredRecord(record))) unwanted.push(message);
      else this.gather({ id: record.messageId, message, json: JSON.stringify(record), time: Date.now() });
    }
    this.batches.flush();
    if (unwanted.length > 0) await this.queue.delete(unwanted);
  }

  /**
   * Lambda may mix the messages of a failed batch with new ones. Here they stay together, so that their attempts are those of
   * one run. The order of a group matters more.
   */
  private gather(received: Received): void {
    const { MaximumBatchingWindowInSeconds: window = 0 } = this.props.mapping;
    const group = this.isFifo ? received.message.Attributes?.MessageGroupId : undefined;
    const run = this.runs.find(received.id);
    if (group !== undefined) this.batches.add(received, group, this.batchSize, 0);
    else if (!run) this.batches.add(received, undefined, this.batchSize, window * 1000);
    else this.batches.add(received, run.key, Math.min(this.batchSize, run.waiting.size), RETRIED_BATCH_MS);
  }

  private dispatch(): void {
    if (this.ending.signal.aborted) return;
    for (const batch of [...this.ready]) {
      if (this.running.size >= this.concurrency) return;
      if (batch.lane !== undefined && [...this.running.values()].some(({ lane }) => lane === batch.lane)) continue;
      this.ready.splice(this.ready.indexOf(batch), 1);
      const handled = this.handle(batch).catch((error) => this.faults.report(error));
      const done = handled.then(() => {
        this.running.delete(done);
        this.dispatch();
        this.wake();
      });
      this.running.set(done, batch);
    }
  }

  private async handle({ messages }: Batch): Promise<void> {
    const { mapping, invoke } = this.props;
    const { signal } = this.ending;
    const { visibilitySeconds, maxReceiveCount, deadLetterQueueArn: destination } = await this.queue.redrive();
    const ids = messages.map(({ id }) => id);
    const run = this.runs.begin(ids);
    const event = `{"Records":[${messages.map(({ json }) => json).join()}]}`;
    const until = Math.min(...messages.map(({ time }) => time)) + visibilitySeconds * 1000;
    const outcome = await invokeWhenFree({ key: run.key, event }, { invoke, signal, until });
    if (!outcome) return this.release(messages);
    const reportsItems = mapping.FunctionResponseTypes?.includes("ReportBatchItemFailures") ?? false;
    const failedIds = findFailed(outcome, ids, reportsItems);
    await this.queue.delete(messages.filter(({ id }) => !failedIds.has(id)).map(({ message }) => message));
    const failed = messages.filter(({ id }) => failedIds.has(id));
    const isDead = (each: Received) => receiveCount(each) >= maxReceiveCount;
    const waiting = failed.filter((each) => !isDead(each));
    // SQS moves a message to the dead-letter queue when it would receive it once more.
    await this.release(failed.filter(isDead));
    // Lambda leaves messages hidden for the whole visibility timeout, often minutes.
    const seconds = Math.min(visibilitySeconds, 2 ** (Math.max(1, ...waiting.map(receiveCount)) - 1));
    await this.release(waiting, seconds);
    const end = { outcome: "failed", reason: describeFailure(outcome), destination } as const;
    const waitingIds = waiting.map(({ id }) => id);
    this.runs.finish(run, ids, waitingIds, waiting.length < failed.length ? end : undefined);
  }

  private async release(received: readonly Received[], seconds = 0): Promise<void> {
    if (received.length > 0)
      await this.queue.release(
        received.map(({ message }) => message),
        seconds,
      );
  }
}

function receiveCount({ message }: Received): number {
  return Number(message.Attributes?.ApproximateReceiveCount ?? 1);
}
