/**
 * The alarms in words. Firing alarms are always visible, the others on demand.
 *
 * @import { AlarmSummary } from "../../../system/running-system"
 */

import { alarms } from "../state/system.js";
import { countOf, formatNumber } from "../ui/format.js";
import { html, useEffect, useState } from "../ui/html.js";
import { Badge } from "../ui/level.js";
import { tell } from "../ui/notice.js";

export function Alarms() {
  const [isOpen, setOpen] = useState(false);
  const urgent = alarms.value.filter(({ state, breachingPeriods }) => state === "ALARM" || breachingPeriods > 0);
  const others = countOf(alarms.value.length - urgent.length, "alarm");
  const firing = urgent.filter(({ state }) => state === "ALARM").map(({ name }) => name);
  useEffect(() => {
    if (firing.length > 0) tell(`Alarm: ${firing.join(", ")}`, { isQuiet: true });
  }, [firing.join()]);
  if (alarms.value.length === 0) return undefined;
  return html`<section class="alarms" aria-label="Alarms" id="alarms">
    ${!isOpen && urgent.map((alarm) => html`<${UrgentAlarm} key=${alarm.name} alarm=${alarm} />`)}
    <button class="small" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>
      ${isOpen ? "Hide the alarms" : urgent.length > 0 ? `${others} more` : `${others}, none fires`}
    </button>
    ${isOpen && html`<ul class="card">${alarms.value.map((alarm) => html`<${Alarm} key=${alarm.name} alarm=${alarm} />`)}</ul>`}
  </section>`;
}

/** @param {{ alarm: AlarmSummary }} props */
function UrgentAlarm({ alarm }) {
  const { level, text } = alarmState(alarm);
  return html`<p class="trouble ${level}" title=${alarm.description}>
    <${Badge} level=${level}>${text}<//> <span class="name">${alarm.name}</span> ${describeAlarm(alarm)}
  </p>`;
}

/** @param {{ alarm: AlarmSummary }} props */
function Alarm({ alarm }) {
  const { level, text } = alarmState(alarm);
  return html`<li>
    <span class="name">${alarm.name}</span> <${Badge} level=${level}>${text}<//>
    <p class="muted">${alarm.description}</p>
    <p>${describeAlarm(alarm)} <span class="muted">(a period has ${alarm.periodSeconds} s)</span></p>
    ${
      alarm.value !== undefined &&
      html`<p class="bar ${level}"><i style=${{ width: `${100 * shareOfLimit(alarm)}%` }}></i></p>`
    }
  </li>`;
}

/** The counted things, by the beginning of the metric's name. @type {[RegExp, string, string?][]} */
const COUNTED = [
  [/^5xx/, "answer is 5xx", "answers are 5xx"],
  [/^4xx/, "answer is 4xx", "answers are 4xx"],
  [/^Errors/, "function error"],
  [/^Throttles/, "throttled invocation"],
  [/^WriteThrottleEvents/, "throttled write"],
  [/^ApproximateNumberOfMessages/, "dead letter"],
];

const LIMITS = { ">": "limit", ">=": "must stay below", "<": "must be at least", "<=": "must stay above" };

/** @type {(alarm: AlarmSummary) => string} such as `42.9 % of answers are 5xx, limit 5, 1 of 2 periods` */
export function describeAlarm(alarm) {
  const { value, metric, threshold, comparison, evaluationPeriods, breachingPeriods } = alarm;
  const limit = `${LIMITS[comparison]} ${formatNumber(threshold)}`;
  if (value === undefined) return `${metric}, ${limit}`;
  const periods = evaluationPeriods > 1 ? `${breachingPeriods} of ${evaluationPeriods} periods` : "";
  return [describeValue(alarm, value), limit, periods].filter(Boolean).join(", ");
}

/** @type {(alarm: AlarmSummary, value: number) => string} */
function describeValue({ metric, unit }, value) {
  const [, one, many] = COUNTED.find(([pattern]) => pattern.test(metric)) ?? [];
  if (one && unit === "%") return `${formatNumber(value)} % of ${many ?? `${one}s`}`;
  if (one && unit === "") return countOf(value, one, many);
  return `${metric.replace(/ \(%\)$/, "")}: ${formatNumber(value)}${unit && ` ${unit}`}`;
}

/** @type {(alarm: AlarmSummary) => { level: import("../ui/level.js").Level, text: string }} its badge */
function alarmState({ state, breachingPeriods }) {
  if (state === "ALARM") return { level: "bad", text: "ALARM" };
  if (state === "not counted here") return { level: "muted", text: state };
  return breachingPeriods > 0 ? { level: "warn", text: "above limit" } : { level: "good", text: "OK" };
}

/** @type {(alarm: AlarmSummary) => number} how far its bar is filled, from 0 to 1 */
function shareOfLimit({ state, breachingPeriods, value = 0, threshold }) {
  // The current period may be under the limit although the alarm fires, or earlier periods breach it.
  if (state === "ALARM" || breachingPeriods > 0) return 1;
  return threshold > 0 ? Math.max(0, Math.min(0.95, value / threshold)) : 0;
}
