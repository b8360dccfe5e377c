import type { Change, SystemSummary } from "./running-system";

const SUMMARY_MS = 1000;

/** The wait of a change for further ones, in milliseconds. */
const BATCH_MS = 50;

/**
 * Passes the system's changes on to listeners, in batches, so that no request waits for a listener's work. Listeners must not
 * throw: a batch has no caller.
 */
export class ChangeHub {
  private readonly listeners = new Set<(change: Change) => void>();
  private timer: NodeJS.Timeout | undefined;
  private isReading = false;
  /** The changes of the next batch, by the run or the line that each is about. */
  private readonly changes = new Map<object, () => Change>();
  private batch: NodeJS.Timeout | undefined;
  /** The last summary that listeners got, as JSON. */
  private published = "";

  /** @param onChange called with every run and line, but never with a summary */
  constructor(
    private readonly readSummary: () => Promise<SystemSummary>,
    private readonly onChange?: (change: Change) => void,
  ) {}

  /**
   * Of several changes of a run in a batch, the listeners get only the last one.
   *
   * @param read makes the change, not before it is due and only for listeners
   */
  publish(subject: object, read: () => Change): void {
    if (!this.onChange && this.listeners.size === 0) return;
    // The last place: a run's lines come before its end.
    this.changes.delete(subject);
    this.changes.set(subject, read);
    this.batch ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  /** Returns how to unsubscribe. */
  subscribe(listener: (change: Change) => void): () => void {
    this.flush();
    // The same function may subscribe twice.
    const each = (change: Change) => listener(change);
    this.listeners.add(each);
    this.timer ??= setInterval(() => this.publishSummary(), SUMMARY_MS);
    return () => {
      this.flush();
      this.listeners.delete(each);
      if (this.listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    this.flush();
    this.listeners.clear();
    clearInterval(this.timer);
    this.timer = undefined;
    this.published = "";
  }

  private flush(): void {
    clearTimeout(this.batch);
    this.batch = undefined;
    const changes = [...this.changes.values()];
    this.changes.clear();
    for (const read of changes) this.tell(read());
  }

  private tell(change: Change): void {
    if (change.type !== "summary") this.onChange?.(change);
    for (const listener of this.listeners) listener(change);
  }

  private async publishSummary(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    // A direct request for the summary shows the error.
    const summary = await this.readSummary().catch(() => undefined);
    this.isReading = false;
    const text = JSON.stringify(summary);
    if (!summary || text === this.published) return;
    this.published = text;
    this.tell({ type: "summary", summary });
  }
}
