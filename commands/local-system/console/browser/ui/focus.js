import { useLayoutEffect } from "./html.js";

/** Moves the keyboard's focus to what may be there only after the next rendering. @type {(id: string) => void} */
export function focusOn(id) {
  const focus = () => document.getElementById(id)?.focus();
  focus();
  requestAnimationFrame(focus);
}

/** For a place whose content may be replaced while it has the focus: the place's title gets it then. @type {(id: string) => void} */
export function useKeptFocus(id) {
  const hadFocus = document.getElementById(id)?.contains(document.activeElement);
  useLayoutEffect(() => {
    const title = /** @type {HTMLElement | null} */ (document.querySelector(`#${id} :is(h2, summary)`));
    if (hadFocus && document.activeElement === document.body) title?.focus();
  });
}
