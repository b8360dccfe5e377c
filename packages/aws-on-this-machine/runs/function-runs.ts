import { randomUUID } from "node:crypto";
import { invokeAsynchronously } from "../function/asynchronous-invocation";
import type { Outcome } from "../function/function-process";
import { InvokeError } from "../function/function-runtime";
import type { InvocationRecord } from "../function/invocation";
import { mayInvoke } from "../function/invoke-permission";
import type { LiveFunction } from "../function/live-function";
import type { SystemMetrics } from "../monitoring/system-metrics";
import type { DeadLetters } from "../records/dead-letters";
import type { RequestItems } from "../records/request-items";
import type { DeployedResources } from "../system/deployed-resources";
import type { InvokeResult, ScheduleRun } from "../system/running-system";
import { scheduledEvent } from "../system/schedule";
import { parseObject } from "./log-line";
import { RunRecord, type RunStart } from "./run-record";
import type { RunStore } from "./run-store";

export interface FunctionRunsProps {
  readonly deployed: DeployedResources;
  readonly function: LiveFunction;
  readonly runs: RunStore;
  readonly metrics: SystemMetrics;
  readonly items: RequestItems;
  readonly deadLetters: DeadLetters;
}

/** Runs the function: for requests, for the schedule, for a person's events, and for dead letters. */
export class FunctionRuns {
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(private readonly props: FunctionRunsProps) {}

  /** Invokes the function once, as a part of a run. Throws InvokeError if Lambda refuses the event. */
  async invokeOnce(run: RunRecord, event: string, requestId: string, traceId: string): Promise<Outcome> {
    const { metrics, runs } = this.props;
    let invocation: InvocationRecord | undefined;
    const onStart = (started: InvocationRecord) => {
      invocation = started;
      run.addInvocation(started);
      if (run.source !== "request") runs.update(run);
    };
    try {
      return await this.props.function.invoke(event, requestId, traceId, onStart);
    } catch (error) {
      if (isThrottle(error)) metrics.count("functionThrottles", 1);
      throw error;
    } finally {
      if (invocation) metrics.countInvocation(invocation);
      // The API may already have answered, because its own time limit is shorter.
      runs.update(run);
    }
  }

  /** Fires the schedule once, even if it is disabled. */
  async fireSchedule(): Promise<ScheduleRun> {
    const { schedule, api, functionName } = this.props.deployed;
    if (!schedule) throw new Error(`No rule runs ${functionName} on a schedule`);
    const { id, payload } = scheduledEvent(schedule, api.region, api.accountId, new Date());
    const fired = await this.runSchedule({ id, itemId: id, event: JSON.stringify(payload) });
    const { Name, State } = schedule.rule;
    if (State !== "DISABLED") return fired;
    return { ...fired, notice: `The rule ${Name} is disabled: EventBridge would not have fired it.` };
  }

  /** Gives an event, as JSON, to the function, and waits for its result. Throws InvokeError if Lambda refuses it. */
  async invoke(event: string, replayOf?: string): Promise<InvokeResult> {
    const id = randomUUID();
    const run = this.begin({ id, itemId: itemIdOf(event) ?? id, source: "invocation", event, replayOf });
    try {
      const { isError, payload } = await this.invokeOnce(run, event, id, "");
      this.end(run, isError ? "failed" : "processed");
      return { runId: id, isError, result: payload };
    } catch (error) {
      this.end(run, error instanceof InvokeError ? "refused" : "failed", (error as Error).message);
      throw error;
    }
  }

  /** Gives an event to the function asynchronously, as AWS does with a dead letter that is put back. Returns its run. */
  takeDeadLetter(event: string, replayOf?: string): { readonly runId: string; readonly done: Promise<ScheduleRun> } {
    const runId = randomUUID();
    const itemId = itemIdOf(event) ?? runId;
    const run = this.begin({ id: runId, itemId, source: "dead letter", event, replayOf });
    return { runId, done: this.runAsynchronously(run, event, runId) };
  }

  async repeat({ id, source, itemId }: RunRecord, event: string): Promise<ScheduleRun | InvokeResult> {
    if (source === "schedule") return this.runSchedule({ id: randomUUID(), itemId, event, replayOf: id });
    return source === "dead letter" ? this.takeDeadLetter(event, id).done : this.invoke(event, id);
  }

  /** Resolves after all events that are under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  private async runSchedule(start: Pick<RunStart, "id" | "itemId" | "replayOf"> & { event: string }) {
    const { schedule, policy } = this.props.deployed;
    const run = this.begin({ ...start, source: "schedule" });
    if (mayInvoke(policy, "events.amazonaws.com", schedule?.rule.Arn ?? "")) {
      return this.runAsynchronously(run, start.event, randomUUID());
    }
    const queueArn = schedule?.target.DeadLetterConfig?.Arn;
    if (queueArn) await this.props.deadLetters.send(queueArn, start.event);
    return this.endAsynchronous(run, "The function's policy does not let the rule invoke it", queueArn);
  }

  private runAsynchronously(run: RunRecord, event: string, requestId: string): Promise<ScheduleRun> {
    const { deployed, deadLetters } = this.props;
    const done = invokeAsynchronously(event, {
      requestId,
      invoke: (each) => this.invokeOnce(run, each, requestId, ""),
      functionArn: deployed.functionArn,
      send: (queueArn, message) => deadLetters.send(queueArn, message),
      invokeConfig: deployed.invokeConfig,
    }).then(
      ({ error, failureDestination }) => this.endAsynchronous(run, error, failureDestination),
      (error: Error) => {
        this.end(run, "failed", error.message);
        throw error;
      },
    );
    this.underWay.add(done);
    // The run shows the error to callers that do not await this promise.
    done.catch(() => {}).finally(() => this.underWay.delete(done));
    return done;
  }

  private endAsynchronous(run: RunRecord, error: string | undefined, queueArn: string | undefined): ScheduleRun {
    run.isDeadLetter = error !== undefined && queueArn !== undefined;
    this.end(run, error ? "failed" : "processed", error);
    const ids = { eventId: run.itemId, runId: run.id };
    if (!error) return { ...ids, outcome: "processed" };
    return { ...ids, outcome: queueArn ? "sent to the dead-letter queue" : "lost", error };
  }

  private begin(start: Omit<RunStart, "time" | "method" | "path">): RunRecord {
    const { deployed, items, runs } = this.props;
    const { schedule, functionName } = deployed;
    const path = start.source === "schedule" ? (schedule?.rule.Name ?? "") : functionName;
    const run = new RunRecord({ ...start, time: Date.now(), method: "", path });
    items.note(run.itemId);
    runs.add(run);
    return run;
  }

  private end(run: RunRecord, outcome: "processed" | "refused" | "failed", reason?: string): void {
    run.end(outcome, reason);
    // A lookup during the run may have found an older item.
    this.props.items.note(run.itemId);
    this.props.runs.update(run);
  }
}

function isThrottle(error: unknown): boolean {
  return error instanceof InvokeError && error.name === "TooManyRequestsException";
}

/** The id of the item that an event's run stores: the API's request id, or the scheduled event's. */
function itemIdOf(event: string): string | undefined {
  const { id, requestContext } = parseObject(event.trim()) ?? {};
  const found = (requestContext as { requestId?: unknown } | undefined)?.requestId ?? id;
  return typeof found === "string" ? found : undefined;
}
