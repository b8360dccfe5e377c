import { useLayoutEffect } from "./html.js";

/** Moves the focus to an element that may exist only after the next rendering. @type {(id: string) => void} */
export function focusOn(id) {
  const focus = () => document.getElementById(id)?.focus();
  focus();
  requestAnimationFrame(focus);
}

/**
 * Moves the focus to a place's title when the place's content is replaced while it has the focus.
 *
 * @type {(id: string) => void}
 */
export function useKeptFocus(id) {
  const hadFocus = document.getElementById(id)?.contains(document.activeElement);
  useLayoutEffect(() => {
    const title = /** @type {HTMLElement | null} */ (document.querySelector(`#${id} :is(h2, summary)`));
    if (hadFocus && document.activeElement === document.body) title?.focus();
  });
}
