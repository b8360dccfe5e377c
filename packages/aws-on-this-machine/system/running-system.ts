import type { DeadLetter } from "../dead-letters/dead-letter";
import type { Item, LogLine, Run, RunSummary } from "../runs/run";

/** The number of newest runs, and of newest lines of the function's log, that a system keeps. */
export const KEPT = 5000;

/** The maximum number of items, log lines or dead letters in an answer. */
export const MAX_LISTED = 100;

export type { DeadLetter };

/** A deployed alarm, evaluated with the metrics of this machine. */
export interface AlarmSummary {
  readonly name: string;
  readonly description: string;
  /** Such as `5xx (Sum)`. */
  readonly metric: string;
  readonly threshold: number;
  readonly periodSeconds: number;
  /** The number of periods in a row that must be above the threshold. */
  readonly evaluationPeriods: number;
  /** The value of the current period, if this machine counts the metric. */
  readonly value?: number;
  /** The number of latest periods in a row that breach the threshold, at most `evaluationPeriods`. */
  readonly breachingPeriods: number;
  readonly comparison: ">" | ">=" | "<" | "<=";
  /** The unit of value and threshold; empty for a count. */
  readonly unit: "%" | "ms" | "";
  readonly state: "OK" | "ALARM" | "not counted here";
}

export interface SystemSummary {
  /** The deployed stack, such as `orders-staging`. */
  readonly name: string;
  readonly api: {
    readonly name: string;
    readonly url: string;
    readonly routes: readonly string[];
    /** Whether the API has a CORS configuration. */
    readonly cors: boolean;
    /** The stage's throttle, in requests a second. */
    readonly rateLimit: number;
    /** The requests at once above that rate. */
    readonly burstLimit: number;
    readonly logGroup: string;
  };
  readonly function: {
    readonly name: string;
    readonly runtime: string;
    readonly timeoutSeconds: number;
    readonly memoryMb: number;
    /** The maximum of a single process. */
    readonly usedMemoryMb: number;
    readonly processes: number;
    readonly busyProcesses: number;
    readonly logGroup: string;
  };
  readonly schedule: { readonly name: string; readonly expression: string; readonly state: string };
  readonly table: { readonly name: string };
  readonly logArchive: { readonly bucket: string };
  readonly deadLetterQueue: { readonly name: string; readonly messages: number };
  readonly alarms: readonly AlarmSummary[];
  /** The reason why the function's code cannot be loaded; undefined while it can. */
  readonly loadFailure?: {
    readonly message: string;
    /** Such as `src/index.py:12`, if it is known. */
    readonly location?: string;
  };
}

/** The counts of each period of the last hour. A duration is null where there was none. */
export interface Series {
  readonly requests: readonly (number | null)[];
  readonly clientErrors: readonly (number | null)[];
  readonly serverErrors: readonly (number | null)[];
  /** The answers' latency. */
  readonly p50Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
  /** The function's mean duration. */
  readonly functionMs: readonly (number | null)[];
  readonly coldStarts: readonly (number | null)[];
}

export interface MetricSeries extends Series {
  readonly periodSeconds: number;
  /** The periods' beginnings, in milliseconds since 1970, oldest first; the last one has not ended. */
  readonly times: readonly number[];
  /** The deployed alarms on a series. The threshold of a count is scaled from the alarm's period to this period. */
  readonly thresholds: readonly { readonly series: keyof Series; readonly value: number; readonly alarm: string }[];
}

export interface ArchivedLog {
  readonly objects: readonly { readonly key: string; readonly bytes: number; readonly time: number }[];
  readonly lines: readonly string[];
  /** The reason why the newest lines of the access log are lost, if they are. */
  readonly failure?: string;
}

export interface ScheduleRun {
  /** The scheduled event's id, which is also its item's id. */
  readonly eventId: string;
  /** Equals `eventId`, unless the function got the event before. */
  readonly runId: string;
  readonly outcome: "processed" | "sent to the dead-letter queue" | "lost";
  readonly error?: string;
  /** For a disabled rule: that AWS would not have fired it. */
  readonly notice?: string;
}

export interface TestRequest {
  readonly method: string;
  /** Path and query string. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether the body is bytes in base64. */
  readonly isBase64Encoded?: boolean;
  /** The run that this request repeats, perhaps with changes. */
  readonly replayOf?: string;
}

export interface TestAnswer {
  readonly status: number;
  readonly requestId: string;
  readonly body: string;
}

export interface InvokeResult {
  readonly runId: string;
  readonly isError: boolean;
  /** The result, or the error, as JSON. */
  readonly result: string;
}

export type Change =
  /** A run began or went on. */
  | { readonly type: "run"; readonly run: RunSummary }
  | { readonly type: "log"; readonly line: LogLine }
  /** At most one a second, and only with a new value. */
  | { readonly type: "summary"; readonly summary: SystemSummary };

/** The running system, for the console and `npm run local`. */
export interface RunningSystem {
  summary(): Promise<SystemSummary>;
  diagram(): Promise<string>;
  /** The newest first. */
  runs(limit: number): RunSummary[];
  /** Resolves to undefined if the run is unknown or no longer kept. */
  run(id: string): Promise<Run | undefined>;
  /** The newest last. */
  logLines(limit: number): LogLine[];
  metrics(): MetricSeries;
  items(limit: number): Promise<Item[]>;
  archivedLog(limit: number): Promise<ArchivedLog>;
  fireSchedule(): Promise<ScheduleRun>;
  send(request: TestRequest): Promise<TestAnswer>;
  /**
   * Replays a run with the same bytes or the same event. Resolves to undefined if the run is unknown or no longer kept.
   */
  replay(id: string): Promise<TestAnswer | ScheduleRun | InvokeResult | undefined>;
  /** Gives an event, as JSON, to the function, and waits for its result. */
  invoke(event: string): Promise<InvokeResult>;
  /** The oldest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /**
   * Gives a dead letter's event to the function again and deletes the message. Resolves to undefined if it is not in
   * the queue.
   */
  putBackDeadLetter(id: string): Promise<{ readonly runId: string } | undefined>;
  /** Deletes all dead letters. Returns how many there were. */
  purgeDeadLetters(): Promise<number>;
  /** Calls a listener with each change. Returns how to unsubscribe. */
  subscribe(listener: (change: Change) => void): () => void;
}
