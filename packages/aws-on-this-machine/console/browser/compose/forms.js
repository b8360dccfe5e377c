/** @import { ScheduleRun } from "../../../system/running-system" */

import { Choice } from "../page/choice.js";
import { open } from "../state/open-run.js";
import { pathOf, post } from "../state/server.js";
import { namesFunctions, namesOf, summary } from "../state/system.js";
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
  const { api, method, path, headers, body, isBase64 } = draft.value;
  const methods = METHODS.includes(method) ? METHODS : [...METHODS, method];
  const apis = namesOf(summary.value?.apis);
  return html`<form class="fields">
    <${Choice} label="API" names=${apis} chosen=${api || apis[0]} onChoose=${(/** @type {string} */ name) => changeDraft({ api: name })} />
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

/** @type {() => string} */
const chosenFunction = () => draft.value.functionName || (summary.value?.functions[0]?.name ?? "");

async function invoke() {
  const { event } = draft.value;
  if (!isJson(event)) throw new Error("The event is no JSON");
  const { runId, isError } = await post(`${pathOf("functions", chosenFunction())}/invocations`, event);
  tell(isError ? "The function failed" : "The function has processed the event", { isProblem: isError });
  open(runId);
}

/** Gives an event to a function, as `aws lambda invoke` does. */
export const EventForm = () => html`<form class="fields">
  <${Choice}
    label="Function" names=${namesOf(summary.value?.functions)} chosen=${chosenFunction()}
    onChoose=${(/** @type {string} */ functionName) => changeDraft({ functionName })}
  />
  <label>
    Event, as the function gets it
    <textarea rows="14" value=${draft.value.event} onInput=${change("event")}></textarea>
  </label>
  <${ActionButton} type="submit" class="main" act=${invoke}>Invoke<//>
</form>`;

/** @type {(name: string) => Promise<void>} */
async function fire(name) {
  tell("Fired the schedule");
  const runs = /** @type {ScheduleRun[]} */ (await post(pathOf("schedules", name)));
  const outcomes = runs.map(({ outcome }) => outcome);
  tell(`The scheduled event: ${outcomes.join(", ")}`, { isProblem: outcomes.some((each) => each !== "processed") });
  if (runs[0]) open(runs[0].runId);
}

export function ScheduleForm() {
  const { schedules = [] } = summary.value ?? {};
  const isSingle = schedules.length === 1;
  return html`<form class="fields">
    <p class="muted">Sends ${namesFunctions.value ? "its functions" : "the function"} the event that the schedule would, now. It is tried three times.</p>
    ${schedules.map(
      ({ name, expression, isEnabled, functions }) => html`<p key=${name}>
        <span class="name">${name}</span> <span class="muted">${expression} ${isEnabled ? "enabled" : "disabled"}${namesFunctions.value && `, for ${functions.join(", ")}`}</span>
      </p>
      <${ActionButton} class=${isSingle ? "main" : "small"} act=${() => fire(name)}>Fire ${isSingle ? "the schedule" : name}<//>`,
    )}
  </form>`;
}
