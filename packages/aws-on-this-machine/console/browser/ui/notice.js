/** Shows the outcome of an action, and lets screen readers read it. */

import { html, signal } from "./html.js";

const SHOWN_MS = 6000;

const notice = signal({ text: "", isQuiet: true, isProblem: false });
let timer = 0;

/** @type {(text: string, how?: { isQuiet?: boolean, isProblem?: boolean }) => void} quietly: to screen readers only */
export function tell(text, { isQuiet = false, isProblem = false } = {}) {
  notice.value = { text, isQuiet, isProblem };
  clearTimeout(timer);
  timer = setTimeout(() => {
    notice.value = { text: "", isQuiet: true, isProblem: false };
  }, SHOWN_MS);
}

/** @type {(error: unknown) => string} why something failed, in words */
export const reason = (error) => (error instanceof Error ? error.message : String(error));

/** @type {(error: unknown) => void} */
export const tellProblem = (error) => tell(reason(error), { isProblem: true });

export function Notice() {
  const { text, isQuiet, isProblem } = notice.value;
  return html`<p role="status" class=${isQuiet ? "unseen" : `notice ${isProblem ? "bad" : ""}`}>${text}</p>`;
}
