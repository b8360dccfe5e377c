/**
 * The time of a run, part by part.
 *
 * @import { Invocation, Run } from "../../../runs/run"
 */

import { formatMs } from "../ui/format.js";
import { html } from "../ui/html.js";
import { Part } from "./part.js";

/**
 * A stretch of time: its name, and its beginning, counted from the run's, and its length in milliseconds.
 *
 * @typedef {[string, number, number]} Stretch
 */

/** @type {(run: Run) => Stretch[]} */
function stretchesOf({ source, time, milliseconds, invocations }) {
  const ofInvocations = invocations.flatMap((invocation, index) =>
    stretchesOfInvocation(
      invocation,
      Math.max(0, invocation.time - time),
      invocations.length > 1 ? ` ${index + 1}` : "",
    ),
  );
  if (source !== "request") return ofInvocations;
  const [first] = ofInvocations;
  const [, begin, length] = ofInvocations.at(-1) ?? ["", 0, 0];
  /** @type {Stretch[]} */
  const before = first ? [["gateway", 0, first[1]], ...ofInvocations] : [];
  if (milliseconds === undefined) return before;
  return [
    ...before,
    [first ? "gateway, answer" : "gateway", begin + length, Math.max(0, milliseconds - begin - length)],
  ];
}

/** @type {(invocation: Invocation, start: number, number: string) => Stretch[]} */
function stretchesOfInvocation({ waitMs, initMs, durationMs, result }, start, number) {
  const loaded = start + waitMs + (initMs ?? 0);
  return [
    [`wait for a process${number}`, start, waitMs],
    ...(initMs === undefined ? [] : [/** @type {Stretch} */ ([`init${number}`, start + waitMs, initMs])]),
    ...(result ? [/** @type {Stretch} */ ([`function${number}`, loaded, durationMs])] : []),
  ];
}

/** @param {{ run: Run }} props */
export function Waterfall({ run }) {
  const stretches = stretchesOf(run);
  if (stretches.length === 0) return undefined;
  const total = Math.max(run.milliseconds ?? 0, ...stretches.map(([, start, length]) => start + length)) || 1;
  return html`<${Part} title="Timings" note=${run.milliseconds !== undefined && html`<span class="muted">${formatMs(run.milliseconds)}</span>`}>
    <dl class="waterfall">
      ${stretches.map(
        ([name, start, length]) => html`<dt>${name}</dt>
        <dd><i class="stretch ${/^\w+/.exec(name)}" style=${{ left: `${(100 * start) / total}%`, width: `${(100 * length) / total}%` }}></i></dd>
        <dd>${formatMs(length)}</dd>`,
      )}
    </dl>
  <//>`;
}
