import { html, useEffect, useRef } from "./html.js";

/**
 * A modal window; the browser gives the focus back afterwards.
 *
 * @param {{ title: string, onClose: () => void, children?: unknown }} props
 */
export function Dialog({ title, onClose, children }) {
  const dialog = /** @type {{ current: HTMLDialogElement | null }} */ (useRef(null));
  useEffect(() => dialog.current?.showModal(), []);
  return html`<dialog class="card" ref=${dialog} aria-labelledby="dialog-title" onClose=${onClose}>
    <h2 id="dialog-title">${title}</h2>
    ${children}
  </dialog>`;
}
