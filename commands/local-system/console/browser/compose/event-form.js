/** Gives an event to the function, as `aws lambda invoke` does. */

import { open } from "../state/open-run.js";
import { post } from "../state/server.js";
import { ActionButton } from "../ui/action.js";
import { html, onValue } from "../ui/html.js";
import { isJson } from "../ui/json.js";
import { tell } from "../ui/notice.js";
import { changeDraft, draft } from "./draft.js";

async function invoke() {
  const { event } = draft.value;
  if (!isJson(event)) throw new Error("The event is no JSON");
  const { runId, isError } = await post("/api/invocations", event);
  tell(isError ? "The function failed" : "The function has processed the event", { isProblem: isError });
  open(runId);
}

/** The form. */
export function EventForm() {
  return html`<form class="fields">
    <label>
      Event, as the function gets it
      <textarea
        rows="14" spellcheck=${false} value=${draft.value.event}
        onInput=${onValue((event) => changeDraft({ event }))}
      ></textarea>
    </label>
    <${ActionButton} type="submit" class="main" act=${invoke}>Invoke<//>
  </form>`;
}
