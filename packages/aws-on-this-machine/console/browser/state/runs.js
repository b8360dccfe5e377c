/**
 * The newest runs, as they come.
 *
 * @import { RunSummary } from "../../../runs/run"
 */

import { computed, signal } from "../ui/html.js";

export const MAX_RUNS = 5000;
/** The time limit, in milliseconds, for sending an event to the dead-letter queue. */
const MAX_SEND_MS = 5000;

/** Newest first. */
const runs = signal(/** @type {readonly RunSummary[]} */ ([]));

/** The list at the time of the pause; undefined without a pause. */
const paused = signal(/** @type {readonly RunSummary[] | undefined} */ (undefined));

/** The runs to show, newest first. */
export const shownRuns = computed(() => paused.value ?? runs.value);

export const isPaused = computed(() => paused.value !== undefined);

/** The number of runs since the pause. */
export const missedRuns = computed(() => {
  if (!paused.value) return 0;
  const newest = paused.value[0]?.id;
  const at = runs.value.findIndex(({ id }) => id === newest);
  return at < 0 ? runs.value.length : at;
});

export function togglePause() {
  paused.value = paused.value ? undefined : runs.value;
}

/** @type {(id: string) => RunSummary | undefined} */
export const findRun = (id) => runs.value.find((run) => run.id === id);

/**
 * Finds the run that sent an event to the dead-letter queue, by the time of its end. Other runs may have had the same
 * event.
 *
 * @type {(sentAt: number) => RunSummary | undefined}
 */
export function findSender(sentAt) {
  const distance = (/** @type {RunSummary} */ { time, milliseconds = 0 }) => Math.abs(time + milliseconds - sentAt);
  const near = runs.value.filter((run) => run.isDeadLetter && distance(run) < MAX_SEND_MS);
  return near.sort((one, other) => distance(one) - distance(other))[0];
}

/** @type {(loaded: readonly RunSummary[]) => void} */
export function loadRuns(loaded) {
  runs.value = loaded;
}

/** @type {(changed: readonly RunSummary[]) => void} new runs, and changes of others */
export function takeRuns(changed) {
  const latest = new Map(changed.map((run) => [run.id, run]));
  const next = runs.value.map((run) => {
    const update = latest.get(run.id) ?? run;
    latest.delete(run.id);
    // The loaded run may be newer than the update.
    return update.outcome === "running" ? run : update;
  });
  for (const run of latest.values()) {
    const place = next.findIndex(({ time }) => time <= run.time);
    next.splice(place < 0 ? next.length : place, 0, run);
  }
  runs.value = next.slice(0, MAX_RUNS);
}
