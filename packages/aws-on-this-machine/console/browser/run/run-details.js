/**
 * The details of a run, the most useful first.
 *
 * @import { Run, RunSummary } from "../../../runs/run"
 */

import { titleOf } from "../runs/run-list.js";
import { close, open, openRun } from "../state/open-run.js";
import { findRun } from "../state/runs.js";
import { namesFunctions } from "../state/system.js";
import { Id } from "../ui/action.js";
import { formatMs, Time } from "../ui/format.js";
import { html } from "../ui/html.js";
import { ResultBadge } from "../ui/level.js";
import { Text } from "../ui/text.js";
import { AccessLog, Answer, Calls, Request, StoredItems } from "./exchange.js";
import { Failure } from "./failure.js";
import { Invocations } from "./invocations.js";
import { Part } from "./part.js";
import { CUT, RunActions } from "./replay.js";
import { Waterfall } from "./waterfall.js";

export function RunDetails() {
  const { id, run, problem } = openRun.value;
  // The data of the list needs no request.
  const summary = run ?? findRun(id);
  return html`<article class="details" aria-labelledby="run-title" key=${id}>
    <div class="head">
      <h2 id="run-title" tabindex="-1">${summary ? titleOf(summary) : "Run"}</h2>
      ${summary && html`<${ResultBadge} run=${summary} />`}
      <button class="small" onClick=${close} aria-keyshortcuts="Escape">Close</button>
    </div>
    <${Facts} id=${id} run=${summary} />
    ${problem && html`<p class="trouble">${problem}</p>`}
    ${run ? html`<${RunActions} run=${run} /><${Parts} run=${run} />` : !problem && html`<p class="muted">Loading</p>`}
  </article>`;
}

/** @param {{ id: string, run: RunSummary | undefined }} props */
function Facts({ id, run }) {
  if (!run) return html`<p class="tools"><${Id} id=${id} /></p>`;
  const { source, time, functionName, version, milliseconds, attempts, isColdStart, replayOf } = run;
  return html`<p class="tools facts-line">
    <${Time} at=${time} />
    ${milliseconds !== undefined && html`<span>${formatMs(milliseconds)}</span>`}
    <span>${source}</span>
    ${namesFunctions.value && functionName && html`<span class="name">${functionName}</span>`}
    ${version && html`<span>version ${version}</span>`}
    ${attempts !== 1 && html`<span>${attempts === 0 ? "the function was not invoked" : `${attempts} attempts`}</span>`}
    ${isColdStart && html`<span>cold start</span>`}
    <${Id} id=${id} />
    ${replayOf && html`<span>replay of <button class="id" onClick=${() => open(replayOf)}>${replayOf}</button></span>`}
  </p>`;
}

/** @param {{ run: Run }} props */
function Parts({ run }) {
  const { request, answer, event } = run;
  const failed = run.outcome === "failed" || run.outcome === "refused";
  return html`
    ${run.isCut && html`<p class="muted">${CUT}</p>`}
    ${failed && html`<${Failure} run=${run} />`}
    <${Waterfall} run=${run} />
    ${answer && html`<${Answer} answer=${answer} />`}
    <${Invocations} run=${run} />
    ${request && html`<${Request} request=${request} />`}
    <${Part} title="Event">
      ${
        event === undefined
          ? html`<p class="muted">The function did not get one.</p>`
          : html`<${Text} text=${event} what="the event" note="as the function got it" />`
      }
    <//>
    <${Calls} run=${run} />
    <${StoredItems} run=${run} />
    <${AccessLog} run=${run} />`;
}
