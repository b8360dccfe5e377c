/** Fires the schedule. */

import { open } from "../state/open-run.js";
import { post } from "../state/server.js";
import { summary } from "../state/system.js";
import { ActionButton } from "../ui/action.js";
import { html } from "../ui/html.js";
import { tell } from "../ui/notice.js";

async function fire() {
  tell("Fired the schedule");
  const { runId, outcome } = await post("/api/schedule");
  tell(`The scheduled event: ${outcome}`, { isProblem: outcome !== "processed" });
  open(runId);
}

/** The form. */
export function ScheduleForm() {
  const { name = "", expression = "", state = "" } = summary.value?.schedule ?? {};
  return html`<form class="fields">
    <p><span class="name">${name}</span> <span class="muted">${expression} ${state.toLowerCase()}</span></p>
    <p class="muted">Sends the function the event that the schedule would, now. It is tried three times.</p>
    <${ActionButton} type="submit" class="main" act=${fire}>Fire the schedule<//>
  </form>`;
}
