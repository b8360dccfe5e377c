/**
 * The state of the system.
 *
 * @import { SystemSummary } from "../../../system/running-system"
 */

import { computed, signal } from "../ui/html.js";

/** @typedef {"connecting" | "live" | "reconnecting" | "ended"} Connection */

/** `undefined` until the first summary arrives. */
export const summary = signal(/** @type {SystemSummary | undefined} */ (undefined));

export const connection = signal(/** @type {Connection} */ ("connecting"));

/** The time of the last message from the system. */
export const heardAt = signal(Date.now());

/** The reason why the summary cannot be read. */
export const trouble = signal("");

/** @type {(things?: readonly { name: string }[]) => string[]} */
export const namesOf = (things = []) => things.map(({ name }) => name);

/** Whether the page names functions: where there are several. */
export const namesFunctions = computed(() => (summary.value?.functions.length ?? 0) > 1);

/** @type {(host?: string) => SystemSummary["apis"][number] | undefined} the API at a host, else the first */
export const findApi = (host) =>
  summary.value?.apis.find(({ url }) => new URL(url).host === host) ?? summary.value?.apis[0];

/** @type {(alarm: SystemSummary["alarms"][number]) => number} */
const rankOf = ({ state, breachingPeriods }) =>
  state === "OK" && breachingPeriods > 0 ? 1 : { ALARM: 0, OK: 2, "not counted here": 3 }[state];

/** Firing alarms first, then those above their limits, last those whose metrics are not counted here. */
export const alarms = computed(() =>
  [...(summary.value?.alarms ?? [])].sort((a, b) => rankOf(a) - rankOf(b) || a.name.localeCompare(b.name)),
);
