import type { InvocationRecord } from "../function/invocation";
import type { AnsweredRequest, ReceivedRequest } from "../gateway/http-gateway";
import { beginningOf, KeptBytes } from "./kept-bytes";
import type { RunSource, RunSummary } from "./run";

export interface RunStart extends Pick<RunSummary, "id" | "source" | "time" | "path" | "address" | "replayOf"> {
  /** Empty for a source other than a request. */
  readonly method?: string;
  readonly functionName?: string;
  /** The event as the function gets it, as JSON. */
  readonly event?: string;
}

interface KeptRequest {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  /** Whether its header Host is a domain's name. */
  readonly isOfDomain: boolean;
  readonly body: KeptBytes;
}

interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: KeptBytes;
}

/** The maximum length of a text of the oldest runs. */
const CUT_LENGTH = 4096;

/**
 * A run, complete or not. Most fields are references to objects that exist already, so that keeping a request takes no time.
 */
export class RunRecord {
  readonly id: string;
  readonly source: RunSource;
  /** The function that got the event. */
  functionName: string | undefined;
  /** The version or the alias that the event names. */
  qualifier: string | undefined;
  version: string | undefined;
  status: number | undefined;
  outcome: RunSummary["outcome"] = "running";
  attempts = 0;
  isDeadLetter = false;
  replayOf: string | undefined;
  /** The reason why the API or Lambda itself refused the run or gave it up. */
  reason: string | undefined;
  /** The function's error; undefined until its answer and its log are searched. */
  error: { readonly line: string | undefined; readonly entries: number } | undefined;
  request: KeptRequest | undefined;
  event: string | undefined;
  isEventWhole = true;
  answer: KeptAnswer | undefined;
  invocations: InvocationRecord[] = [];
  /** The root of the trace, by which the emulator keeps the function's calls. */
  traceRoot: string | undefined;
  accessLog: string | undefined;
  /** The Terraform address of the API that answered. */
  apiAddress: string | undefined;
  /** The key of the archived object with that line, once it was found. */
  archivedIn: string | undefined;
  /** Whether parts of the run were removed, to save memory. */
  isCut = false;
  /** The characters and bytes that count for this run. */
  length = 0;
  private milliseconds: number | undefined;
  private isColdStart = false;
  private readonly started = performance.now();

  constructor(private readonly start: RunStart) {
    this.id = start.id;
    this.source = start.source;
    this.functionName = start.functionName;
    this.event = start.event;
    this.replayOf = start.replayOf;
  }

  static ofRequest({ request, target, rawHeaders, body }: ReceivedRequest): RunRecord {
    const record = RunRecord.ofApi(request);
    const claimed = Number(request.headers["content-length"] ?? 0);
    const kept = body ? new KeptBytes(body) : new KeptBytes(Buffer.alloc(0), claimed || 1);
    const isOfDomain = request.domain !== undefined;
    record.request = { method: request.method, target, rawHeaders, isOfDomain, body: kept };
    return record;
  }

  /** Begins the run of a malformed request. */
  static ofApi({ requestId, time, method, path, rawQueryString, domain }: AnsweredRequest["request"]): RunRecord {
    const query = rawQueryString && `?${rawQueryString}`;
    const address = domain && domain.name + domain.path + query;
    return new RunRecord({ id: requestId, source: "request", time, method, path: path + query, address });
  }

  addInvocation(invocation: InvocationRecord): void {
    invocation.owner.runId = this.id;
    this.functionName = invocation.code.functionName;
    this.qualifier = invocation.qualifier;
    this.version = invocation.version;
    this.invocations.push(invocation);
    this.attempts += 1;
    this.isColdStart ||= invocation.initMs !== undefined;
  }

  endWithAnswer({ request, answer, milliseconds, accessLog }: AnsweredRequest): void {
    const { status, headers, body, log = {}, reason } = answer;
    const isEmpty = request.method === "HEAD" || status === 204 || status === 304;
    this.answer = { status, headers, body: new KeptBytes(isEmpty ? Buffer.alloc(0) : body) };
    this.status = status;
    this.milliseconds = milliseconds;
    this.accessLog = accessLog;
    this.outcome = status >= 500 ? "failed" : status >= 400 ? "refused" : "processed";
    const own = [log["error.message"], log["authorizer.error"], reason].filter(Boolean).join(": ");
    this.reason = String(log.integrationErrorMessage ?? own) || undefined;
  }

  end(outcome: RunSummary["outcome"], reason?: string): void {
    this.outcome = outcome;
    this.reason = reason;
    this.milliseconds = performance.now() - this.started;
  }

  /** The time of its end, in milliseconds since 1970; the time of its begin while it goes on. */
  get endTime(): number {
    return this.start.time + (this.milliseconds ?? 0);
  }

  /** @param error why the run is not processed, as a line */
  summarize(error: string | undefined): RunSummary {
    const { status, outcome, milliseconds, attempts, isColdStart, replayOf, isDeadLetter, functionName, version } =
      this;
    const { id, source, time, method = "", path, address } = this.start;
    const begun = { id, source, time, method, path, address, functionName, version, replayOf };
    return { ...begun, status, outcome, milliseconds, attempts, isColdStart, isDeadLetter, error };
  }

  /** Counts the kept characters and bytes anew. */
  measure(): number {
    let length = (this.event?.length ?? 0) + (this.accessLog?.length ?? 0) + (this.answer?.body.length ?? 0);
    if (this.request) {
      length += this.request.target.length + this.request.body.length;
      for (const text of this.request.rawHeaders) length += text.length;
    }
    for (const { log, outcome } of this.invocations) length += log.length + (outcome?.payload.length ?? 0);
    this.length = length;
    return length;
  }

  /** Keeps only the beginnings of long texts. */
  cut(): void {
    const before = this.measure();
    for (const body of [this.request?.body, this.answer?.body]) body?.cut(CUT_LENGTH);
    this.isEventWhole &&= (this.event ?? "").length <= CUT_LENGTH;
    this.event = this.event && beginningOf(this.event, CUT_LENGTH);
    for (const invocation of this.invocations) {
      const { log, outcome } = invocation;
      if (outcome) invocation.outcome = { ...outcome, payload: beginningOf(outcome.payload, CUT_LENGTH) };
      log.shorten((raw) => beginningOf(raw, CUT_LENGTH));
    }
    if (this.measure() < before) this.isCut = true;
  }

  /** Keeps only the data of the summary. */
  drop(): void {
    this.request = undefined;
    this.answer = undefined;
    this.event = undefined;
    this.accessLog = undefined;
    this.invocations = [];
    this.isCut = true;
    this.measure();
  }
}
