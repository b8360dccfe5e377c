/**
 * The function's log of the run, try by try.
 *
 * @import { Invocation, Run } from "../../../runs/run"
 */

import { LogText } from "../log/log-line.js";
import { Id } from "../ui/action.js";
import { countOf, formatMs, formatNumber, Time } from "../ui/format.js";
import { html } from "../ui/html.js";
import { Text } from "../ui/text.js";
import { reasonOf } from "./failure.js";
import { Part } from "./part.js";

/** The number of shown lines. The error and the report come last. */
const MAX_LINES = 200;

/** @param {{ run: Run }} props */
export function Invocations({ run: { invocations } }) {
  const last = reasonOf(invocations.at(-1)?.error);
  return invocations.map(
    (invocation, index) => html`<${Part}
      key=${invocation.requestId + index} title=${invocations.length > 1 ? `Try ${index + 1}` : "Function log"}
      note=${html`<${Time} at=${invocation.time} />`}
    >
      <p class="tools facts-line">
        ${invocation.version && html`<span>version ${invocation.version}</span>`}
        <span>${invocation.result ? formatMs(invocation.durationMs) : "still running"}</span>
        <span>${formatNumber(invocation.usedMemoryMb)} of ${invocation.memoryMb} MB</span>
        ${invocation.initMs !== undefined && html`<span>cold start, ${formatMs(invocation.initMs)}</span>`}
        <${Id} id=${invocation.requestId} what="Lambda's request id" />
      </p>
      ${invocation.error && reasonOf(invocation.error) !== last && html`<p class="name">${reasonOf(invocation.error)}</p>`}
      <${Lines} invocation=${invocation} />
      <details><summary>Result</summary><${Text} text=${invocation.result} what="the result" /></details>
    <//>`,
  );
}

/** @param {{ invocation: Invocation }} props */
function Lines({ invocation: { log } }) {
  if (log.length === 0) return html`<p class="muted">It wrote nothing.</p>`;
  const others = log.length - MAX_LINES;
  return html`
    ${others > 0 && html`<p class="muted">${countOf(others, "line")} before these are in the function log below</p>`}
    ${log.slice(-MAX_LINES).map((line) => html`<${LogText} key=${line.number} line=${line} />`)}`;
}
