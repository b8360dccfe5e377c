/**
 * Replays runs, and copies them for other tools.
 *
 * @import { Run } from "../../../runs/run"
 */

import { draftOf, isEditing, startDraft } from "../compose/draft.js";
import { openId } from "../state/address.js";
import { open } from "../state/open-run.js";
import { findRun } from "../state/runs.js";
import { post } from "../state/server.js";
import { findApi, summary } from "../state/system.js";
import { ActionButton, CopyButton } from "../ui/action.js";
import { html } from "../ui/html.js";
import { tell } from "../ui/notice.js";
import { curlCommand, hostOf, lambdaCommand, pythonEvent } from "./copies.js";

/** The ids of the runs that are being replayed. A run is replayed only once at a time. */
const underWay = new Set();

/** Replays the open run unchanged, and opens the new one. */
export async function replayOpenRun() {
  const id = openId.value;
  // A form may stand in place of the run.
  if (!id || isEditing.value || underWay.has(id)) return;
  underWay.add(id);
  tell("Replaying");
  try {
    const { requestId, runId } = await post(`/api/runs/${encodeURIComponent(id)}/replay`);
    // The user may have opened another run or the form meanwhile.
    if (openId.value === id && !isEditing.value) open(requestId ?? runId);
    tell(`Replayed the ${findRun(id)?.source ?? "run"}`);
  } finally {
    underWay.delete(id);
  }
}

/** The reason why a run cannot be copied or replayed. */
export const CUT = "Only a part of it is kept.";

/** @param {{ run: Run }} props */
export function RunActions({ run }) {
  const { request, event } = run;
  const api = (request && findApi(hostOf(request))?.url) ?? "";
  const name = run.functionName ?? summary.value?.functions[0]?.name ?? "";
  const cut = run.isCut || request?.body.isCut ? CUT : undefined;
  return html`<div class="tools" role="group" aria-label="Actions">
    <${ActionButton} class="main small" title="Does it again as it was (key r)" act=${replayOpenRun}>Replay<//>
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
