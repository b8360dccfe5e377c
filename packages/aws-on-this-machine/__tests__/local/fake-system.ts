import { drawArchitecture } from "../../diagram/draw";
import { findByName } from "../../inventory/find-by-name";
import type { LogLine, Run, RunSummary } from "../../runs/run";
import type {
  Change,
  DeadLetter,
  InvokeResult,
  MetricSeries,
  QueueMessage,
  RunningSystem,
  ScheduleRun,
  SystemSummary,
  TestRequest,
} from "../../system/running-system";
import { ARCHITECTURE, GROWN, SYSTEM } from "./fake/deployed";
import { exampleMetrics } from "./fake/metrics";
import { failedSchedule, NO_TABLE, type RequestProps, requestRun, textBody } from "./fake/runs";

export { ARCHITECTURE, GROWN, SYSTEM };

const LETTERS = "OrdersDeadLetters";

/** What a browser would run, were it not shown as text. */
export const MARKUP = "<img src=x onerror=alert(1)>";

/** A system that is not there: it keeps what it is asked, and answers and tells what the test sets. */
export class FakeSystem implements RunningSystem {
  /** By id, newest last. */
  readonly kept = new Map<string, Run>();
  readonly lines: LogLine[] = [];
  readonly limits: number[] = [];
  readonly sent: TestRequest[] = [];
  /** The runs that were replayed, the events that functions got, and the schedules that were fired. */
  readonly replayed: string[] = [];
  readonly invoked: string[] = [];
  readonly fired: string[] = [];
  /** By the queue's name. */
  readonly queued = new Map<string, readonly QueueMessage[]>();
  failure: Error | undefined;
  state: Partial<SystemSummary> = {};
  /** The last hour, if it is another one than the example's. */
  series: MetricSeries | undefined;
  private ids = 0;
  private readonly listeners = new Set<(change: Change) => void>();

  /** @param now the time of what happens, if it is not now */
  constructor(private readonly now: () => number = Date.now) {}

  /** A request comes and is answered. */
  addRequest(path: string, status = 200, more: Partial<RequestProps> = {}): string {
    const id = more.id ?? this.newId("request");
    const firstLine = this.nextNumber();
    this.add(requestRun({ id, time: this.now(), path, status, firstLine, ...more }));
    return id;
  }

  /** A run comes, with its lines of the log; or goes on. */
  add(run: Run): void {
    this.kept.set(run.id, run);
    for (const line of run.invocations.flatMap(({ log }) => log))
      if (line.number >= this.nextNumber()) this.addLine(line);
    this.tell({ type: "run", run: summaryOf(run) });
  }

  /** The function writes a line. */
  addLine(line: Partial<LogLine>): void {
    const number = this.nextNumber();
    const message = line.message ?? "";
    const own = {
      number,
      time: this.now(),
      level: "INFO",
      message,
      raw: message,
      fields: {},
      functionName: "OrdersFunction",
      isReport: false,
    } as const;
    const whole: LogLine = { ...own, ...line };
    this.lines.push(whole);
    this.tell({ type: "log", line: whole });
  }

  /** Something about the system changes. */
  setState(state: Partial<SystemSummary>): void {
    this.state = { ...this.state, ...state };
    this.tell({ type: "summary", summary: this.whole() });
  }

  /** Requests that were answered 200, 400 and 500, and a scheduled run that failed three times. */
  addExamples(): void {
    const minute = 60_000;
    const now = this.now();
    this.addRequest("/orders", 200, {
      id: "JKJaXmPLvHcESHA=",
      time: now - 9 * minute,
      initMs: 308.2,
      milliseconds: 346,
    });
    this.addRequest("/orders?customer=42", 200, { id: "JKJbBgKqvHcEJ_g=", time: now - 8 * minute, method: "PUT" });
    const schedule = failedSchedule(
      "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
      now - 5 * minute,
      NO_TABLE,
      this.nextNumber(),
    );
    this.add(schedule);
    this.setLetters([deadLetterOf(schedule)]);
    this.addRequest("/orders", 400, {
      id: "JKJdZiW5PHcEMjQ=",
      time: now - 3 * minute,
      body: textBody('{"hello": '),
      error: "InvalidJson",
      answer: { error: "InvalidJson", message: "The body is not valid JSON", requestId: "JKJdZiW5PHcEMjQ=" },
    });
    this.addRequest("/health", 200, {
      id: "JKJeXmPLvHcESHB=",
      time: now - 2 * minute,
      method: "GET",
      milliseconds: 19,
    });
    this.addRequest("/orders/7", 500, {
      id: "JKJfMhVbPHcEPqA=",
      time: now - minute,
      milliseconds: 41,
      error: `${NO_TABLE.type}: ${NO_TABLE.message}`,
      traced: NO_TABLE,
      answer: {
        error: "InternalServerError",
        message: "The request could not be processed",
        requestId: "JKJfMhVbPHcEPqA=",
      },
    });
  }

  get letters(): readonly DeadLetter[] {
    return (this.queued.get(LETTERS) ?? []).flatMap(({ letter = [] }) => letter);
  }

  setLetters(letters: readonly DeadLetter[]): void {
    this.setMessages(
      LETTERS,
      letters.map((letter) => ({ id: letter.id, sentAt: letter.sentAt, body: letter.event ?? letter.error, letter })),
    );
  }

  setMessages(queue: string, messages: readonly QueueMessage[]): void {
    this.queued.set(queue, messages);
    const count = (name: string) => this.queued.get(name)?.length ?? 0;
    this.setState({ queues: this.whole().queues.map((each) => ({ ...each, messages: count(each.name) })) });
  }

  async summary() {
    this.requireWell();
    return this.whole();
  }

  async diagram() {
    this.requireWell();
    return drawArchitecture(ARCHITECTURE);
  }

  runs(limit: number) {
    return this.newestFirst().slice(0, limit).map(summaryOf);
  }

  async run(id: string) {
    return this.kept.get(id);
  }

  logLines(limit: number) {
    return this.lines.slice(-limit);
  }

  metrics() {
    return this.series ?? exampleMetrics(this.now());
  }

  async items(table: string, limit: number) {
    this.limits.push(limit);
    const { name } = findByName(this.whole().tables, table, "table");
    const all = this.newestFirst().flatMap(({ items }) => items);
    return all.filter((stored) => stored.table === name).map(({ item }) => item);
  }

  async archivedLog(limit: number) {
    this.limits.push(limit);
    return {
      objects: [{ key: "requests/2026/01/31/12/lines.gz", bytes: 1234, time: this.now() }],
      lines: this.newestFirst().flatMap(({ accessLog }) => accessLog ?? []),
    };
  }

  async fireSchedule(name: string): Promise<ScheduleRun[]> {
    this.requireWell();
    this.fired.push(findByName(this.whole().schedules, name, "schedule").name);
    return [this.schedule(this.newId("event"))];
  }

  async send(request: TestRequest) {
    this.requireWell();
    this.sent.push(request);
    const { path, method, replayOf, headers = {}, body = "" } = request;
    const more = { method, replayOf, headers: Object.entries(headers), body: textBody(body) };
    return {
      status: 200,
      requestId: this.addRequest(path, 200, more),
      body: '{"message": "Request processed successfully"}',
    };
  }

  async replay(id: string) {
    this.requireWell();
    const run = await this.run(id);
    if (!run) return undefined;
    this.replayed.push(id);
    if (run.source === "schedule") return this.schedule(this.newId("run"));
    if (!run.request) return this.invoke(run.functionName ?? "", run.event ?? "");
    const { method, target: path, headers, body } = run.request;
    const requestId = this.addRequest(path, 200, { method, headers, body, replayOf: id });
    return { status: 200, requestId, body: "" };
  }

  async invoke(functionName: string, event: string): Promise<InvokeResult> {
    this.requireWell();
    const { name } = findByName(this.whole().functions, functionName, "function");
    this.invoked.push(event);
    return { runId: this.runWithout("invocation", event, name), isError: false, result: "null" };
  }

  async issueToken(claims: Readonly<Record<string, unknown>>): Promise<string> {
    this.requireWell();
    return `header.${JSON.stringify(claims)}.signature`;
  }

  async messages(queue: string, limit: number) {
    this.requireWell();
    return (this.queued.get(findByName(this.whole().queues, queue, "queue").name) ?? []).slice(0, limit);
  }

  async sendMessage(queue: string, body: string) {
    this.requireWell();
    const { name } = findByName(this.whole().queues, queue, "queue");
    const message = { id: this.newId("message"), sentAt: this.now(), body };
    this.setMessages(name, [...(this.queued.get(name) ?? []), message]);
    return message.id;
  }

  async putBack(queue: string, id: string) {
    const { name } = findByName(this.whole().queues, queue, "queue");
    const messages = this.queued.get(name) ?? [];
    const message = messages.find((each) => each.id === id);
    if (!message) return undefined;
    this.setMessages(
      name,
      messages.filter((each) => each !== message),
    );
    const { event } = message.letter ?? {};
    return event === undefined ? {} : { runId: this.runWithout("dead letter", event) };
  }

  async purge(queue: string) {
    const { name } = findByName(this.whole().queues, queue, "queue");
    const { length } = this.queued.get(name) ?? [];
    this.setMessages(name, []);
    return length;
  }

  subscribe(listener: (change: Change) => void) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private newestFirst(): Run[] {
    return [...this.kept.values()].reverse();
  }

  private whole(): SystemSummary {
    return { ...SYSTEM, ...this.state };
  }

  private schedule(runId: string) {
    const run = failedSchedule(runId, this.now(), NO_TABLE, this.nextNumber());
    this.add(run);
    const { functionName = "" } = run;
    return { runId, functionName, outcome: "sent to the dead-letter queue" as const, error: "Task timed out" };
  }

  private tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  private requireWell(): void {
    if (this.failure) throw this.failure;
  }

  private newId(kind: string): string {
    this.ids += 1;
    return `${kind}-${this.ids - 1}`;
  }

  private nextNumber(): number {
    return (this.lines.at(-1)?.number ?? 0) + 1;
  }

  /** A run without a request. */
  private runWithout(source: "invocation" | "dead letter", event: string, functionName = "OrdersFunction"): string {
    const like = requestRun({ id: this.newId("run"), time: this.now(), firstLine: this.nextNumber() });
    const { request: _request, answer: _answer, accessLog: _accessLog, status: _status, ...rest } = like;
    this.add({ ...rest, source, method: "", path: functionName, functionName, event });
    return like.id;
  }
}

function summaryOf(run: Run): RunSummary {
  const {
    id,
    source,
    time,
    method,
    path,
    address,
    functionName,
    status,
    outcome,
    milliseconds,
    attempts,
    isColdStart,
  } = run;
  const { error, version, replayOf, isDeadLetter } = run;
  const begun = { id, source, time, method, path, address, functionName, version, replayOf };
  return { ...begun, status, outcome, milliseconds, attempts, isColdStart, isDeadLetter, error };
}

function deadLetterOf({ id, time, milliseconds = 0, error = "", event }: Run): DeadLetter {
  return {
    id: `letter-${id}`,
    sentAt: time + milliseconds,
    what: `Scheduled Event ${id}`,
    error: `RetriesExhausted after 3 attempts: ${error}`,
    event,
  };
}
