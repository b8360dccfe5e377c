/**
 * Does runs again, and hands them on.
 *
 * @import { Run } from "../../../run"
 */

import { clearDraft, draftOf, startDraft } from "../compose/draft.js";
import { address } from "../state/address.js";
import { open, openRun } from "../state/open-run.js";
import { findRun } from "../state/runs.js";
import { post } from "../state/server.js";
import { summary } from "../state/system.js";
import { ActionButton, CopyButton } from "../ui/action.js";
import { html } from "../ui/html.js";
import { tell } from "../ui/notice.js";
import { curlCommand } from "./curl.js";
import { lambdaCommand, pythonEvent } from "./event-copies.js";

/** Does the open run again as it was, and opens the new one. @type {() => Promise<void> | undefined} */
export function replayOpenRun() {
  const { run: id } = address.value;
  return id ? replay(id) : undefined;
}

/** @type {(id: string) => Promise<void>} */
async function replay(id) {
  tell("Replaying");
  const { requestId, runId } = await post(`/api/runs/${encodeURIComponent(id)}/replay`);
  // Whoever opened another run in the meantime wants to see that one.
  if (openRun.peek().id === id) open(requestId ?? runId);
  const source = findRun(id)?.source ?? "run";
  tell(`Replayed the ${source}`);
  clearDraft();
}

/** Why something cannot be had of a run. */
export const CUT = "Only a part of it is kept.";

/** What can be done with a run. @param {{ run: Run }} props */
export function RunActions({ run }) {
  const { id, request, event } = run;
  const api = summary.value?.api.url ?? "";
  const name = summary.value?.function.name ?? "";
  const cut = run.isCut || request?.body.isCut ? CUT : undefined;
  return html`<div class="tools" role="group" aria-label="Actions">
    <${ActionButton} class="main small" title="Does it again as it was (key r)" act=${() => replay(id)}>Replay<//>
    <${ActionButton} class="small" act=${() => startDraft(draftOf(run))} why=${cut}>Edit and replay<//>
    ${request && html`<${CopyButton} what="the request as a curl command" why=${cut} text=${() => curlCommand(api, request)}>Copy as curl<//>`}
    ${
      event !== undefined &&
      html`<${CopyButton} what="the event" why=${cut} text=${event}>Copy event<//>
        <${CopyButton} what="the event for aws lambda invoke" why=${cut} text=${() => lambdaCommand(name, event)}>for aws lambda invoke<//>
        <${CopyButton} what="the event for a test in Python" why=${cut} text=${() => pythonEvent(event)}>for a test<//>`
    }
  </div>`;
}
