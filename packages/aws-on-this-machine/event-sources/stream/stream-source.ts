import { setTimeout } from "node:timers/promises";
import { type EmulatorSource, emulatorSource, Faults } from "../emulator-source";
import type { EventSource, EventSourceProps } from "../event-source";
import { compileFilters } from "../filter-pattern";
import { repeatUntil, waitBeforeRetry } from "../invocation";
import { StreamBatch } from "./stream-batch";
import type { StreamReader, StreamRecord } from "./stream-reader";

/** The errors of iterators whose records the stream has not any more. */
const LOST_POSITIONS: ReadonlySet<string> = new Set(["TrimmedDataAccessException", "ExpiredIteratorException"]);

interface Shard {
  readonly id: string;
  iterator: string;
  /** Reads until there are no more records. */
  reading?: Promise<void>;
  /** Whether records may have come since the last read. */
  hasMore: boolean;
}

/** Invokes a function with the records of a stream: a batch after the other in each shard, the shards side by side. */
export class StreamSource implements EventSource {
  private readonly shards = new Map<string, Shard>();
  private readonly matches: (document: unknown) => boolean;
  private readonly faults: Faults;
  private readonly ending = new AbortController();
  private readonly polling: Promise<void>;
  private emulator: EmulatorSource | undefined;
  /** Aborted when records come. */
  private arrival = new AbortController();

  constructor(
    private readonly props: EventSourceProps,
    private readonly reader: StreamReader,
  ) {
    this.matches = compileFilters(props.mapping.FilterCriteria);
    this.faults = new Faults(props.mapping.EventSourceArn ?? "", props);
    this.polling = this.poll();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.polling;
    await Promise.all([...this.shards.values()].map(({ reading }) => reading));
  }

  private async poll(): Promise<void> {
    const { signal } = this.ending;
    let position: string | undefined;
    await this.props.predecessor;
    await repeatUntil(signal, this.faults, async () => {
      this.emulator ??= await emulatorSource(this.props);
      await this.openShards(this.emulator);
      for (const shard of this.shards.values()) this.readOn(shard);
      this.arrival.abort();
      this.arrival = new AbortController();
      position = await this.emulator.arrival(signal, position);
    });
  }

  private async openShards(emulator: EmulatorSource): Promise<void> {
    const ids = await this.reader.listShards();
    const unknown = ids.filter((id) => !this.shards.has(id));
    if (unknown.length === 0) return;
    const checkpoints = await emulator.readCheckpoints();
    const fromStart = Object.keys(checkpoints).length > 0;
    const opened = await Promise.all(
      unknown.map(async (id) => ({
        id,
        iterator: checkpoints[id] ?? (await this.reader.openShard(id, fromStart)),
        hasMore: false,
      })),
    );
    for (const shard of opened) this.shards.set(shard.id, shard);
    await this.writeCheckpoints();
  }

  private readOn(shard: Shard): void {
    shard.hasMore = true;
    shard.reading ??= this.read(shard).finally(() => {
      shard.reading = undefined;
    });
  }

  private async read(shard: Shard): Promise<void> {
    const { signal } = this.ending;
    for (let failures = 0; shard.hasMore && !signal.aborted; ) {
      try {
        if (!(await this.handleNext(shard))) return;
        failures = 0;
      } catch (error) {
        shard.hasMore = true;
        if (LOST_POSITIONS.has((error as Error).name) && (await this.reopen(shard))) continue;
        this.faults.report(error);
        await waitBeforeRetry(failures, 30, signal);
        failures += 1;
      }
    }
  }

  /** Goes on with the oldest record that the stream still has. Returns false if that is not possible now. */
  private async reopen(shard: Shard): Promise<boolean> {
    const iterator = await this.reader.openShard(shard.id, true).catch(() => undefined);
    if (iterator === undefined) return false;
    shard.iterator = iterator;
    const { EventSourceArn: arn, FunctionArn = "" } = this.props.mapping;
    this.props.onNotice(`${FunctionArn.split(":")[6]} misses records of ${arn}, which did not keep them so long.`);
    return true;
  }

  /** Returns false if the system ends before the batch is handled. */
  private async handleNext(shard: Shard): Promise<boolean> {
    const { records, next } = await this.gather(shard);
    if (this.ending.signal.aborted) return false;
    const batch = new StreamBatch(this.props, this.reader.batchInfoName, shard.id, this.ending.signal);
    if (records.length > 0 && !(await batch.handle(records))) return false;
    if (next === shard.iterator) return true;
    shard.iterator = next;
    await this.writeCheckpoints();
    return true;
  }

  /** Reads records that match the filters, until there is a batch of them or its window is over. */
  private async gather(shard: Shard): Promise<{ readonly records: StreamRecord[]; readonly next: string }> {
    const { BatchSize = 100, MaximumBatchingWindowInSeconds: window = 0 } = this.props.mapping;
    const records: StreamRecord[] = [];
    let next = shard.iterator;
    let end = Infinity;
    while (records.length < BatchSize && !this.ending.signal.aborted) {
      shard.hasMore = false;
      const limit = BatchSize - records.length;
      const read = await this.reader.read(next, shard.id, limit);
      // An empty read may have a new iterator, too.
      if (read.records.length > 0) next = read.next;
      records.push(...read.records.filter(({ filtered }) => this.matches(filtered)));
      if (records.length > 0) end = Math.min(end, Date.now() + window * 1000);
      if (read.records.length > 0) shard.hasMore = true;
      else if (records.length === 0 || Date.now() >= end) break;
      else if (!shard.hasMore) await this.waitForArrival(end - Date.now());
    }
    return { records, next };
  }

  private async waitForArrival(ms: number): Promise<void> {
    const signal = AbortSignal.any([this.arrival.signal, this.ending.signal]);
    await setTimeout(ms, undefined, { signal }).catch(() => {});
  }

  private async writeCheckpoints(): Promise<void> {
    const checkpoints = [...this.shards.values()].map(({ id, iterator }) => [id, iterator]);
    await this.emulator?.writeCheckpoints(Object.fromEntries(checkpoints));
  }
}
