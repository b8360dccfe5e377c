import type { RunSummary } from "../runs/run";

/** After this time without a repetition, the next one is shown whole: the first one may be out of sight. */
const REMEMBERED_MS = 60_000;

const MAX_OUTLINES = 100;

interface Failure {
  readonly times: number;
  readonly time: number;
  /** The outlines of the lines that these runs wrote. */
  readonly outlines: ReadonlySet<string>;
}

/** Counts the runs of a function that fail with the same error at the same place. */
export class RepeatedFailures {
  private readonly known = new Map<string, Failure>();

  /** Returns the number of such runs so far, and the outlines of what the earlier ones wrote. */
  count({ functionName, error }: RunSummary, outlines: ReadonlySet<string>) {
    const now = Date.now();
    for (const [key, { time }] of this.known) {
      if (now - time <= REMEMBERED_MS) break;
      this.known.delete(key);
    }
    // Without an error that left the function or that it logged, only its lines tell the reason.
    const key = JSON.stringify([functionName, error ?? [...outlines]]);
    const known = this.known.get(key);
    const times = (known?.times ?? 0) + 1;
    const shown = known?.outlines ?? new Set<string>();
    const all = shown.size < MAX_OUTLINES ? new Set([...shown, ...outlines]) : shown;
    // The oldest comes first.
    this.known.delete(key);
    this.known.set(key, { times, time: now, outlines: all });
    return { times, shown };
  }
}
