/**
 * The events that failed for good.
 *
 * @import { DeadLetter } from "../../../system"
 */

import { Instead, Panel } from "../page/panel.js";
import { OpenRun } from "../runs/open-run-button.js";
import { open } from "../state/open-run.js";
import { post } from "../state/server.js";
import { summary } from "../state/system.js";
import { useLoaded } from "../state/use-loaded.js";
import { ActionButton } from "../ui/action.js";
import { Dialog } from "../ui/dialog.js";
import { countOf, Time } from "../ui/format.js";
import { html, useState } from "../ui/html.js";
import { Badge } from "../ui/level.js";
import { tell, tellProblem } from "../ui/notice.js";
import { Text } from "../ui/text.js";

/** The queue; it opens by itself when the first letter comes. */
export function DeadLetters() {
  const count = summary.value?.deadLetterQueue.messages ?? 0;
  const note = count > 0 ? html`<${Badge} level="bad">${count}<//>` : "none";
  return html`<${Panel} id="letters" title="Dead letters" note=${note} opens=${count > 0}><${Letters} count=${count} /><//>`;
}

/** @param {{ count: number }} props */
function Letters({ count }) {
  const { answer, problem, load } = useLoaded("/api/dead-letters?limit=100", [count]);
  const [isAsking, setAsking] = useState(false);
  const letters = /** @type {DeadLetter[]} */ (answer ?? []);

  const putBack = async (/** @type {DeadLetter} */ { id }) => {
    const { runId } = await post(`/api/dead-letters/${encodeURIComponent(id)}/put-back`);
    tell("Gave the event to the function again");
    await load();
    open(runId);
  };
  const purge = async () => {
    await post("/api/dead-letters/purge");
    tell("Deleted the dead letters");
    await load();
  };
  if (problem || letters.length === 0) {
    const none = "None. Events come here when the function has failed them three times.";
    return html`<${Instead} problem=${problem}>${answer ? none : "Loading"}<//>`;
  }
  return html`
    <ul class="letters">${letters.map((letter) => html`<${Letter} key=${letter.id} letter=${letter} putBack=${() => putBack(letter)} />`)}</ul>
    <p><button class="danger" onClick=${() => setAsking(true)}>Delete all</button></p>
    ${
      isAsking &&
      html`<${Dialog} title="Delete the dead letters?" onClose=${() => setAsking(false)}>
        <p>${countOf(count || letters.length, "event")} will be gone, and cannot be put back any more.</p>
        <form method="dialog" class="tools">
          <button autofocus>Cancel</button>
          <button class="danger" onClick=${() => purge().catch(tellProblem)}>Delete</button>
        </form>
      <//>`
    }`;
}

/** @param {{ letter: DeadLetter, putBack: () => Promise<void> }} props */
function Letter({ letter: { sentAt, what, error, event }, putBack }) {
  return html`<li>
    <div class="tools">
      <${Time} at=${sentAt} /> <b>${what}</b>
      ${event !== undefined && html`<${ActionButton} class="small" act=${putBack}>Put back<//>`}
      <${OpenRun} id=${event && runIdOf(event)} />
    </div>
    <p class="bad-text">${error}</p>
    ${event !== undefined && html`<details><summary>Event</summary><${Text} text=${event} what="the event" /></details>`}
  </li>`;
}

/** The run that had an event. @type {(event: string) => string} */
function runIdOf(event) {
  const { id, requestContext } = Object(JSON.parse(event));
  return String(id ?? requestContext?.requestId);
}
