/**
 * The events that failed for good.
 *
 * @import { DeadLetter } from "../../../system/running-system"
 */

import { Instead, Panel } from "../page/panel.js";
import { OpenRun } from "../runs/open-run-button.js";
import { open } from "../state/open-run.js";
import { findSender } from "../state/runs.js";
import { post } from "../state/server.js";
import { connection, summary } from "../state/system.js";
import { useLoaded } from "../state/use-loaded.js";
import { ActionButton } from "../ui/action.js";
import { Dialog } from "../ui/dialog.js";
import { useKeptFocus } from "../ui/focus.js";
import { countOf, Time } from "../ui/format.js";
import { html, useEffect, useState } from "../ui/html.js";
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
  const { answer, problem, load } = useLoaded("/api/dead-letters?limit=100", [count, connection.value]);
  const [isAsking, setAsking] = useState(false);
  const letters = /** @type {DeadLetter[]} */ (answer ?? []);
  useKeptFocus("letters-panel");
  // The question disappears with the letters. New letters do not bring it back.
  useEffect(() => {
    if (letters.length === 0) setAsking(false);
  }, [letters.length]);

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
  const instead = html`<${Instead} problem=${problem}>
    ${!answer ? "Loading" : letters.length === 0 && "None. Events come here when the function has failed them three times."}
  <//>`;
  if (letters.length === 0) return instead;
  return html`${instead}
    <ul class="records">${letters.map((letter) => html`<${Letter} key=${letter.id} letter=${letter} putBack=${() => putBack(letter)} />`)}</ul>
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
      <${OpenSender} sentAt=${sentAt} />
    </div>
    <p class="bad-text">${error}</p>
    ${event !== undefined && html`<details><summary>Event</summary><${Text} text=${event} what="the event" /></details>`}
  </li>`;
}

/** @param {{ sentAt: number }} props */
const OpenSender = ({ sentAt }) => html`<${OpenRun} id=${findSender(sentAt)?.id} />`;
