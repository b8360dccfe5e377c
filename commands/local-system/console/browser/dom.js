/** Finds, makes and keeps elements. */

/** @type {(selector: string, parent?: ParentNode) => HTMLElement} the first that matches */
export function find(selector, parent = document) {
  const found = parent.querySelector(selector);
  if (found instanceof HTMLElement) return found;
  throw new Error(`The page has no ${selector}`);
}

/** @typedef {"good" | "info" | "warn" | "bad" | "muted"} Level a colour of the stylesheets */

/** @type {(tag: string, properties?: object, ...children: (Node | string)[]) => HTMLElement} a new one */
export function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** @type {(made: HTMLElement, level: Level) => HTMLElement} the element, with the colour of a level */
export function colour(made, level) {
  made.style.setProperty("--level", `var(--${level})`);
  return made;
}

/** @type {(text: string, level: Level) => HTMLElement} a short text on that colour */
export const badge = (text, level) => colour(element("b", { className: "badge" }, text), level);

/**
 * Leaves a text that is as it should be alone: somebody may have selected it.
 *
 * @type {(target: Element, text: string) => void}
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Makes a list show `values`. What it shows already is kept, so that a selection or an opened line stays.
 *
 * @template T
 * @param {Element} list
 * @param {readonly T[]} values
 * @param {(value: T) => HTMLElement} make
 * @param {unknown} [context] on what else than the value it depends how it is shown
 */
export function showList(list, values, make, context) {
  const shown = /** @type {HTMLElement[]} */ ([...list.children]);
  const wanted = /** @type {HTMLElement[]} */ ([]);
  for (const value of values) {
    const key = JSON.stringify([value, context]);
    const kept = shown.find((child) => child.dataset.key === key && !wanted.includes(child));
    const child = kept ?? make(value);
    child.dataset.key = key;
    if (!kept && list.classList.contains("shown")) child.classList.add("new");
    wanted.push(child);
  }
  list.classList.add("shown");
  for (const child of shown) if (!wanted.includes(child)) child.remove();
  let next = list.firstElementChild;
  for (const child of wanted) {
    if (child === next) next = next.nextElementSibling;
    else list.insertBefore(child, next);
  }
}
