/**
 * How the system is doing.
 *
 * @import { SystemSummary } from "../../../system"
 */

import { computed, signal } from "../ui/html.js";

/** @typedef {"connecting" | "live" | "reconnecting" | "ended"} Connection */

/** Nothing until the system has told it. */
export const summary = signal(/** @type {SystemSummary | undefined} */ (undefined));

export const connection = signal(/** @type {Connection} */ ("connecting"));

/** When the system last told something. */
export const heardAt = signal(Date.now());

/** Why the system does not tell how it is doing. */
export const trouble = signal("");

/** @type {(alarm: SystemSummary["alarms"][number]) => number} */
const rankOf = ({ state, breachingPeriods }) =>
  state === "OK" && breachingPeriods > 0 ? 1 : { ALARM: 0, OK: 2, "not counted here": 3 }[state];

/** Firing first, then those above their limits, last those that are not counted here. */
export const alarms = computed(() =>
  [...(summary.value?.alarms ?? [])].sort((a, b) => rankOf(a) - rankOf(b) || a.name.localeCompare(b.name)),
);
