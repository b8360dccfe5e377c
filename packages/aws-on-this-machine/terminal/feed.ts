import { printable } from "@local/command-line/printable";
import pc from "picocolors";
import type { LogLine, RunSummary } from "../runs/run";
import type { Change } from "../system/running-system";
import { INDENT, terminalWidth } from "./layout";
import { LogLines } from "./log-lines";
import { RepeatedFailures } from "./repeated-failures";
import { renderRun } from "./run-line";

/** A longer run appears while it goes on. */
const PATIENCE_MS = 1000;
const POLL_MS = 250;

/** The feed remembers the ends of so many runs. */
const REMEMBERED_RUNS = 1000;

export interface FeedOptions {
  /** Whether the function's lines are printed as it writes them, with Lambda's reports. */
  readonly isVerbose?: boolean;
  /** Returns the ways to look at a run. The feed prints them once, after the first run that was not processed. */
  readonly hint?: (id: string) => string;
}

interface Written {
  readonly outline: string;
  readonly lines: readonly string[];
}

/** A run that has not ended. */
interface Pending {
  readonly since: number;
  readonly lines: LogLines;
  run?: RunSummary;
  /** Whether its line has been printed, because it takes long. */
  isOpen: boolean;
  /** The lines that were not printed yet. */
  readonly text: Written[];
  /** The outlines of all lines so far. */
  readonly outlines: Set<string>;
  /** The lines of the try that goes on. */
  attempt: LogLine[];
  attempts: number;
  /** The outline of the first try's lines. */
  first?: string;
  /** Later tries that wrote the same. */
  same: number[];
}

/** Prints a line for each run, and below it the function's lines. */
export class Feed {
  private readonly pending = new Map<string, Pending>();
  private readonly ended = new Map<string, RunSummary>();
  private timer: NodeJS.Timeout | undefined;
  /** The run of the last printed line. */
  private last: string | undefined;
  private hint: FeedOptions["hint"];
  private lastLoadError: string | undefined;
  private readonly failures = new RepeatedFailures();
  /** The names of the functions of all runs so far. */
  private readonly functions = new Set<string>();

  constructor(
    private readonly print: (text: string) => void,
    private readonly options: FeedOptions = {},
  ) {
    this.hint = options.hint;
  }

  readonly take = (change: Change): void => {
    if (change.type === "run") this.takeRun(change.run);
    else if (change.type === "log") this.takeLine(change.line);
  };

  private takeRun(run: RunSummary): void {
    if (run.functionName) this.functions.add(run.functionName);
    if (this.ended.has(run.id)) return;
    const pending = this.pendingOf(run.id);
    pending.run = run;
    if (run.outcome !== "running") this.end(run, pending);
  }

  private takeLine(line: LogLine): void {
    const { runId, isReport, isTrace } = line;
    if (this.options.isVerbose) {
      for (const each of line.raw.split("\n")) this.print(INDENT + pc.dim(printable(each)));
      return;
    }
    const ended = runId === undefined ? undefined : this.ended.get(runId);
    if (runId === undefined || ended) {
      // The function wrote the line while it was loaded, or after the answer.
      if (!isReport && !isTrace && !this.isRepeated(line)) this.printBelow(ended, new LogLines().render(line));
      return;
    }
    const pending = this.pendingOf(runId);
    if (isReport) this.endAttempt(pending);
    else this.add(pending, line);
    if (pending.isOpen) this.flush(pending);
  }

  /** Whether a line repeats why the code cannot be loaded: each event tries the load again. */
  private isRepeated(line: LogLine): boolean {
    if (line.runId !== undefined || line.level !== "ERROR") return false;
    const outline = outlineOf(line);
    const isRepeated = outline === this.lastLoadError;
    this.lastLoadError = outline;
    return isRepeated;
  }

  private add(pending: Pending, line: LogLine): void {
    pending.attempt.push(line);
    // Only the end of a later try shows whether it wrote the same.
    if (pending.attempts === 0) write(pending, line);
  }

  private endAttempt(pending: Pending): void {
    pending.attempts += 1;
    const written = pending.attempt.map(outlineOf).join("\n");
    if (pending.attempts === 1) pending.first = written;
    else if (written === pending.first) pending.same.push(pending.attempts);
    else for (const line of pending.attempt) write(pending, line);
    pending.attempt = [];
  }

  private end(run: RunSummary, pending: Pending): void {
    if (pending.attempts > 0 && pending.attempt.length > 0) this.endAttempt(pending);
    if (pending.same.length > 0 && pending.first) {
      const same = renderSame(pending.same);
      pending.outlines.add(same);
      pending.text.push({ outline: same, lines: [INDENT + pc.dim(same)] });
    }
    // After lines of other runs, the run's own line comes first, and only once.
    if (pending.isOpen && this.last === run.id) this.flush(pending);
    const isFailed = run.outcome === "failed";
    const { times, shown } = isFailed ? this.failures.count(run, pending.outlines) : { times: 1, shown: new Set() };
    const text = pending.text.flatMap(({ outline, lines }) => (shown.has(outline) ? [] : lines));
    this.print([this.render(run, times), ...text].join("\n"));
    this.last = run.id;
    this.pending.delete(run.id);
    this.ended.set(run.id, run);
    const [oldest = ""] = this.ended.keys();
    if (this.ended.size > REMEMBERED_RUNS) this.ended.delete(oldest);
    if (this.pending.size === 0) this.stop();
    if (run.outcome === "processed" || !this.hint) return;
    const hint = this.hint(run.id).split("\n");
    this.print(hint.map((line) => INDENT + pc.dim(line)).join("\n"));
    this.hint = undefined;
  }

  /** Ends the watch for runs that take long. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private pendingOf(id: string): Pending {
    const known = this.pending.get(id);
    if (known) return known;
    const started: Pending = {
      since: Date.now(),
      lines: new LogLines(),
      isOpen: false,
      text: [],
      outlines: new Set(),
      attempt: [],
      attempts: 0,
      same: [],
    };
    this.pending.set(id, started);
    this.timer ??= setInterval(() => this.openSlow(), POLL_MS);
    return started;
  }

  private openSlow(): void {
    for (const pending of this.pending.values()) {
      if (pending.isOpen || Date.now() - pending.since < PATIENCE_MS) continue;
      pending.isOpen = true;
      this.flush(pending, true);
    }
  }

  private flush({ run, text }: Pending, isFirst = false): void {
    if (!isFirst && text.length === 0) return;
    const written = text.splice(0).flatMap(({ lines }) => lines);
    this.printBelow(run, written);
  }

  /** Names the function where there are several. */
  private render(run: RunSummary, times?: number): string {
    return renderRun(run, terminalWidth(), this.functions.size > 1, times);
  }

  /** Prints lines of a run below its own line. */
  private printBelow(run: RunSummary | undefined, lines: readonly string[]): void {
    const head = run && run.id !== this.last ? [this.render(run)] : [];
    this.print([...head, ...lines].join("\n"));
    this.last = run?.id;
  }
}

function write({ lines, text, outlines }: Pending, line: LogLine): void {
  // The place tells an error. Its other fields can be those of the event.
  const outline = line.frames ? JSON.stringify(line.frames.at(-1)) : outlineOf(line);
  outlines.add(outline);
  text.push({ outline, lines: lines.render(line) });
}

/**
 * The parts of a line that two tries or runs with the same lines share. Durations, times and ids differ. Other numbers may
 * show the mistake.
 */
function outlineOf({ level, message, fields, frames, runId, requestId }: LogLine): string {
  const withoutDurations = (name: string, value: unknown) =>
    typeof value === "number" && /seconds|duration|elapsed|ms$/i.test(name) ? 0 : value;
  const text = JSON.stringify([level, message, fields, frames], withoutDurations);
  const withoutIds = [runId, requestId].reduce<string>((all, id) => (id ? all.replaceAll(id, "") : all), text);
  return withoutIds.replace(/\d{4}-\d\d-\d\dT[\d:.]+|\d+\.\d+/g, "0");
}

function renderSame(tries: readonly number[]): string {
  const numbers = tries.length === 1 ? `Try ${tries[0]}` : `Tries ${tries.slice(0, -1).join(", ")} and ${tries.at(-1)}`;
  return `${numbers} wrote the same.`;
}
