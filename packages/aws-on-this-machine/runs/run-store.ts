import { STATUS_CODES } from "node:http";
import { KEPT } from "../system/running-system";
import { parseObject } from "./log-line";
import type { RunSummary } from "./run";
import type { RunRecord } from "./run-record";
import { findError, renderError } from "./traced-error";

/** How much of all runs together is kept, in characters and bytes. */
const KEPT_LENGTH = 64 * 1024 * 1024;

export interface RunLimits {
  readonly runs: number;
  readonly length: number;
}

/**
 * The newest runs. If they need too much memory, the store first cuts the long texts of the oldest runs. Then it
 * reduces the oldest runs to their summaries.
 */
export class RunStore {
  private readonly byId = new Map<string, RunRecord>();
  private readonly records: RunRecord[] = [];
  /** Those whose long texts are not cut yet. */
  private readonly whole: RunRecord[] = [];
  /** Those that still have more than their summary. */
  private readonly detailed: RunRecord[] = [];
  private length = 0;

  /** @param onChange called with each run that begins or goes on */
  constructor(
    private readonly onChange: (record: RunRecord) => void,
    private readonly limits: RunLimits = { runs: KEPT, length: KEPT_LENGTH },
  ) {}

  add(record: RunRecord): void {
    for (const queue of [this.records, this.whole, this.detailed]) queue.push(record);
    for (const queue of [this.whole, this.detailed]) if (queue.length > this.limits.runs) queue.shift();
    const evicted = this.records.length > this.limits.runs && this.records.shift();
    if (evicted) {
      this.byId.delete(evicted.id);
      this.length -= evicted.length;
    }
    this.byId.set(record.id, record);
    this.update(record);
  }

  /** To be called after a run has changed. */
  update(record: RunRecord): void {
    const before = record.length;
    if (record.isCut) record.cut();
    // A run that was evicted while it ran does not count any more.
    if (this.byId.get(record.id) === record) this.length += record.measure() - before;
    while (this.length > this.limits.length && (this.shrink("cut") || this.shrink("drop")));
    this.onChange(record);
  }

  find(id: string): RunRecord | undefined {
    return this.byId.get(id);
  }

  /** Finds the newest run whose event, or a message of it, has become this dead letter. */
  findDead({ id, body }: { readonly id: string; readonly body: string }): RunRecord | undefined {
    const { requestId } = Object(parseObject(body)?.requestContext);
    const isOf = ({ source, event, invocations }: RunRecord) =>
      event === body ||
      invocations.some(({ owner }) => owner.requestId === requestId) ||
      (source === "queue" && event?.includes(`"messageId":"${id}"`));
    return [...this.records].reverse().find((record) => record.isDeadLetter && isOf(record));
  }

  /** The newest first. */
  latest(limit: number): RunSummary[] {
    return this.records
      .slice(-limit)
      .reverse()
      .map((record) => this.summarize(record));
  }

  summarize(record: RunRecord): RunSummary {
    return record.summarize(this.errorOf(record));
  }

  /** Shrinks the oldest run that is not shrunk in this way. Returns false if there is none. */
  private shrink(how: "cut" | "drop"): boolean {
    const record = (how === "cut" ? this.whole : this.detailed).shift();
    if (!record) return false;
    // Reads the error before its sources go.
    this.errorOf(record);
    const before = record.length;
    record[how]();
    this.length += record.length - before;
    return true;
  }

  /** Looks for the error only once, unless the log has grown since. */
  private errorOf(record: RunRecord): string | undefined {
    if (record.outcome === "running" || record.outcome === "processed") return undefined;
    const entries = record.invocations.reduce((count, { log }) => count + log.entries.length, 0);
    if (!record.error || (record.error.entries !== entries && !record.isCut)) {
      record.error = { line: this.readError(record), entries };
    }
    return record.error.line;
  }

  private readError(record: RunRecord): string | undefined {
    const last = record.invocations.at(-1);
    const error = last && findError(last);
    if (last && error) return renderError(error, last.code);
    return record.reason ?? readAnswer(record);
  }
}

/** Returns the function's own error in an answer such as `{"error": "BadRequest", "message": "..."}`. */
function readAnswer({ answer }: RunRecord): string | undefined {
  if (!answer) return undefined;
  const { error, message } = parseObject(answer.body.describe().text) ?? {};
  const texts = [error, message].filter((text) => typeof text === "string");
  return texts.length > 0 ? texts.join(": ") : STATUS_CODES[answer.status];
}
