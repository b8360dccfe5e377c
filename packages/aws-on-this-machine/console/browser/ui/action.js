import { html, useRef, useState } from "./html.js";
import { tell, tellProblem } from "./notice.js";

/**
 * A button that runs one action at a time, and shows its failure. A disabled button would lose the focus, so it is never
 * disabled.
 *
 * @param {{ act: () => unknown, class?: string, title?: string, type?: string, why?: string, children?: unknown }} props
 *     `why` it cannot be done now
 */
export function ActionButton({ act, why, children, title, type = "button", class: className = "" }) {
  const [isBusy, setBusy] = useState(false);
  const isActing = useRef(false);
  const click = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (why) return tell(why, { isProblem: true });
    if (isActing.current) return;
    isActing.current = true;
    setBusy(true);
    try {
      await act();
    } catch (error) {
      tellProblem(error);
    }
    isActing.current = false;
    setBusy(false);
  };
  return html`<button
    type=${type} class=${className} title=${why || title} aria-disabled=${isBusy || Boolean(why)} aria-busy=${isBusy}
    onClick=${click}
  >${children}</button>`;
}

/** @type {(text: string, what: string) => Promise<void>} */
async function copy(text, what) {
  await navigator.clipboard.writeText(text);
  tell(`Copied ${what}`);
}

/** Copies a text. @param {{ text: string | (() => string), what: string, why?: string, children?: unknown }} props */
export const CopyButton = ({ text, what, why, children = "Copy" }) => html`<${ActionButton}
  class="small" why=${why} title="Copy ${what}" act=${() => copy(typeof text === "string" ? text : text(), what)}
>${children}<//>`;

/** A whole id. A click copies it. @param {{ id: string, what?: string }} props */
export const Id = ({ id, what = "the id" }) => html`<${ActionButton}
  class="id" title="Copy ${what}" act=${() => copy(id, what)}
>${id}<//>`;
