import type { Message } from "@aws-sdk/client-sqs";
import { MAX_EVENT_BYTES } from "../../function/function-runtime";

/** A received message, and its record as JSON. */
export interface Received {
  readonly id: string;
  readonly message: Message;
  readonly json: string;
  readonly time: number;
}

/** Messages for one event. */
export interface Batch {
  /** Batches with the same lane are handled one after the other; others side by side. */
  readonly lane: string | undefined;
  readonly messages: Received[];
}

interface Gathered extends Batch {
  bytes: number;
  readonly size: number;
  readonly timer: NodeJS.Timeout | undefined;
}

/** The record's list and its separators. */
const FRAME_BYTES = 100;

/** Gathers messages until a batch is full, or its time is over. */
export class Batches {
  private readonly gathered = new Map<string, Gathered>();

  /** @param onReady called with each batch, in their order */
  constructor(private readonly onReady: (batch: Batch) => void) {}

  /** The number of messages in batches that are not full. */
  get messageCount(): number {
    return [...this.gathered.values()].reduce((sum, { messages }) => sum + messages.length, 0);
  }

  /**
   * @param size the number of messages at which the batch is full
   * @param waitMs the time from its first message until it is ready anyway; 0 until `flush`
   */
  add(received: Received, lane: string | undefined, size: number, waitMs: number): void {
    const key = lane ?? "";
    const bytes = Buffer.byteLength(received.json) + 1;
    if ((this.gathered.get(key)?.bytes ?? 0) + bytes > MAX_EVENT_BYTES) this.close(key);
    const batch = this.gathered.get(key) ?? this.open(key, lane, size, waitMs);
    batch.messages.push(received);
    batch.bytes += bytes;
    if (batch.messages.length >= batch.size) this.close(key);
  }

  /** Closes the batches that wait for no time. */
  flush(): void {
    for (const [key, { timer }] of [...this.gathered]) if (!timer) this.close(key);
  }

  /** Takes all messages out of the batches that are not full. */
  takeAll(): Received[] {
    const all = [...this.gathered.values()];
    for (const { timer } of all) clearTimeout(timer);
    this.gathered.clear();
    return all.flatMap(({ messages }) => messages);
  }

  private open(key: string, lane: string | undefined, size: number, waitMs: number): Gathered {
    const timer = waitMs > 0 ? setTimeout(() => this.close(key), waitMs) : undefined;
    const batch = { lane, size, timer, messages: [], bytes: FRAME_BYTES };
    this.gathered.set(key, batch);
    return batch;
  }

  private close(key: string): void {
    const batch = this.gathered.get(key);
    if (!batch) return;
    clearTimeout(batch.timer);
    this.gathered.delete(key);
    this.onReady(batch);
  }
}
