/**
 * The error of a run, with its lines of code.
 *
 * @import { Frame, Run, TracedError } from "../../../runs/run"
 */

import { CopyButton } from "../ui/action.js";
import { html } from "../ui/html.js";

/** An error in words, without a message that equals the type. @type {(error?: TracedError) => string} */
export const reasonOf = ({ type, message } = { type: "", message: "", frames: [] }) =>
  [...new Set([type, message])].filter(Boolean).join(": ");

/** @param {{ run: Run }} props */
export function Failure({ run }) {
  const { error, invocations, outcome, isDeadLetter } = run;
  const traced = invocations.findLast((invocation) => invocation.error)?.error;
  // The place of the error first, then its callers.
  const frames = [...(traced?.frames ?? [])].reverse();
  return html`<section class="trouble failure ${outcome === "refused" ? "warn" : ""}" aria-label="Why it ${outcome === "failed" ? "failed" : "was refused"}">
    <p class="name">${reasonOf(traced) || error || "No reason is known."}</p>
    ${isDeadLetter && html`<p>The event is in the dead-letter queue.</p>`}
    ${frames.map((frame, index) => html`<${FrameView} key=${index} frame=${frame} isFirst=${index === 0} />`)}
  </section>`;
}

/** @param {{ frame: Frame, isFirst: boolean }} props */
function FrameView({ frame, isFirst }) {
  const { file, line, function: name, source } = frame;
  const place = `${file}:${line}`;
  return html`<details class="frame" open=${isFirst}>
    <summary><code>${place}</code> <span class="muted">in</span> <code>${name}</code>${!isFirst && html` <span class="muted">called it</span>`}</summary>
    ${source ? html`<${SourceLines} source=${source} line=${line} />` : html`<p class="muted">The file is not there any more.</p>`}
    <${CopyButton} text=${place} what=${place}>Copy the place<//>
  </details>`;
}

/** @param {{ source: NonNullable<Frame["source"]>, line: number }} props */
const SourceLines = ({ source: { firstLine, lines }, line }) =>
  html`<pre class="lines">${lines.map((text, index) => {
    const number = firstLine + index;
    const isHere = number === line;
    return html`<span key=${number} class=${isHere ? "here" : ""}><i>${isHere ? "→ " : ""}${number}</i>${text}\n</span>`;
  })}</pre>`;
