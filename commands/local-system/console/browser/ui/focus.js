/** Moves the keyboard's focus to what may be there only after the next rendering. @type {(id: string) => void} */
export function focusOn(id) {
  const focus = () => document.getElementById(id)?.focus();
  focus();
  requestAnimationFrame(focus);
}
