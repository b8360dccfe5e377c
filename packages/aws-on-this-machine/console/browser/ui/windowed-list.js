/** A list that holds only the rows in sight. */

import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { isNarrow } from "./narrow.js";

/** Rows beyond both edges, for quick scrolling. */
const SPARE_ROWS = 8;

/** @typedef {{ current: HTMLElement | null }} ListRef */
/** @typedef {{ first: number, rows: number }} Sight */

/**
 * @template T
 * @typedef {object} ListProps
 * @property {string} id
 * @property {string} label
 * @property {readonly T[]} items
 * @property {(item: T) => string} keyOf
 * @property {[wide: number, narrow: number]} heights of a row, in pixels, with several columns in the page and with one
 * @property {(item: T) => unknown} row the content of a row
 * @property {(item: T) => string} [classOf]
 * @property {string} openKey the item that is open
 * @property {(item: T) => void} onOpen
 * @property {"top" | "bottom"} newest the end where new items come; the list follows them only while that end is in
 * sight
 * @property {string} [view] a new value moves the list to that end
 * @property {unknown} empty the content of a list without items
 */

/**
 * The keyboard's focus stays on the list itself, because a row that is scrolled away would lose it.
 *
 * @template T
 * @param {ListProps<T>} props
 */
export function WindowedList(props) {
  const { id, label, items, keyOf, heights, row, classOf, openKey, onOpen, empty } = props;
  const rowHeight = heights[Number(isNarrow.value)] ?? 0;
  const list = /** @type {ListRef} */ (useRef(null));
  const [sight, setSight] = useState({ first: 0, rows: 30 });
  const [activeKey, setActive] = useState("");
  useSight(list, rowHeight, setSight);
  usePlace(list, rowHeight, props);

  const { from, to } = windowOf(sight, items.length);
  const slots = sight.rows + 2 * SPARE_ROWS;
  const active = items.findIndex((item) => keyOf(item) === (activeKey || openKey));
  const move = (/** @type {number} */ index) => {
    const item = items[Math.max(0, Math.min(items.length - 1, index))];
    if (!item) return;
    setActive(keyOf(item));
    bringIntoSight(list.current, items.indexOf(item), rowHeight);
  };
  const open = (/** @type {number} */ index) => {
    const item = items[index];
    if (!item) return;
    setActive(keyOf(item));
    onOpen(item);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, sight.rows - 2);
    const moves = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page };
    const target = { ...moves, Home: 0, End: items.length - 1 }[event.key];
    if (target !== undefined) move(target);
    else if (event.key === "Enter" || event.key === " ") open(active);
    else return;
    event.preventDefault();
  };
  const rows = items.slice(from, to).map((item, offset) => {
    const index = from + offset;
    const key = keyOf(item);
    const classes = ["row", index === active && "active", classOf?.(item)].filter(Boolean).join(" ");
    // Rows that come reuse the elements of rows that leave.
    return html`<div
      key=${index % slots} id="${id}-${index}" class=${classes} role="option" aria-selected=${key === openKey}
      aria-setsize=${items.length} aria-posinset=${index + 1} style=${{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
      onClick=${() => open(index)}
    >${row(item)}</div>`;
  });
  return html`<div class="windowed">
    <div
      ref=${list} id=${id} class="list" role="listbox" tabindex="0" aria-label=${label} onKeyDown=${onKeyDown}
      aria-activedescendant=${active >= from && active < to ? `${id}-${active}` : undefined}
    ><div role="presentation" style=${{ height: `${items.length * rowHeight}px` }}>${rows}</div></div>
    ${items.length === 0 && html`<div class="empty muted">${empty}</div>`}
  </div>`;
}

/** @type {(sight: Sight, count: number) => { from: number, to: number }} */
function windowOf({ first, rows }, count) {
  // A shorter list may end above the rows in sight.
  const start = Math.min(first, Math.max(0, count - rows));
  return { from: Math.max(0, start - SPARE_ROWS), to: Math.min(count, start + rows + SPARE_ROWS) };
}

/** @type {(list: HTMLElement | null, index: number, rowHeight: number) => void} */
function bringIntoSight(list, index, rowHeight) {
  if (!list) return;
  const highest = index * rowHeight;
  const lowest = highest + rowHeight - list.clientHeight;
  list.scrollTop = Math.min(highest, Math.max(lowest, list.scrollTop));
}

/** Follows which rows are in sight. @type {(list: ListRef, rowHeight: number, setSight: (change: (before: Sight) => Sight) => void) => void} */
function useSight(list, rowHeight, setSight) {
  useEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const look = () => {
      const first = Math.floor(element.scrollTop / rowHeight);
      const rows = Math.ceil(element.clientHeight / rowHeight) + 1;
      setSight((before) => (before.first === first && before.rows === rows ? before : { first, rows }));
    };
    const resize = new ResizeObserver(look);
    resize.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      resize.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [rowHeight]);
}

/**
 * Keeps the rows in sight in place while others come and go, unless the newest end is in sight.
 *
 * @type {<T>(list: ListRef, rowHeight: number, props: ListProps<T>) => void}
 */
function usePlace(list, rowHeight, { items, keyOf, newest, view = "" }) {
  const before = useRef({ items, view: "" });
  // Reads the rows in sight before the new rows are there.
  const element = list.current;
  const distance = element ? element.scrollHeight - element.scrollTop - element.clientHeight : 0;
  const isAtNewest = !element || (newest === "top" ? element.scrollTop < rowHeight : distance < rowHeight);
  const first = Math.floor((element?.scrollTop ?? 0) / rowHeight);
  useLayoutEffect(() => {
    const shown = list.current;
    const { items: old, view: oldView } = before.current;
    before.current = { items, view };
    if (!shown || (old === items && oldView === view)) return;
    const anchor = old[first];
    if (isAtNewest || view !== oldView) {
      shown.scrollTop = newest === "top" ? 0 : shown.scrollHeight;
    } else if (anchor) {
      const key = keyOf(anchor);
      const index = items.findIndex((item) => keyOf(item) === key);
      if (index >= 0) shown.scrollTop += (index - first) * rowHeight;
    }
  });
}
