import type { LogEntry } from "../function/invocation";
import type { LogLine } from "../run";
import { readLogLine } from "./log-line";
import { Ring } from "./ring";

/** How many entries are kept, and how many characters. */
const KEPT_ENTRIES = 5000;
const KEPT_LENGTH = 16 * 1024 * 1024;

/** The newest entries of the function's log. They are read only when somebody looks. */
export class LogBook {
  private readonly entries = new Ring<LogEntry>(KEPT_ENTRIES);
  private length = 0;

  add(entry: LogEntry): void {
    this.length += entry.raw.length - (this.entries.push(entry)?.raw.length ?? 0);
    while (this.length > KEPT_LENGTH && this.entries.length > 1) this.length -= this.entries.shift()?.raw.length ?? 0;
  }

  /** The newest last. */
  latest(limit: number): LogLine[] {
    return this.entries.latest(limit).map(readLogLine);
  }
}
