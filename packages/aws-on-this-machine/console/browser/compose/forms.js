import { open } from "../state/open-run.js";
import { post } from "../state/server.js";
import { summary } from "../state/system.js";
import { ActionButton } from "../ui/action.js";
import { html, onValue } from "../ui/html.js";
import { isJson } from "../ui/json.js";
import { tell } from "../ui/notice.js";
import { changeBody, changeDraft, changeMethod, draft, METHODS, requestOf } from "./draft.js";

/** @type {(name: string) => (event: any) => void} */
const change = (name) => onValue((value) => changeDraft({ [name]: value }));

async function send() {
  const { status, requestId } = await post("/api/requests", requestOf(draft.value));
  tell(`The API answered ${status}`);
  changeDraft({ replayOf: "" });
  if (requestId) open(requestId);
}

export function RequestForm() {
  const { method, path, headers, body, isBase64 } = draft.value;
  const methods = METHODS.includes(method) ? METHODS : [...METHODS, method];
  return html`<form class="fields">
    <div class="line">
      <label>Method
        <select value=${method} onChange=${onValue(changeMethod)}>${methods.map((each) => html`<option key=${each}>${each}</option>`)}</select>
      </label>
      <label>Path <input value=${path} onInput=${change("path")} /></label>
    </div>
    <label>Headers <textarea rows="3" value=${headers} onInput=${change("headers")}></textarea></label>
    <label>Body <textarea rows="8" value=${body.replaceAll("\r\n", "\n")} onInput=${onValue(changeBody)}></textarea></label>
    <label>
      <input type="checkbox" checked=${isBase64} onChange=${(/** @type {any} */ event) => changeDraft({ isBase64: event.currentTarget.checked })} />
      The body is bytes in base64
    </label>
    <${ActionButton} type="submit" class="main" act=${send}>Send<//>
  </form>`;
}

async function invoke() {
  const { event } = draft.value;
  if (!isJson(event)) throw new Error("The event is no JSON");
  const { runId, isError } = await post("/api/invocations", event);
  tell(isError ? "The function failed" : "The function has processed the event", { isProblem: isError });
  open(runId);
}

/** Gives an event to the function, as `aws lambda invoke` does. */
export const EventForm = () => html`<form class="fields">
  <label>
    Event, as the function gets it
    <textarea rows="14" value=${draft.value.event} onInput=${change("event")}></textarea>
  </label>
  <${ActionButton} type="submit" class="main" act=${invoke}>Invoke<//>
</form>`;

async function fire() {
  tell("Fired the schedule");
  const { runId, outcome } = await post("/api/schedule");
  tell(`The scheduled event: ${outcome}`, { isProblem: outcome !== "processed" });
  open(runId);
}

export function ScheduleForm() {
  const { name = "", expression = "", state = "" } = summary.value?.schedule ?? {};
  return html`<form class="fields">
    <p><span class="name">${name}</span> <span class="muted">${expression} ${state.toLowerCase()}</span></p>
    <p class="muted">Sends the function the event that the schedule would, now. It is tried three times.</p>
    <${ActionButton} type="submit" class="main" act=${fire}>Fire the schedule<//>
  </form>`;
}
