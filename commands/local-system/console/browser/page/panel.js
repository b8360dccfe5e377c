/** The parts of the page below the runs. */

import { effect, html, signal, useEffect, useRef, useState } from "../ui/html.js";

/** @typedef {"log" | "metrics" | "letters" | "items" | "archive" | "architecture"} PanelId */

/** Where somebody wants to go; a new object for each wish. */
const wish = signal({ id: "" });

/** @type {(id: PanelId) => void} opens a part of the page and goes there */
export function goTo(id) {
  wish.value = { id };
}

/**
 * A part that folds. What is in it is made, and asked for, only while it is open.
 *
 * @param {{ id: PanelId, title: string, note?: unknown, opens?: boolean, children?: unknown }} props whether it `opens` by itself
 */
export function Panel({ id, title, note, opens = false, children }) {
  const [isOpen, setOpen] = useState(opens);
  const summary = /** @type {{ current: HTMLElement | null }} */ (useRef(null));
  useEffect(() => {
    if (opens) setOpen(true);
  }, [opens]);
  useEffect(
    () =>
      effect(() => {
        if (wish.value.id !== id) return;
        setOpen(true);
        summary.current?.focus({ preventScroll: true });
        summary.current?.scrollIntoView({ block: "start" });
      }),
    [],
  );
  return html`<section class="card" aria-labelledby="${id}-title">
    <details open=${isOpen} onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
      <summary ref=${summary}><h2 id="${id}-title">${title}</h2> <span class="muted">${note}</span></summary>
      ${isOpen && html`<div class="panel">${children}</div>`}
    </details>
  </section>`;
}

/** What is told instead of a list. @param {{ problem?: string, children?: unknown }} props */
export const Instead = ({ problem, children }) =>
  problem ? html`<p class="trouble">${problem}</p>` : children && html`<p class="muted">${children}</p>`;
