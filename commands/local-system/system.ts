/** An answered request. */
export interface RequestSummary {
  /** API Gateway's request id, as in the answer's header `apigw-requestid`. */
  readonly requestId: string;
  /** Time of arrival, in milliseconds since 1970. */
  readonly time: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
}

/** A deployed alarm, evaluated with the metrics of this machine. */
export interface AlarmSummary {
  readonly name: string;
  readonly description: string;
  /** Such as `5xx (Sum)`. */
  readonly metric: string;
  readonly threshold: number;
  readonly periodSeconds: number;
  /** Periods in a row that must be above the threshold. */
  readonly evaluationPeriods: number;
  /** The value of the current period, if this machine counts the metric. */
  readonly value?: number;
  readonly state: "OK" | "ALARM" | "not counted here";
}

/** The deployed system and its state. */
export interface SystemSummary {
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
  /** Newest first. */
  readonly requests: readonly RequestSummary[];
  readonly alarms: readonly AlarmSummary[];
}

/** An item of the table, with plain values. */
export type Item = Readonly<Record<string, unknown>>;

/** The newest objects and lines of the log archive. */
export interface ArchivedLog {
  readonly objects: readonly { readonly key: string; readonly bytes: number; readonly time: number }[];
  readonly lines: readonly string[];
}

/** The outcome of a scheduled run. */
export interface ScheduleRun {
  /** The scheduled event's id, which is also its item's id. */
  readonly eventId: string;
  readonly outcome: "processed" | "sent to the dead-letter queue" | "lost";
  readonly error?: string;
}

/** A request to the API. */
export interface TestRequest {
  readonly method: string;
  /** Path and query string. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The API's answer to a `TestRequest`. */
export interface TestAnswer {
  readonly status: number;
  readonly requestId: string;
  readonly body: string;
}

/** The running system, for the console and `npm run local`. */
export interface RunningSystem {
  summary(): Promise<SystemSummary>;
  diagram(): Promise<string>;
  items(limit: number): Promise<Item[]>;
  archivedLog(limit: number): Promise<ArchivedLog>;
  fireSchedule(): Promise<ScheduleRun>;
  send(request: TestRequest): Promise<TestAnswer>;
}
