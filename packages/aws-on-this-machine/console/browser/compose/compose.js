import { openId } from "../state/address.js";
import { summary } from "../state/system.js";
import { html } from "../ui/html.js";
import { changeDraft, clearDraft, draft, isEditing } from "./draft.js";
import { EventForm, RequestForm, ScheduleForm } from "./forms.js";

const FORMS = { Request: RequestForm, Event: EventForm, Schedule: ScheduleForm };

/** The parts of the summary to which a form sends. */
const TARGETS = /** @type {const} */ ({ Request: "apis", Event: "functions", Schedule: "schedules" });

export function Compose() {
  const { kind: wanted, replayOf } = draft.value;
  const kinds = /** @type {(typeof wanted)[]} */ (Object.keys(FORMS)).filter(
    (name) => summary.value?.[TARGETS[name]].length !== 0,
  );
  const kind = kinds.includes(wanted) ? wanted : (kinds[0] ?? wanted);
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
