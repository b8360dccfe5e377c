/** `service` is another AWS service than those with a name of their own here. */
export type RunSource =
  | "request"
  | "schedule"
  | "queue"
  | "stream"
  | "topic"
  | "bucket"
  | "event"
  | "service"
  | "invocation"
  | "dead letter";

/** A request to an API, or an event that a function got. */
export interface RunSummary {
  /** API Gateway's request id, the scheduled event's id, or an id of its own. */
  readonly id: string;
  readonly source: RunSource;
  /** Time of arrival, in milliseconds since 1970. */
  readonly time: number;
  /** Empty unless the source is a request. */
  readonly method: string;
  /** The path with its query string, or the name of what sent the event: a schedule, queue, table, topic or bucket. */
  readonly path: string;
  /** The domain that a request came to, with the path there; undefined at the API's own address. */
  readonly address?: string;
  /** The function that handled it; undefined if the API answered by itself. */
  readonly functionName?: string;
  /** The published version that handled it; undefined for an event that names neither a version nor an alias. */
  readonly version?: string;
  /** The API's answer; undefined for other sources, and while the function runs. */
  readonly status?: number;
  readonly outcome: "running" | "processed" | "refused" | "failed";
  /** The time until the answer was sent, or until the last attempt ended. */
  readonly milliseconds?: number;
  /** The number of invocations; 0 if the API answered by itself. */
  readonly attempts: number;
  readonly isColdStart: boolean;
  /** The reason for an outcome other than `processed`, as a line. */
  readonly error?: string;
  readonly replayOf?: string;
  /** Whether the event was sent to the dead-letter queue. */
  readonly isDeadLetter?: boolean;
}

export interface Run extends RunSummary {
  /** As the client sent it. */
  readonly request?: RunRequest;
  /** The function's event, as JSON; undefined if it got none; only the beginning if `isCut`. */
  readonly event?: string;
  /** As the client got it. */
  readonly answer?: RunAnswer;
  readonly invocations: readonly Invocation[];
  readonly accessLog?: string;
  /** The key of the object with that line, once it is in the log archive. */
  readonly archivedIn?: string;
  /** The AWS calls of the function, in their order, at most 100; undefined if the emulator does not keep them. */
  readonly calls?: readonly AwsCall[];
  /** The items that these calls have written, as they are now. */
  readonly items: readonly StoredItem[];
  /** The reason why the calls, the items or the object with the access-log line could not be looked up. */
  readonly lookupError?: string;
  /**
   * Whether parts were removed, because all runs together would need too much memory: the rest of long texts, or all but
   * the summary.
   */
  readonly isCut?: boolean;
}

/** A call of an AWS service. */
export interface AwsCall {
  /** Such as `dynamodb`. */
  readonly service: string;
  /** Such as `PutItem`. */
  readonly operation: string;
  /** The name of the table, queue, bucket or function. */
  readonly resource: string;
  readonly status: number;
  /** In milliseconds since 1970. */
  readonly time: number;
}

export interface StoredItem {
  readonly table: string;
  readonly item: Item;
}

/** An item of a table, with plain values. */
export type Item = Readonly<Record<string, unknown>>;

/** Bytes that may be text. */
export interface Body {
  /** UTF-8, or base64 where the bytes are no UTF-8. */
  readonly text: string;
  readonly isBase64: boolean;
  /** The number of all bytes, also of those that are not in `text`. */
  readonly bytes: number;
  /** Whether `text` is only the beginning, because all runs together would need too much memory. */
  readonly isCut: boolean;
}

export interface RunRequest {
  readonly method: string;
  /** Path and query string as they came. */
  readonly target: string;
  /** In their order, with repetitions. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Body;
}

export interface RunAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** One attempt of the function. */
export interface Invocation {
  /** Lambda's request id, as in the function's log. */
  readonly requestId: string;
  /** The published version; undefined for an event that names neither a version nor an alias. */
  readonly version?: string;
  /** When the event came to the function, in milliseconds since 1970. */
  readonly time: number;
  /** The wait for a process, without its start, in milliseconds. */
  readonly waitMs: number;
  /** The time in which a process started and loaded the function; undefined if one was ready. */
  readonly initMs?: number;
  readonly durationMs: number;
  readonly usedMemoryMb: number;
  readonly memoryMb: number;
  /** The function's result, or its error, as JSON; empty while it runs. */
  readonly result: string;
  readonly error?: TracedError;
  /**
   * The function's lines while it handled the event and, if the event waited for the load, while it was loaded. Also
   * Lambda's report.
   */
  readonly log: readonly LogLine[];
}

export interface TracedError {
  readonly type: string;
  readonly message: string;
  /** Innermost last. Frames of Python's own libraries are left out. */
  readonly frames: readonly Frame[];
}

export interface Frame {
  /** Relative to the project's folder, such as `src/index.py`. */
  readonly file: string;
  readonly line: number;
  readonly function: string;
  /** The lines around it, from the code that ran; undefined if the file is gone. */
  readonly source?: { readonly firstLine: number; readonly lines: readonly string[] };
}

/** An event of the function's log. */
export interface LogLine {
  /** Counts the lines of this system, from 1. */
  readonly number: number;
  /** In milliseconds since 1970. */
  readonly time: number;
  readonly level: "DEBUG" | "INFO" | "WARN" | "ERROR";
  /** The message of a JSON line, otherwise the line itself; may have several lines. */
  readonly message: string;
  /** The line as the function wrote it. */
  readonly raw: string;
  /** Whether it is a line of a printed trace before the line that names the error. */
  readonly isTrace?: boolean;
  /** The places of the line's error in the function's code, the innermost last, each with its one line of code. */
  readonly frames?: readonly Frame[];
  /** The further fields of a JSON line, or the error of a printed trace. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly functionName: string;
  /** The line's run; undefined while the function is loaded. */
  readonly runId?: string;
  /** Lambda's request id. */
  readonly requestId?: string;
  /** Whether it is Lambda's own line, such as the report. */
  readonly isReport: boolean;
}
