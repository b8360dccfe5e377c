/** What a person can send: a request, an event, the schedule's event. */

import { address } from "../state/address.js";
import { html } from "../ui/html.js";
import { changeDraft, clearDraft, draft, isEditing } from "./draft.js";
import { EventForm, RequestForm, ScheduleForm } from "./forms.js";

const FORMS = {
  request: { title: "Request", Form: RequestForm },
  event: { title: "Event", Form: EventForm },
  schedule: { title: "Schedule", Form: ScheduleForm },
};

/** @typedef {keyof typeof FORMS} Kind */

/** The forms, one at a time. */
export function Compose() {
  const { kind, replayOf } = draft.value;
  const { Form } = FORMS[kind];
  const choices = /** @type {[Kind, { title: string }][]} */ (Object.entries(FORMS));
  return html`<div class="compose">
    <div class="head">
      <h2 id="compose-title" tabindex="-1">Send</h2>
      <div class="tools" role="group" aria-label="What to send">
        ${choices.map(
          ([name, { title }]) =>
            html`<button key=${name} class="small" aria-pressed=${kind === name} onClick=${() => changeDraft({ kind: name })}>${title}</button>`,
        )}
      </div>
      ${isEditing.value && address.value.run && html`<button class="small" onClick=${clearDraft}>Back to the run</button>`}
    </div>
    ${replayOf && html`<p class="muted">Repeats <code>${replayOf}</code>, with what you change.</p>`}
    <${Form} />
  </div>`;
}
