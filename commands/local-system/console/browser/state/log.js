/**
 * The newest lines of the function's log, as they come.
 *
 * @import { LogLine } from "../../../run"
 */

import { computed, signal } from "../ui/html.js";
import { makeSearch } from "./search.js";

export const MAX_LINES = 5000;
export const LEVELS = /** @type {const} */ (["DEBUG", "INFO", "WARN", "ERROR"]);

/** Newest last. */
const lines = signal(/** @type {readonly LogLine[]} */ ([]));

/** Which lines are shown: from a level up, with a text. */
export const logFilter = signal({ level: /** @type {LogLine["level"]} */ ("DEBUG"), text: "" });

/** What came since the connection was made, until the list is loaded. @type {LogLine[] | undefined} */
let news;

const search = makeSearch((/** @type {LogLine} */ { raw, runId = "" }) => `${raw} ${runId}`);

/** The lines that the filter lets through, newest last. */
export const filteredLines = computed(() => {
  const { level, text } = logFilter.value;
  const lowest = LEVELS.indexOf(level);
  const isFound = search(text);
  return lines.value.filter((line) => LEVELS.indexOf(line.level) >= lowest && isFound(line));
});

/** From now on, `loadLines` keeps what comes. */
export function expectLines() {
  news = [];
}

/** @type {(loaded: readonly LogLine[]) => void} */
export function loadLines(loaded) {
  const last = loaded.at(-1)?.number ?? 0;
  lines.value = [...loaded, ...(news ?? []).filter(({ number }) => number > last)].slice(-MAX_LINES);
  news = undefined;
}

/** @type {(added: readonly LogLine[]) => void} */
export function takeLines(added) {
  news?.push(...added);
  lines.value = [...lines.value, ...added].slice(-MAX_LINES);
}
