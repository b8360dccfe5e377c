import type { LogEntry } from "../function/invocation";
import { KEPT } from "../system/running-system";
import { readLogLine } from "./log-line";
import type { LogLine } from "./run";

/** How many characters are kept. */
const KEPT_LENGTH = 16 * 1024 * 1024;

/** The newest entries of the functions' logs. They are parsed only on demand. */
export class LogBook {
  private readonly entries = [] as LogEntry[];
  private length = 0;

  add(entry: LogEntry): void {
    this.entries.push(entry);
    this.length += entry.raw.length;
    while (this.entries.length > KEPT || (this.length > KEPT_LENGTH && this.entries.length > 1)) {
      this.length -= this.entries.shift()?.raw.length ?? 0;
    }
  }

  /** The newest last. */
  latest(limit: number): LogLine[] {
    return this.entries.slice(-limit).map(readLogLine);
  }
}
