import { createHash } from "node:crypto";
import type { DeliveryEnd } from "../event-source";

/** The messages of a batch until each is processed or given up. */
export interface QueueRun {
  readonly key: string;
  /** The ids of messages that SQS delivers again. */
  readonly waiting: Set<string>;
  end: DeliveryEnd;
}

/** Finds the run that an attempt continues. */
export class QueueRuns {
  /** By the ids of the waiting messages. */
  private readonly runs = new Map<string, QueueRun>();

  constructor(
    private readonly mapping: string,
    private readonly settle: (key: string, end: DeliveryEnd) => void,
  ) {}

  find(messageId: string): QueueRun | undefined {
    return this.runs.get(messageId);
  }

  /** Continues the run of the first message that has one. */
  begin(messageIds: readonly string[]): QueueRun {
    const known = messageIds.map((id) => this.find(id)).find((run) => run !== undefined);
    if (known) return known;
    const digest = createHash("sha256")
      .update([...messageIds].sort().join())
      .digest("base64url");
    return { key: `${this.mapping}:${digest.slice(0, 22)}`, waiting: new Set(), end: { outcome: "processed" } };
  }

  /**
   * Ends an attempt. A run ends with its last message.
   *
   * @param messageIds the messages of the attempt
   * @param waiting those of them that SQS delivers again
   * @param failure given if others of them are given up
   */
  finish(run: QueueRun, messageIds: readonly string[], waiting: readonly string[], failure?: DeliveryEnd): void {
    for (const id of messageIds) {
      this.find(id)?.waiting.delete(id);
      this.runs.delete(id);
    }
    for (const id of waiting) {
      run.waiting.add(id);
      this.runs.set(id, run);
    }
    run.end = failure ?? run.end;
    if (run.waiting.size === 0) this.settle(run.key, run.end);
  }
}
