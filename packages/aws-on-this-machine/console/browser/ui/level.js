/**
 * The colours of states and outcomes.
 *
 * @import { RunSummary } from "../../../runs/run"
 */

import { html } from "./html.js";

/** @typedef {"good" | "info" | "warn" | "bad" | "muted"} Level */

/** @type {(status: number) => Level} */
export const levelOfStatus = (status) =>
  status >= 500 ? "bad" : status >= 400 ? "warn" : status >= 300 ? "info" : "good";

/** @type {(run: RunSummary) => { level: Level, text: string }} the outcome of a run, in a word */
export function resultOf({ outcome, status, attempts }) {
  if (status !== undefined) return { level: levelOfStatus(status), text: String(status) };
  const level = { running: "muted", processed: "good", refused: "warn", failed: "bad" }[outcome];
  return { level: /** @type {Level} */ (level), text: attempts > 1 ? `${outcome} ×${attempts}` : outcome };
}

/** A short text on a colour. @param {{ level: Level, children?: unknown }} props */
export const Badge = ({ level, children }) => html`<b class="badge ${level}">${children}</b>`;

/** @param {{ run: RunSummary }} props */
export function ResultBadge({ run }) {
  const { level, text } = resultOf(run);
  return html`<${Badge} level=${level}>${text}<//>`;
}
