import type { DeadLetter } from "../dead-letters/dead-letter";
import type { Item, LogLine, Run, RunSummary } from "../runs/run";

/** The number of newest runs, and of newest lines of the function's log, that a system keeps. */
export const KEPT = 5000;

/** The maximum number of items, log lines or dead letters in an answer. */
export const MAX_LISTED = 100;

export type { DeadLetter };

/** A message of a queue. */
export interface QueueMessage {
  /** SQS's id of the message. */
  readonly id: string;
  /** When it was sent, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly body: string;
  /** The failed event, if the message is a dead letter of Lambda or of EventBridge. */
  readonly letter?: DeadLetter;
  /** The run that failed, if the message is a dead letter of a run that is still kept. */
  readonly runId?: string;
}

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

export interface ApiSummary {
  readonly address: string;
  readonly name: string;
  readonly url: string;
  /** Values of the header Host that lead to it, with the paths there, such as `api.example.com/orders`. */
  readonly domains: readonly string[];
  readonly routes: readonly string[];
  /** Those of the routes that have a function or service that runs here. */
  readonly runningRoutes: readonly string[];
  /** Whether the API has a CORS configuration. */
  readonly cors: boolean;
  /** The stage's throttle, in requests a second. */
  readonly rateLimit: number;
  /** The requests at once above that rate. */
  readonly burstLimit: number;
  /** Empty without an access log. */
  readonly logGroup: string;
  /** The bucket of the archived access log; empty without one. */
  readonly archiveBucket: string;
}

export interface FunctionSummary {
  readonly address: string;
  readonly name: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** The maximum of a single process. */
  readonly usedMemoryMb: number;
  readonly processes: number;
  readonly busyProcesses: number;
  readonly logGroup: string;
  /** The folder of its source, relative to the project. */
  readonly source: string;
  /** The reason why the code cannot be loaded; undefined while it can. */
  readonly loadFailure?: {
    readonly message: string;
    /** Such as `src/index.py:12`, if it is known. */
    readonly location?: string;
  };
}

export interface ScheduleSummary {
  readonly address: string;
  readonly name: string;
  readonly expression: string;
  readonly isEnabled: boolean;
  /** The names of the functions that it invokes. */
  readonly functions: readonly string[];
}

export interface TableSummary {
  readonly address: string;
  readonly name: string;
  /** The names of the partition key and, if there is one, of the sort key. */
  readonly keys: readonly string[];
}

export interface QueueSummary {
  readonly address: string;
  readonly name: string;
  readonly messages: number;
  /** Whether failed events or messages come here. */
  readonly isDeadLetterQueue: boolean;
}

/** A queue or a stream whose records a function gets. */
export interface EventSourceSummary {
  readonly address: string;
  readonly functionName: string;
  /** The name of the queue, table or stream. */
  readonly source: string;
  readonly isEnabled: boolean;
  /** The reason why it does not run here; undefined if it does. */
  readonly problem?: string;
}

export interface SystemSummary {
  /** The deployed stack, such as `orders-staging`. */
  readonly name: string;
  readonly apis: readonly ApiSummary[];
  readonly functions: readonly FunctionSummary[];
  readonly schedules: readonly ScheduleSummary[];
  readonly tables: readonly TableSummary[];
  readonly queues: readonly QueueSummary[];
  readonly eventSources: readonly EventSourceSummary[];
  readonly alarms: readonly AlarmSummary[];
  /** The resources that this machine does not serve, and why. */
  readonly unserved: readonly { readonly address: string; readonly reason: string }[];
  /** The state of the stacks' source, if it is not what runs. */
  readonly stacks?: StacksState;
}

/** Saved stacks that are being applied, or that cannot be. */
export interface StacksState {
  readonly kind: "applying" | "broken";
  /** The progress, or the error. */
  readonly message: string;
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
  readonly runId: string;
  readonly functionName: string;
  readonly outcome: "processed" | "sent to the dead-letter queue" | "lost";
  readonly error?: string;
  /** For a disabled rule: that AWS would not have fired it. */
  readonly notice?: string;
}

export interface TestRequest {
  readonly method: string;
  /** Path and query string. */
  readonly path: string;
  /**
   * The name of the API.
   * @default - the first one
   */
  readonly api?: string;
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

/**
 * The running system, for the console and `npm run local`. It finds functions, schedules, tables and queues by their names
 * or Terraform addresses; an empty name means the only one. A UserError lists the names if it finds none.
 */
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
  /** The items that were written last come first. */
  items(table: string, limit: number): Promise<Item[]>;
  archivedLog(limit: number): Promise<ArchivedLog>;
  /** Fires a schedule once, even if it is disabled. Resolves to a run for each function. */
  fireSchedule(name: string): Promise<ScheduleRun[]>;
  send(request: TestRequest): Promise<TestAnswer>;
  /**
   * Replays a run with the same bytes or the same event. Resolves to undefined if the run is unknown or no longer kept.
   */
  replay(id: string): Promise<TestAnswer | ScheduleRun | InvokeResult | undefined>;
  /** Issues a token that only the local APIs trust. Claims that are not given are as an API's authorizer requires them. */
  issueToken(claims: Readonly<Record<string, unknown>>): Promise<string>;
  /** Gives an event, as JSON, to a function, and waits for its result. */
  invoke(functionName: string, event: string): Promise<InvokeResult>;
  /** The oldest first. Messages that a function handles are not among them. */
  messages(queue: string, limit: number): Promise<QueueMessage[]>;
  /** Resolves to SQS's id of the message. */
  sendMessage(queue: string, body: string): Promise<string>;
  /**
   * Gives a dead letter's event to its function again, or a message back to the queue that it comes from, and deletes the
   * message. Resolves to undefined if it is not in the queue.
   */
  putBack(queue: string, id: string): Promise<{ readonly runId?: string } | undefined>;
  /** Deletes all messages. Returns how many there were. */
  purge(queue: string): Promise<number>;
  /** Calls a listener with each change. Returns how to unsubscribe. */
  subscribe(listener: (change: Change) => void): () => void;
}
