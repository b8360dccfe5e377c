import type { LogEntry } from "../function/invocation";
import { KEPT } from "../system/running-system";
import { readLogLine } from "./log-line";
import type { LogLine } from "./run";
import type { ProjectPath } from "./trace";

/** How many characters are kept. */
const KEPT_LENGTH = 16 * 1024 * 1024;

/** The newest entries of the function's log. They are parsed only on demand. */
export class LogBook {
  private readonly entries = [] as LogEntry[];
  private length = 0;

  constructor(private readonly projectPath: ProjectPath) {}

  add(entry: LogEntry): void {
    this.entries.push(entry);
    this.length += entry.raw.length;
    while (this.entries.length > KEPT || (this.length > KEPT_LENGTH && this.entries.length > 1)) {
      this.length -= this.entries.shift()?.raw.length ?? 0;
    }
  }

  /** The newest last. */
  latest(limit: number): LogLine[] {
    return this.entries.slice(-limit).map((entry) => readLogLine(entry, this.projectPath));
  }
}
