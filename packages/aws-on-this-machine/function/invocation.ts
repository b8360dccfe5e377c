import type { Outcome } from "./function-process";
import type { LogEvent } from "./log-events";

/** A version of a function's code. */
export interface Code {
  readonly functionName: string;
  /** The folder of the unpacked files. */
  readonly folder: string;
  /** The folder of the source, relative to the project, such as `src`. */
  readonly source: string;
}

/** The owner of an entry of the log. It is small, because entries may outlive the rest of an invocation. */
export interface LogOwner {
  /** Lambda's request id. */
  readonly requestId: string;
  runId?: string;
}

/** An event of the function's log, or Lambda's own report. */
export interface LogEntry extends LogEvent {
  /** Counts the entries of all functions, from 1. */
  readonly number: number;
  /** When it came from the function, in milliseconds since 1970. */
  readonly time: number;
  readonly isReport: boolean;
  readonly code: Code;
  /** `undefined` while the function is loaded; then set if an invocation waited for the load. */
  owner?: LogOwner;
}

/**
 * The statuses of Lambda's refusals. SDKs repeat a call after a status of 5xx.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
 */
export const STATUS_OF_REFUSAL = {
  ResourceNotFoundException: 404,
  RequestTooLargeException: 413,
  TooManyRequestsException: 429,
  ServiceException: 500,
} as const;

/** A refused event, with the name and the message of Lambda's exception. */
export class InvokeError extends Error {
  constructor(
    override readonly name: keyof typeof STATUS_OF_REFUSAL,
    message: string,
    /** Whether a retry cannot succeed, because the function has no concurrency at all. */
    readonly isFinal = false,
  ) {
    super(message);
  }
}

/** The version or the alias that an event names, and the version that handles it. */
export interface NamedVersion {
  /** The function's ARN, with the version or the alias. */
  readonly functionArn: string;
  readonly version: string;
}

/** The maximum length of a single log, in characters. */
const MAX_LOG_LENGTH = 4 * 1024 * 1024;

/** The newest entries of a log. */
export class BoundedLog {
  entries: LogEntry[] = [];
  length = 0;
  /** Whether older entries were dropped. */
  isCut = false;

  add(entry: LogEntry): void {
    this.entries.push(entry);
    this.length += entry.raw.length;
    if (this.length <= MAX_LOG_LENGTH) return;
    this.isCut = true;
    // Drops half of the entries, because dropping one moves all others.
    let dropped = 0;
    while (this.length > MAX_LOG_LENGTH / 2 && dropped < this.entries.length - 1) {
      this.length -= this.entries[dropped]?.raw.length ?? 0;
      dropped += 1;
    }
    this.entries = this.entries.slice(dropped);
  }

  /** Shortens this log's entries. Other holders keep the whole entries. */
  shorten(shorter: (raw: string) => string): void {
    this.entries = this.entries.map((entry) => ({ ...entry, raw: shorter(entry.raw) }));
    this.length = this.entries.reduce((length, { raw }) => length + raw.length, 0);
  }
}

/** An attempt of the function, from its begin on. */
export interface InvocationRecord {
  readonly owner: LogOwner;
  /** When the event came to the function, in milliseconds since 1970. */
  readonly time: number;
  /** The wait for a process, without its start. */
  readonly waitMs: number;
  /** The duration of the process's start, if the event waited for it. */
  readonly initMs?: number;
  readonly code: Code;
  readonly memoryMb: number;
  readonly log: BoundedLog;
  durationMs: number;
  /** The process's maximum memory, in MB. */
  usedMemoryMb: number;
  /** The version or the alias that the event names; undefined for $LATEST. */
  qualifier?: string;
  /** The published version that handles it. */
  version?: string;
  /** `undefined` while the function runs. */
  outcome?: Outcome;
}
