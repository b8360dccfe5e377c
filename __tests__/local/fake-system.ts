import { readArchitecture } from "../../commands/diagram/architecture";
import { drawArchitecture } from "../../commands/diagram/draw";
import type { LogLine, RunSummary } from "../../commands/local-system/run";
import type {
  Change,
  DeadLetter,
  MetricSeries,
  RunningSystem,
  SystemSummary,
  TestRequest,
} from "../../commands/local-system/system";

/** What a browser would run, were it not shown as text. */
export const MARKUP = "<img src=x onerror=alert(1)>";

/** The state of the fake system, unless a test says otherwise. */
export const SYSTEM: SystemSummary = {
  name: "serverless-infrastructure",
  api: {
    name: "RequestProcessorAPI",
    url: "http://127.0.0.1:41001",
    routes: ["$default"],
    cors: true,
    rateLimit: 200,
    burstLimit: 400,
    logGroup: "/aws/apigateway/a1b2c3d4e5",
  },
  function: {
    name: "RequestProcessorFunction",
    runtime: "python3.13",
    timeoutSeconds: 30,
    memoryMb: 256,
    usedMemoryMb: 71,
    processes: 3,
    busyProcesses: 1,
    logGroup: "/aws/lambda/RequestProcessorFunction",
  },
  schedule: { name: "LambdaDailySchedule", expression: "rate(24 hours)", state: "ENABLED" },
  table: { name: "RequestDataTable" },
  logArchive: { bucket: "api-logs-123456789012-us-west-2" },
  deadLetterQueue: { name: "RequestProcessorDeadLetters", messages: 0 },
  alarms: [
    {
      name: "ApiGateway-5XX-Errors",
      description: "The API answers many requests with 5xx.",
      metric: "5xx (Sum)",
      threshold: 10,
      periodSeconds: 300,
      evaluationPeriods: 2,
      value: 4,
      breachingPeriods: 0,
      comparison: ">",
      unit: "",
      state: "OK",
    },
  ],
};

/** What the fake system draws. */
export const ARCHITECTURE = readArchitecture({
  resource: {
    aws_sqs_queue: { letters: { name: SYSTEM.deadLetterQueue.name } },
    aws_cloudwatch_event_rule: { daily: { name: SYSTEM.schedule.name } },
    aws_cloudwatch_event_target: {
      daily: {
        rule: "${aws_cloudwatch_event_rule.daily.name}",
        dead_letter_config: { arn: "${aws_sqs_queue.letters.arn}" },
      },
    },
    aws_cloudwatch_metric_alarm: { letters: { dimensions: { QueueName: "${aws_sqs_queue.letters.name}" } } },
    // The widest letters.
    aws_s3_bucket: { wide: { bucket: "mmmm-wwww-mmmm-wwww-mmmm-wwww" } },
  },
});

/** A system that is not there: it keeps what it is asked and answers what the test sets. */
export class FakeSystem implements RunningSystem {
  requests: RunSummary[] = [];
  lines: LogLine[] = [];
  limits: number[] = [];
  sent: TestRequest[] = [];
  replayed: string[] = [];
  invoked: string[] = [];
  letters: DeadLetter[] = [];
  failure: Error | undefined;
  state: Partial<SystemSummary> = {};
  private readonly listeners = new Set<(change: Change) => void>();

  addRequest(path: string, status = 200): string {
    const id = `request-${this.requests.length}`;
    const outcome = status >= 500 ? "failed" : status >= 400 ? "refused" : "processed";
    const run = { id, source: "request", time: Date.now(), method: "POST", path, status, outcome } as const;
    const summary = { ...run, milliseconds: 12, attempts: 1, isColdStart: false };
    this.requests = [summary, ...this.requests];
    this.tell({ type: "run", run: summary });
    return id;
  }

  /** The function writes a line. */
  addLine({ message = "" }: Partial<LogLine>): void {
    const number = this.lines.length + 1;
    const time = Date.now();
    const line = { number, time, level: "INFO", message, raw: message, fields: {}, isReport: false } as const;
    this.lines.push(line);
    this.tell({ type: "log", line });
  }

  setLetters(letters: DeadLetter[]): void {
    this.letters = letters;
  }

  /** Something about the system changes. */
  setState(state: Partial<SystemSummary>): void {
    this.state = { ...this.state, ...state };
    this.tell({ type: "summary", summary: { ...SYSTEM, ...this.state } });
  }

  async summary() {
    if (this.failure) throw this.failure;
    return { ...SYSTEM, ...this.state };
  }

  async diagram() {
    if (this.failure) throw this.failure;
    return drawArchitecture(ARCHITECTURE);
  }

  async items(limit: number) {
    this.limits.push(limit);
    return this.requests.map(({ id, path }) => ({
      RequestId: id,
      Path: path,
      Body: '{"hello": "world"}',
    }));
  }

  async archivedLog(limit: number) {
    this.limits.push(limit);
    return {
      objects: [{ key: "requests/2026/01/31/12/lines.gz", bytes: 1234, time: Date.now() }],
      lines: this.requests.map(({ id, path }) => JSON.stringify({ requestId: id, path })),
    };
  }

  async fireSchedule() {
    if (this.failure) throw this.failure;
    return {
      eventId: "event-1",
      runId: "event-1",
      outcome: "sent to the dead-letter queue" as const,
      error: "Task timed out",
    };
  }

  async send(request: TestRequest) {
    this.sent.push(request);
    return {
      status: 200,
      requestId: this.addRequest(request.path),
      body: '{"message": "Request processed successfully"}',
    };
  }

  runs(limit: number) {
    return this.requests.slice(0, limit);
  }

  async run(id: string) {
    const summary = this.requests.find((each) => each.id === id);
    return summary && { ...summary, invocations: [], item: null };
  }

  logLines(limit: number) {
    return this.lines.slice(-limit);
  }

  metrics(): MetricSeries {
    const none = { requests: [], clientErrors: [], serverErrors: [], p50Ms: [], p99Ms: [], functionMs: [] };
    return { periodSeconds: 10, times: [], ...none, coldStarts: [], thresholds: [] };
  }

  async replay(id: string) {
    if (this.failure) throw this.failure;
    if (!this.requests.some((each) => each.id === id)) return undefined;
    this.replayed.push(id);
    return { runId: "run-1", isError: false, result: "null" };
  }

  async invoke(event: string) {
    this.invoked.push(event);
    return { runId: "run-1", isError: false, result: "null" };
  }

  async deadLetters(limit: number): Promise<DeadLetter[]> {
    return this.letters.slice(0, limit);
  }

  async putBackDeadLetter(id: string) {
    if (!this.letters.some((letter) => letter.id === id)) return undefined;
    this.letters = this.letters.filter((letter) => letter.id !== id);
    return { runId: "run-1" };
  }

  async purgeDeadLetters() {
    return this.letters.splice(0).length;
  }

  subscribe(listener: (change: Change) => void) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }
}
