/**
 * The messages of a queue.
 *
 * @import { QueueMessage, QueueSummary } from "../../../system/running-system"
 */

import { Instead } from "../page/panel.js";
import { OpenRun } from "../runs/open-run-button.js";
import { open } from "../state/open-run.js";
import { findSender } from "../state/runs.js";
import { pathOf, post } from "../state/server.js";
import { connection } from "../state/system.js";
import { useLoaded } from "../state/use-loaded.js";
import { ActionButton } from "../ui/action.js";
import { Dialog } from "../ui/dialog.js";
import { useKeptFocus } from "../ui/focus.js";
import { countOf, Time } from "../ui/format.js";
import { html, onValue, useEffect, useState } from "../ui/html.js";
import { tell, tellProblem } from "../ui/notice.js";
import { Text } from "../ui/text.js";

/** The texts for dead letters, and for messages of another queue. */
const WORDS = {
  letters: {
    none: "None. Events and messages come here after their last failed try.",
    kind: "dead letters",
    one: "event",
    lost: "will be gone, and cannot be put back any more.",
  },
  messages: { none: "None waits.", kind: "messages", one: "message", lost: "will be gone." },
};

/** @param {{ queue: QueueSummary, onEdit: () => void }} props */
export function Messages({ queue: { name, messages: count, isDeadLetterQueue }, onEdit }) {
  const path = pathOf("queues", name);
  const { answer, problem, load } = useLoaded(`${path}/messages?limit=100`, [count, connection.value]);
  const [isAsking, setAsking] = useState(false);
  const messages = /** @type {QueueMessage[]} */ (answer ?? []);
  const words = isDeadLetterQueue ? WORDS.letters : WORDS.messages;
  useKeptFocus("queues-panel");
  // The question disappears with the messages. New messages do not bring it back.
  useEffect(() => {
    if (messages.length === 0) setAsking(false);
  }, [messages.length]);

  const putBack = async (/** @type {QueueMessage} */ { id, letter }) => {
    const { runId } = await post(`${path}/messages/${encodeURIComponent(id)}/put-back`);
    tell(letter ? "Gave the event to the function again" : "Put the message back");
    await load();
    if (runId) open(runId);
  };
  const purge = async () => {
    await post(`${path}/purge`);
    tell(`Deleted the ${words.kind}`);
    await load();
  };
  return html`
    ${!isDeadLetterQueue && html`<${SendForm} path=${path} load=${load} onEdit=${onEdit} />`}
    <${Instead} problem=${problem}>${!answer ? "Loading" : messages.length === 0 && words.none}<//>
    ${
      messages.length > 0 &&
      html`<ul class="records">${messages.map(
        (message) =>
          html`<${Message} key=${message.id} message=${message} putBack=${isDeadLetterQueue && (() => putBack(message))} />`,
      )}</ul>
      <p><button class="danger" onClick=${() => setAsking(true)}>Delete all</button></p>`
    }
    ${
      isAsking &&
      html`<${Dialog} title="Delete the ${words.kind}?" onClose=${() => setAsking(false)}>
        <p>${countOf(count || messages.length, words.one)} ${words.lost}</p>
        <form method="dialog" class="tools">
          <button autofocus>Cancel</button>
          <button class="danger" onClick=${() => purge().catch(tellProblem)}>Delete</button>
        </form>
      <//>`
    }`;
}

/** @param {{ path: string, load: () => Promise<void>, onEdit: () => void }} props */
function SendForm({ path, load, onEdit }) {
  const [body, setBody] = useState("");
  const edit = (/** @type {string} */ text) => {
    setBody(text);
    onEdit();
  };
  const send = async () => {
    await post(`${path}/messages`, { body });
    tell("Sent the message");
    setBody("");
    await load();
  };
  return html`<form class="fields">
    <label>New message <textarea rows="2" value=${body} onInput=${onValue(edit)}></textarea></label>
    <${ActionButton} type="submit" class="small" act=${send}>Send the message<//>
  </form>`;
}

/** @param {{ message: QueueMessage, putBack: false | (() => Promise<void>) }} props */
function Message({ message: { id, sentAt, body, letter, runId }, putBack }) {
  const event = letter ? letter.event : body;
  return html`<li>
    <div class="tools">
      <${Time} at=${sentAt} /> <b>${letter?.what ?? id}</b>
      ${putBack && event !== undefined && html`<${ActionButton} class="small" act=${putBack}>Put back<//>`}
      ${putBack && html`<${OpenRun} id=${runId ?? findSender(sentAt)?.id} />`}
    </div>
    ${letter && html`<p class="bad-text">${letter.error}</p>`}
    ${event !== undefined && html`<details open=${!letter}><summary>${letter ? "Event" : "Body"}</summary><${Text} text=${event} what=${letter ? "the event" : "the message"} /></details>`}
  </li>`;
}
