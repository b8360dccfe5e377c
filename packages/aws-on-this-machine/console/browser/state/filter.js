/**
 * The filter of the runs.
 *
 * @import { RunSummary } from "../../../runs/run"
 */

import { computed } from "../ui/html.js";
import { address } from "./address.js";
import { shownRuns } from "./runs.js";
import { makeSearch } from "./search.js";

/** The classes of results: HTTP's from 200 on, and two outcomes for runs without an answer. */
const CLASSES = ["2xx", "3xx", "4xx", "5xx", "failed", "running"];
const MAX_CHOICES = 200;

const search = makeSearch((/** @type {RunSummary} */ { id, source, method, path, address, status, outcome, error }) =>
  [id, source, method, path, address, status, outcome, error].join(" "),
);

/** @type {(run: RunSummary) => string} */
const classOf = ({ status = 0 }) => CLASSES[Math.floor(status / 100) - 2] ?? "";

/** Without its query string. @type {(run: RunSummary) => string} */
const pathOf = ({ path }) => path.split("?", 1)[0] ?? "";

/** The runs that the filter lets through, in every class of result. */
const candidates = computed(() => {
  const { text, method, source, function: functionName, path } = address.value;
  const isFound = search(text);
  return shownRuns.value.filter(
    (run) =>
      (!method || run.method === method) &&
      (!source || run.source === source) &&
      (!functionName || run.functionName === functionName) &&
      (!path || pathOf(run) === path) &&
      isFound(run),
  );
});

/** The runs that the filter lets through, newest first. */
export const filteredRuns = computed(() => {
  const { status } = address.value;
  if (!status) return candidates.value;
  return candidates.value.filter((run) => run.outcome === status || classOf(run) === status);
});

/** The number of runs in each class that the rest of the filter lets through. */
export const classCounts = computed(() => {
  const counts = /** @type {Record<string, number>} */ ({});
  for (const run of candidates.value) {
    for (const name of [classOf(run), run.outcome]) counts[name] = (counts[name] ?? 0) + 1;
  }
  return CLASSES.map((name) => ({ name, count: counts[name] ?? 0 }));
});

/** @type {(partOf: (run: RunSummary) => string) => string[]} of the newest runs */
function distinct(partOf) {
  const values = new Set();
  for (const run of shownRuns.value) if (values.size < MAX_CHOICES) values.add(partOf(run));
  values.delete("");
  return [...values].sort();
}

export const choices = computed(() => ({
  methods: distinct(({ method }) => method),
  sources: distinct(({ source }) => source),
  functions: distinct(({ functionName = "" }) => functionName),
  paths: distinct(pathOf),
}));
