/**
 * The alarms in words: those that fire always, the others on demand.
 *
 * @import { AlarmSummary } from "../../../system"
 */

import { alarms } from "../state/system.js";
import { countOf } from "../ui/format.js";
import { html, useState } from "../ui/html.js";
import { Badge } from "../ui/level.js";
import { alarmState, describeAlarm, shareOfLimit } from "./alarm-words.js";

/** What the alarms say. */
export function Alarms() {
  const [isOpen, setOpen] = useState(false);
  const urgent = alarms.value.filter(({ state, breachingPeriods }) => state === "ALARM" || breachingPeriods > 0);
  const others = countOf(alarms.value.length - urgent.length, "alarm");
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
  return html`<p class="urgent ${level}" title=${alarm.description}>
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
