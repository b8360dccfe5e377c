import type { Change, SystemSummary } from "./system";

const SUMMARY_MS = 1000;

/** Tells what happens in the system to those who want to know. */
export class Changes {
  private readonly listeners = new Set<(change: Change) => void>();
  private timer: NodeJS.Timeout | undefined;
  private isReading = false;
  /** The last summary that was told, as JSON. */
  private told = "";

  constructor(private readonly readSummary: () => Promise<SystemSummary>) {}

  /** Whether anybody wants to know. Otherwise nothing needs to be made for it. */
  get areWatched(): boolean {
    return this.listeners.size > 0;
  }

  tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  /** Returns how to unsubscribe. */
  subscribe(listener: (change: Change) => void): () => void {
    // The same function may subscribe twice.
    const each = (change: Change) => listener(change);
    this.listeners.add(each);
    this.timer ??= setInterval(() => this.tellSummary(), SUMMARY_MS);
    return () => {
      this.listeners.delete(each);
      if (!this.areWatched) this.stop();
    };
  }

  /** Tells nothing more. */
  stop(): void {
    this.listeners.clear();
    clearInterval(this.timer);
    this.timer = undefined;
    this.told = "";
  }

  private async tellSummary(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    // Who asks for the summary is told why there is none.
    const summary = await this.readSummary().catch(() => undefined);
    this.isReading = false;
    const text = JSON.stringify(summary);
    if (!summary || text === this.told) return;
    this.told = text;
    this.tell({ type: "summary", summary });
  }
}
