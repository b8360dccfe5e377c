/**
 * The newest lines of the function's log, as they come.
 *
 * @import { LogLine } from "../../../runs/run"
 */

import { computed, signal } from "../ui/html.js";
import { makeSearch } from "./search.js";

export const MAX_LINES = 5000;
/** The maximum number of kept characters. A function may write lines of any length. */
const MAX_LENGTH = 16 * 1024 * 1024;
export const LEVELS = /** @type {const} */ (["DEBUG", "INFO", "WARN", "ERROR"]);

/** Newest last. */
const lines = signal(/** @type {readonly LogLine[]} */ ([]));

/** The lowest level of the shown lines, and the text in them. */
export const logFilter = signal({ level: /** @type {LogLine["level"]} */ ("DEBUG"), text: "", functionName: "" });

const search = makeSearch((/** @type {LogLine} */ { raw, runId = "" }) => `${raw} ${runId}`);

/** The lines that the filter lets through, newest last. */
export const filteredLines = computed(() => {
  const { level, text, functionName } = logFilter.value;
  const lowest = LEVELS.indexOf(level);
  const isFound = search(text);
  return lines.value.filter(
    (line) =>
      LEVELS.indexOf(line.level) >= lowest && (!functionName || line.functionName === functionName) && isFound(line),
  );
});

/** @type {(loaded: readonly LogLine[]) => void} */
export function loadLines(loaded) {
  lines.value = [];
  takeLines(loaded);
}

/** @type {(added: readonly LogLine[]) => void} some of them may be there already */
export function takeLines(added) {
  const last = lines.value.at(-1)?.number ?? 0;
  const all = [...lines.value, ...added.filter(({ number }) => number > last)];
  let length = 0;
  const firstOld = all.findLastIndex(({ raw }) => {
    length += raw.length;
    return length > MAX_LENGTH;
  });
  lines.value = all.slice(Math.max(firstOld + 1, all.length - MAX_LINES));
}
