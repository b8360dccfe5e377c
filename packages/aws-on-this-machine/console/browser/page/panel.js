/** The parts of the page below the runs. */

import { html, useEffect, useState } from "../ui/html.js";

/** @typedef {"log" | "metrics" | "queues" | "items" | "archive" | "architecture"} PanelId */

/** @type {(id: PanelId) => HTMLDetailsElement} */
const detailsOf = (id) => /** @type {HTMLDetailsElement} */ (document.getElementById(`${id}-panel`));

/** @type {(id: PanelId) => boolean} */
export const isPanelOpen = (id) => detailsOf(id)?.open ?? false;

/** Opens a part of the page and goes there. @type {(id: PanelId) => () => void} */
export const goTo = (id) => () => {
  const details = detailsOf(id);
  details.open = true;
  details.querySelector("summary")?.focus({ preventScroll: true });
  details.scrollIntoView();
};

/**
 * A part of the page that folds. It loads and renders its content only while it is open.
 *
 * @param {{ id: PanelId, title: string, note?: unknown, opens?: boolean, children?: unknown }} props whether it `opens` by itself
 */
export function Panel({ id, title, note, opens = false, children }) {
  const [isOpen, setOpen] = useState(opens);
  useEffect(() => {
    if (opens) setOpen(true);
  }, [opens]);
  return html`<section class="card" aria-labelledby="${id}-title">
    <details id="${id}-panel" open=${isOpen} onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
      <summary><h2 id="${id}-title">${title}</h2> <span class="muted">${note}</span></summary>
      ${isOpen && html`<div class="panel">${children}</div>`}
    </details>
  </section>`;
}

/** The text in place of a list. @param {{ problem?: string, children?: unknown }} props */
export const Instead = ({ problem, children }) =>
  problem ? html`<p class="trouble">${problem}</p>` : children && html`<p class="muted">${children}</p>`;
