// The tools of all subjects: processes, turns, medians, progress and the table.
import { run } from "../dist/commands/cli/child-process.js";

/**
 * One figure.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} unit
 * @property {number} here
 * @property {number} baseline
 * @property {string} baselineName
 * @property {number} ratio
 * @property {number} bar the limit of the ratio
 * @property {boolean} [atLeast] whether the bar is the least ratio, not the greatest
 */

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

/**
 * Runs a command once. Returns its wall time, the peak memory of its largest process, and its standard output.
 *
 * @param {string} python
 * @param {string[]} command
 * @param {{ cwd?: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ seconds: number, mebibytes: number, output: string }>}
 */
export async function measureProcess(python, command, options) {
  const { exitCode, stdout, stderr } = await run(python, ["-c", WRAPPER, ...command], options);
  if (exitCode !== 0) throw new Error(`${command.join(" ")} failed: ${stderr}`);
  return JSON.parse(stdout);
}

/**
 * Measures several things in turns, so that a slow moment of the machine meets all of them. The first round warms up.
 *
 * @template T
 * @param {number} rounds
 * @param {Record<string, () => Promise<T>>} cases
 * @returns {Promise<T[][]>} the measurements of each case, round by round
 */
export async function inTurns(rounds, cases) {
  const results = Object.entries(cases).map(([name, measure]) => ({
    name,
    measure,
    measured: /** @type {T[]} */ ([]),
  }));
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
 *
 * @template T
 * @param {T[]} here
 * @param {T[]} baseline
 * @param {(measured: T) => number} figureOf
 */
export function compare(here, baseline, figureOf) {
  const ratios = here.map((measured, round) => figureOf(measured) / figureOf(baseline[round]));
  return { here: median(here.map(figureOf)), baseline: median(baseline.map(figureOf)), ratio: median(ratios) };
}

/**
 * Compares measurements with a limit that a person notices.
 *
 * @param {number} limit
 * @param {number[]} measured
 */
export function compareToLimit(limit, measured) {
  const limits = measured.map(() => limit);
  return compare(measured, limits, Number);
}

/** @param {number[]} numbers */
function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** @param {number} started a value of `performance.now()` */
export function secondsSince(started) {
  return (performance.now() - started) / 1000;
}

const IS_TERMINAL = process.stderr.isTTY;
const told = new Set();

/**
 * Shows the name of the measurement: with the detail in one line of a terminal, else in a line for each name.
 *
 * @param {string} name
 */
export function progress(name, detail = "") {
  if (IS_TERMINAL) process.stderr.write(`\r\x1b[K${`${name}  ${detail}`.slice(0, process.stderr.columns - 1)}`);
  else if (!told.has(name)) console.error(name);
  told.add(name);
}

/** Erases the terminal's line. */
export function endProgress() {
  if (IS_TERMINAL) process.stderr.write("\r\x1b[K");
}

/** @param {Row} row */
export function isMet({ ratio, bar, atLeast }) {
  return atLeast ? ratio >= bar : ratio <= bar;
}

/** @param {Row[]} rows */
export function renderTable(rows) {
  const lines = [
    ["figure", "here", "compared to", "", "ratio", "bar", ""],
    ...rows.map((row) => [
      row.name,
      `${Number(row.here.toPrecision(3))} ${row.unit}`,
      `${Number(row.baseline.toPrecision(3))} ${row.unit}`,
      row.baselineName,
      row.ratio.toFixed(2),
      `${row.atLeast ? "at least" : "at most"} ${row.bar.toFixed(2)}`,
      isMet(row) ? "ok" : "MISSED",
    ]),
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
