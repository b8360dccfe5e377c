/**
 * The queues with their messages. A dead-letter queue opens by itself when its first message comes.
 *
 * @import { QueueSummary } from "../../../system/running-system"
 */

import { goTo, isPanelOpen, Panel } from "../page/panel.js";
import { summary } from "../state/system.js";
import { countOf } from "../ui/format.js";
import { html, signal, useEffect } from "../ui/html.js";
import { Badge } from "../ui/level.js";
import { Messages } from "./messages.js";

const chosen = signal("");

/** @type {(name: string) => () => void} */
export const showQueue = (name) => () => {
  chosen.value = name;
  goTo("queues")();
};

export function Queues() {
  const queues = summary.value?.queues ?? [];
  const filled = queues.filter(({ isDeadLetterQueue, messages }) => isDeadLetterQueue && messages > 0);
  const letters = filled.reduce((sum, { messages }) => sum + messages, 0);
  const queue = queues.find(({ name }) => name === chosen.value) ?? filled[0] ?? queues[0];
  useEffect(() => {
    if (letters > 0 && !isPanelOpen("queues")) chosen.value = "";
  }, [letters > 0]);
  if (!queue) return undefined;
  const isSingle = queues.length === 1 && queue.isDeadLetterQueue;
  const badge = letters > 0 && html`<${Badge} level="bad">${isSingle ? letters : countOf(letters, "dead letter")}<//>`;
  const note = isSingle ? badge || "none" : html`${countOf(queues.length, "queue")} ${badge}`;
  return html`<${Panel} id="queues" title=${isSingle ? "Dead letters" : "Queues"} note=${note} opens=${letters > 0}>
    ${queues.length > 1 && html`<${QueueChoice} queues=${queues} shown=${queue.name} />`}
    <${Messages} key=${queue.name} queue=${queue} onEdit=${() => (chosen.value = queue.name)} />
  <//>`;
}

/** @param {{ queues: readonly QueueSummary[], shown: string }} props */
const QueueChoice = ({ queues, shown }) => html`<div class="tools" role="group" aria-label="Queue">
  ${queues.map(
    ({ name, messages, isDeadLetterQueue }) =>
      html`<button key=${name} class="small" aria-pressed=${name === shown} onClick=${() => (chosen.value = name)}>
        ${name} <span class=${isDeadLetterQueue && messages > 0 ? "bad-text" : "muted"}>${messages}</span>
      </button>`,
  )}
</div>`;
