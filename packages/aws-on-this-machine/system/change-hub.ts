import type { Change, SystemSummary } from "./running-system";

const SUMMARY_MS = 1000;

/** Passes the system's changes on to listeners. */
export class ChangeHub {
  private readonly listeners = new Set<(change: Change) => void>();
  private timer: NodeJS.Timeout | undefined;
  private isReading = false;
  /** The last summary that listeners got, as JSON. */
  private published = "";

  /** @param onChange called with every run and line, but never with a summary */
  constructor(
    private readonly readSummary: () => Promise<SystemSummary>,
    private readonly onChange?: (change: Change) => void,
  ) {}

  /** Whether there are listeners. Without them, a caller can save the work of making a change. */
  get hasListeners(): boolean {
    return this.onChange !== undefined || this.listeners.size > 0;
  }

  publish(change: Change): void {
    if (change.type !== "summary") this.onChange?.(change);
    for (const listener of this.listeners) listener(change);
  }

  /** Returns how to unsubscribe. */
  subscribe(listener: (change: Change) => void): () => void {
    // The same function may subscribe twice.
    const each = (change: Change) => listener(change);
    this.listeners.add(each);
    this.timer ??= setInterval(() => this.publishSummary(), SUMMARY_MS);
    return () => {
      this.listeners.delete(each);
      if (this.listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    this.listeners.clear();
    clearInterval(this.timer);
    this.timer = undefined;
    this.published = "";
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
    this.publish({ type: "summary", summary });
  }
}
