// For all measurements: processes, turns, medians, progress and the table.
import { run } from "@local/command-line/process/child-process";

export interface Comparison {
  readonly here: number;
  readonly baseline: number;
  readonly ratio: number;
}

/** One figure. */
export interface Row extends Comparison {
  readonly name: string;
  readonly unit: string;
  readonly baselineName: string;
  /**
   * The limit of the ratio.
   * @default - there is none
   */
  readonly bar?: number;
  /** Whether the bar is the least ratio, not the greatest. */
  readonly atLeast?: boolean;
}

// Node.js does not report a child's memory. Python does: the peak of the largest process among the child and its own
// children.
const WRAPPER = `
import json, resource, subprocess, sys, time
started = time.monotonic()
child = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
seconds = time.monotonic() - started
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
if child.returncode != 0:
    sys.exit((child.stdout + child.stderr).decode())
figures = {"seconds": seconds, "mebibytes": peak / (1024 * 1024 if sys.platform == "darwin" else 1024)}
print(json.dumps({**figures, "output": child.stdout.decode()}))
`;

/** Runs a command once. Returns its wall time, the peak memory of its largest process, and its standard output. */
export async function measureProcess(
  python: string,
  command: string[],
  options: { cwd?: string; env: NodeJS.ProcessEnv },
): Promise<{ seconds: number; mebibytes: number; output: string }> {
  const { exitCode, stdout, stderr } = await run(python, ["-c", WRAPPER, ...command], options);
  if (exitCode !== 0) throw new Error(`${command.join(" ")} failed: ${stderr}`);
  return JSON.parse(stdout);
}

/**
 * Measures several things in turns, so that a slow moment of the machine meets all of them. The first round warms up.
 * Returns the measurements of each case, round by round.
 */
export async function inTurns<T>(rounds: number, cases: Record<string, () => Promise<T>>): Promise<T[][]> {
  const results = Object.entries(cases).map(([name, measure]) => ({ name, measure, measured: [] as T[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, measure, measured } of results) {
      progress(name, round === 0 ? "warm-up" : `${round} of ${rounds}`);
      const result = await measure();
      if (round > 0) measured.push(result);
    }
  }
  return results.map(({ measured }) => measured);
}

/**
 * Compares measurements in turns: the medians, and the median of the rounds' ratios. The latter varies less than the
 * ratio of the medians, because both sides of a round meet the same machine.
 */
export function compare<T>(here: T[], baseline: T[], figureOf: (measured: T) => number): Comparison {
  const ratios = here.map((measured, round) => figureOf(measured) / figureOf(baseline[round] as T));
  return { here: median(here.map(figureOf)), baseline: median(baseline.map(figureOf)), ratio: median(ratios) };
}

/** Compares measurements with a limit that a person notices. */
export function compareToLimit(limit: number, measured: number[]): Comparison {
  const limits = measured.map(() => limit);
  return compare(measured, limits, Number);
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** @param started a value of `performance.now()` */
export function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

const IS_TERMINAL = process.stderr.isTTY;
const told = new Set<string>();

/** Shows the name of the measurement: with the detail in one line of a terminal, else in a line for each name. */
export function progress(name: string, detail = ""): void {
  if (IS_TERMINAL) process.stderr.write(`\r\x1b[K${`${name}  ${detail}`.slice(0, process.stderr.columns - 1)}`);
  else if (!told.has(name)) console.error(name);
  told.add(name);
}

export function endProgress(): void {
  if (IS_TERMINAL) process.stderr.write("\r\x1b[K");
}

export function isMet({ ratio, bar, atLeast }: Row): boolean {
  if (bar === undefined) return true;
  return atLeast ? ratio >= bar : ratio <= bar;
}

export function renderTable(rows: Row[]): string {
  const header = ["figure", "here", "compared to", "", "ratio", "bar", ""];
  const lines = [
    header,
    ...rows.map((row) => [
      row.name,
      `${Number(row.here.toPrecision(3))} ${row.unit}`,
      `${Number(row.baseline.toPrecision(3))} ${row.unit}`,
      row.baselineName,
      row.ratio.toFixed(2),
      row.bar === undefined ? "" : `${row.atLeast ? "at least" : "at most"} ${row.bar.toFixed(2)}`,
      row.bar === undefined ? "" : isMet(row) ? "ok" : "MISSED",
    ]),
  ];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
