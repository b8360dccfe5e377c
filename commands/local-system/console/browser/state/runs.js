/**
 * The newest runs, as they come.
 *
 * @import { RunSummary } from "../../../run"
 */

import { computed, signal } from "../ui/html.js";

export const MAX_RUNS = 5000;

/** Newest first. */
const runs = signal(/** @type {readonly RunSummary[]} */ ([]));

/** What the list showed when it was paused; nothing while it is not. */
const paused = signal(/** @type {readonly RunSummary[] | undefined} */ (undefined));

/** What came since the connection was made, until the list is loaded, which may be older. @type {Map<string, RunSummary> | undefined} */
let news;

/** The runs to show, newest first. */
export const shownRuns = computed(() => paused.value ?? runs.value);

export const isPaused = computed(() => paused.value !== undefined);

/** How many runs have come since the pause. */
export const missedRuns = computed(() => {
  if (!paused.value) return 0;
  const newest = paused.value[0]?.id;
  const at = runs.value.findIndex(({ id }) => id === newest);
  return at < 0 ? runs.value.length : at;
});

/** Stops and resumes the list. */
export function togglePause() {
  paused.value = paused.value ? undefined : runs.value;
}

/** @type {(id: string) => RunSummary | undefined} */
export const findRun = (id) => runs.value.find((run) => run.id === id);

/** From now on, `loadRuns` keeps what comes. */
export function expectRuns() {
  news = new Map();
}

/** @type {(loaded: readonly RunSummary[]) => void} */
export function loadRuns(loaded) {
  const known = new Set(loaded.map(({ id }) => id));
  const came = news ?? new Map();
  news = undefined;
  runs.value = loaded.map((run) => (run.outcome === "running" ? (came.get(run.id) ?? run) : run));
  takeRuns([...came.values()].filter(({ id }) => !known.has(id)));
}

/** @type {(changed: readonly RunSummary[]) => void} new runs, and what became of others */
export function takeRuns(changed) {
  const latest = new Map(changed.map((run) => [run.id, run]));
  for (const [id, run] of latest) news?.set(id, run);
  const next = runs.value.map((run) => {
    const update = latest.get(run.id);
    latest.delete(run.id);
    return update ?? run;
  });
  for (const run of latest.values()) {
    const place = next.findIndex(({ time }) => time <= run.time);
    next.splice(place < 0 ? next.length : place, 0, run);
  }
  runs.value = next.slice(0, MAX_RUNS);
}
