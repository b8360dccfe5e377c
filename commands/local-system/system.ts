/** A request that the API answered. */
export interface RequestSummary {
  /** API Gateway's id of the request, also in the header `apigw-requestid` of the answer. */
  readonly requestId: string;
  /** When it came, in milliseconds since 1970. */
  readonly time: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** From the request's head to the answer. */
  readonly milliseconds: number;
}

/** A deployed alarm, evaluated over what was counted on this machine. */
export interface AlarmSummary {
  readonly name: string;
  readonly description: string;
  /** What is compared, such as `5xx (Sum)`. */
  readonly metric: string;
  readonly threshold: number;
  readonly periodSeconds: number;
  /** Periods in a row that must be above the threshold. */
  readonly evaluationPeriods: number;
  /** The value of the current period; absent where this machine does not count the metric. */
  readonly value?: number;
  readonly state: "OK" | "ALARM" | "not counted here";
}

/** What is deployed and how it is doing. */
export interface SystemSummary {
  readonly api: {
    readonly name: string;
    /** Where it answers on this machine. */
    readonly url: string;
    readonly routes: readonly string[];
    /** Whether pages of other origins may call it. */
    readonly cors: boolean;
    /** The stage's throttle: requests a second, and at once above that. */
    readonly rateLimit: number;
    readonly burstLimit: number;
    readonly logGroup: string;
  };
  readonly function: {
    readonly name: string;
    readonly runtime: string;
    readonly timeoutSeconds: number;
    readonly memoryMb: number;
    /** The most that one process has used. */
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

/** An item of the table; the values of string attributes are strings. */
export type Item = Readonly<Record<string, unknown>>;

/** The newest part of the log archive. */
export interface ArchivedLog {
  /** Objects in the bucket, newest first. */
  readonly objects: readonly { readonly key: string; readonly bytes: number; readonly time: number }[];
  /** Access-log lines, newest first. */
  readonly lines: readonly string[];
}

/** What came of firing the schedule. */
export interface ScheduleRun {
  /** The scheduled event's id, under which the function stores its item. */
  readonly eventId: string;
  readonly outcome: "processed" | "sent to the dead-letter queue" | "lost";
  /** Why it was not processed. */
  readonly error?: string;
}

/** A request to be sent to the API. */
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

/** What the console and `npm run local` show and do: the running system. */
export interface ConsoleSource {
  summary(): Promise<SystemSummary>;
  /** The architecture of what is deployed, drawn as SVG. */
  diagram(): Promise<string>;
  /** The items that were stored last, newest first. */
  items(limit: number): Promise<Item[]>;
  archivedLog(limit: number): Promise<ArchivedLog>;
  fireSchedule(): Promise<ScheduleRun>;
  send(request: TestRequest): Promise<TestAnswer>;
}
