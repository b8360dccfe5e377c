import { openId } from "../state/address.js";
import { html } from "../ui/html.js";
import { changeDraft, clearDraft, draft, isEditing } from "./draft.js";
import { EventForm, RequestForm, ScheduleForm } from "./forms.js";

const FORMS = { Request: RequestForm, Event: EventForm, Schedule: ScheduleForm };

export function Compose() {
  const { kind, replayOf } = draft.value;
  const kinds = /** @type {(typeof kind)[]} */ (Object.keys(FORMS));
  return html`<div class="compose">
    <div class="head">
      <h2 id="compose-title" tabindex="-1">Send</h2>
      <div class="tools" role="group" aria-label="Kind of input">
        ${kinds.map(
          (name) =>
            html`<button key=${name} class="small" aria-pressed=${kind === name} onClick=${() => changeDraft({ kind: name })}>${name}</button>`,
        )}
      </div>
      ${isEditing.value && openId.value && html`<button class="small" onClick=${clearDraft}>Back to the run</button>`}
    </div>
    ${kind === "Request" && replayOf && html`<p class="muted">Repeats <code>${replayOf}</code>, with your changes.</p>`}
    <${FORMS[kind]} />
  </div>`;
}
