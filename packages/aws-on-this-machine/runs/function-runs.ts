import { randomUUID } from "node:crypto";
import { FAILED_RECORDS } from "../event-sources/invocation";
import {
  type AsynchronousInvocationProps,
  invokeAsynchronously,
  isThrottle,
} from "../function/asynchronous-invocation";
import type { Outcome } from "../function/function-process";
import { type InvocationRecord, InvokeError } from "../function/invocation";
import { type ScheduleResource, type ScheduleTarget, scheduledEvent } from "../inventory/schedules/schedules";
import type { SystemMetrics } from "../monitoring/system-metrics";
import type { Destinations } from "../records/destinations";
import type { InvokedFunction } from "../system/functions/served-function";
import type { InvokeResult, ScheduleRun } from "../system/running-system";
import { parseObject } from "./log-line";
import type { RunSource } from "./run";
import { RunRecord } from "./run-record";
import type { RunStore } from "./run-store";
import { newTraceId, traceRoot } from "./trace-id";

export interface FunctionRunsProps {
  readonly runs: RunStore;
  readonly metrics: SystemMetrics;
  readonly destinations: Destinations;
  /** Finds the function with an ARN, which may have replaced another one. */
  readonly findFunction: (arn: string) => InvokedFunction | undefined;
  readonly onNotice: (notice: string) => void;
}

/** The origin of an event. */
export interface Origin {
  readonly source: RunSource;
  /** The name of what sent it: a schedule, queue, table, topic or bucket. */
  readonly path: string;
  /** By default, the run gets an id of its own. */
  readonly id?: string;
  readonly replayOf?: string;
  /** The reason why the function's policy refuses the event. */
  readonly refusal?: string;
  /** The queue that gets a refused event. */
  readonly deadLetterQueue?: { readonly arn: string; readonly attributes: Readonly<Record<string, string>> };
}

/** Runs functions, once or as Lambda runs asynchronous events. */
export class FunctionRuns {
  private readonly underWay = new Set<Promise<unknown>>();
  /** The runs that may get further attempts, by their functions and the keys of their events. */
  private readonly open = new Map<string, RunRecord>();

  constructor(private readonly props: FunctionRunsProps) {}

  /** Invokes a function once, as a part of a run. Throws InvokeError if Lambda refuses the event. */
  async invokeOnce(fn: InvokedFunction, run: RunRecord, event: string, requestId: string, ownTraceId?: string) {
    const { metrics, runs } = this.props;
    // The attempts of a run share its root, by which the emulator keeps the function's calls.
    const traceId = ownTraceId ?? (run.traceRoot ? `Root=${run.traceRoot}` : newTraceId());
    run.traceRoot ??= traceRoot(traceId);
    let invocation: InvocationRecord | undefined;
    const onStart = (started: InvocationRecord) => {
      invocation = started;
      run.addInvocation(started);
      if (run.source !== "request") runs.update(run);
    };
    try {
      return await fn.invoke(event, requestId, traceId, onStart);
    } catch (error) {
      if (isThrottle(error)) metrics.countThrottle(fn.name, fn.qualifier);
      throw error;
    } finally {
      if (invocation) metrics.countInvocation(invocation);
      // The API may already have answered, because its own time limit is shorter.
      runs.update(run);
    }
  }

  /** Gives an event, as JSON, to a function, and waits for its result. Throws InvokeError if Lambda refuses it. */
  async invoke(fn: InvokedFunction, event: string, origin?: Partial<Origin>): Promise<InvokeResult> {
    const requestId = randomUUID();
    const run = this.begin(fn, event, { id: requestId, source: "invocation", path: fn.name, ...origin });
    try {
      const { isError, payload } = await this.invokeOnce(fn, run, event, requestId);
      const reportsFailures = !isError && isBatch(run) && hasFailedRecords(payload);
      const isFailed = isError || reportsFailures;
      this.end(run, isFailed ? "failed" : "processed", reportsFailures ? FAILED_RECORDS : undefined);
      return { runId: run.id, isError: isFailed, result: payload };
    } catch (error) {
      this.end(run, error instanceof InvokeError ? "refused" : "failed", (error as Error).message);
      throw error;
    }
  }

  /**
   * Fires one target of a schedule once, even if the schedule is disabled.
   *
   * @param fired the event's id and time, which all targets share
   */
  async fire(
    fn: InvokedFunction,
    schedule: ScheduleResource,
    target: ScheduleTarget,
    fired: { readonly id: string; readonly time: Date } = { id: randomUUID(), time: new Date() },
  ): Promise<ScheduleRun> {
    const { arn, name, service, isEnabled } = schedule;
    const { id } = fired;
    const event = scheduledEvent(schedule, target, fired);
    const refusal =
      service && !fn.mayBeInvokedBy(service, arn) ? "The function's policy does not let the rule invoke it" : undefined;
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    const names = { RULE_ARN: arn, TARGET_ARN: target.arn };
    const attributes = { ...names, ERROR_CODE: "NO_PERMISSIONS", ERROR_MESSAGE: refusal ?? "" };
    const deadLetterQueue = target.deadLetterArn === undefined ? undefined : { arn: target.deadLetterArn, attributes };
    const origin: Origin = { source: "schedule", path: name, id, refusal, deadLetterQueue };
    const run = await this.invokeLater(fn, event, origin).done;
    if (isEnabled) return run;
    return { ...run, notice: `${name} is disabled: EventBridge would not have fired it.` };
  }

  /** Gives an event to a function asynchronously. */
  invokeLater(
    fn: InvokedFunction,
    event: string,
    origin: Origin,
  ): { readonly runId: string; readonly done: Promise<ScheduleRun> } {
    const run = this.begin(fn, event, origin);
    const done = origin.refusal ? this.refuse(fn, run, event, origin) : this.runLater(fn, run, event);
    this.underWay.add(done);
    // The run shows the error to callers that do not await this promise.
    done.catch(() => {}).finally(() => this.underWay.delete(done));
    return { runId: run.id, done };
  }

  /**
   * Gives an event to a function once, as an attempt of the run with the same key. The run goes on until `settle` ends it.
   * Throws InvokeError if Lambda refuses it.
   */
  async attempt(fn: InvokedFunction, key: string, event: string, origin: Origin): Promise<Outcome> {
    const known = `${fn.arn} ${key}`;
    const run = this.open.get(known) ?? this.begin(fn, event, origin);
    this.open.set(known, run);
    run.outcome = "running";
    return this.invokeOnce(fn, run, event, randomUUID());
  }

  /** Ends the run of the attempts with a key. */
  settle(
    fn: InvokedFunction,
    key: string,
    end: { readonly outcome: "processed" | "failed"; readonly reason?: string; readonly destination?: string },
  ): void {
    const run = this.open.get(`${fn.arn} ${key}`);
    if (!run) return;
    this.open.delete(`${fn.arn} ${key}`);
    run.isDeadLetter = end.destination !== undefined;
    this.end(run, end.outcome, end.reason);
  }

  /** Gives the event of a run to its function again, in the same way. */
  async repeat(fn: InvokedFunction, run: RunRecord, event: string): Promise<ScheduleRun | InvokeResult> {
    const { source } = run;
    const { path } = run.summarize(undefined);
    const origin = { source, path, replayOf: run.id };
    const isAsynchronous = ["schedule", "dead letter", "topic", "bucket", "event", "service"].includes(source);
    return isAsynchronous ? this.invokeLater(fn, event, origin).done : this.invoke(fn, event, origin);
  }

  /** The lines of a run's log, each with a line break. */
  logOf(runId: string): string {
    const { invocations = [] } = this.props.runs.find(runId) ?? {};
    return invocations.flatMap(({ log }) => log.entries.map(({ raw }) => `${raw}\n`)).join("");
  }

  /** Resolves after all events that are under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  private async refuse(
    fn: InvokedFunction,
    run: RunRecord,
    event: string,
    { refusal, deadLetterQueue: queue }: Origin,
  ) {
    const isKept = queue && (await this.send(fn, queue.arn, event, queue.attributes));
    return this.endAsynchronous(fn, run, refusal, isKept ? queue.arn : undefined);
  }

  /** Sends a message to a destination. A failure is a notice: it changes nothing about the run. Returns whether it was sent. */
  private async send(
    { name }: InvokedFunction,
    ...[arn, message, attributes]: Parameters<AsynchronousInvocationProps["send"]>
  ): Promise<boolean> {
    try {
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
      await this.props.destinations.send(arn, message, attributes, `aws/lambda/async/${name}`);
      return true;
    } catch (error) {
      this.props.onNotice(`${arn} did not get an event of ${name}: ${(error as Error).message}`);
      return false;
    }
  }

  private async runLater(fn: InvokedFunction, run: RunRecord, event: string): Promise<ScheduleRun> {
    const requestId = randomUUID();
    try {
      const { error, destination } = await invokeAsynchronously(event, {
        requestId,
        // During a pause before a retry, another function may take the place of this one.
        invoke: (each) => this.invokeOnce(this.props.findFunction(fn.arn) ?? fn, run, each, requestId),
        functionArn: `${fn.arn}${fn.qualifier ? "" : ":$LATEST"}`,
        send: (...message) => this.send(fn, ...message),
        invokeConfig: fn.resource.invokeConfig,
        deadLetterArn: fn.resource.configuration.DeadLetterConfig?.TargetArn,
      });
      return this.endAsynchronous(fn, run, error, destination);
    } catch (error) {
      this.end(run, "failed", (error as Error).message);
      throw error;
    }
  }

  private endAsynchronous(
    fn: InvokedFunction,
    run: RunRecord,
    error: string | undefined,
    destination: string | undefined,
  ): ScheduleRun {
    run.isDeadLetter = error !== undefined && destination !== undefined;
    this.end(run, error ? "failed" : "processed", error);
    const ids = { runId: run.id, functionName: fn.name };
    if (!error) return { ...ids, outcome: "processed" };
    return { ...ids, outcome: destination ? "sent to the dead-letter queue" : "lost", error };
  }

  private begin(fn: InvokedFunction, event: string, { id = randomUUID(), source, path, replayOf }: Origin): RunRecord {
    const { runs } = this.props;
    // A schedule with several targets sends all of them an event with the same id.
    const own = runs.find(id) ? randomUUID() : id;
    const run = new RunRecord({ id: own, source, path, replayOf, event, time: Date.now(), functionName: fn.name });
    runs.add(run);
    return run;
  }

  private end(run: RunRecord, outcome: "processed" | "refused" | "failed", reason?: string): void {
    run.end(outcome, reason);
    this.props.runs.update(run);
  }
}

function isBatch({ source }: RunRecord): boolean {
  return source === "queue" || source === "stream";
}

function hasFailedRecords(payload: string): boolean {
  const { batchItemFailures: failures } = parseObject(payload) ?? {};
  return Array.isArray(failures) && failures.length > 0;
}
