/** The page's address after `#`: the open run and the filter. Links and reloads keep both. */

import { computed, signal } from "../ui/html.js";

const NAMES = /** @type {const} */ (["run", "text", "status", "method", "source", "function", "path"]);

/** @typedef {Record<(typeof NAMES)[number], string>} Address a part that is not set is empty */

/** @type {() => Address} */
function read() {
  // URLSearchParams would read the + of an id as a space.
  const pairs = location.hash
    .slice(1)
    .split("&")
    .map((pair) => /^(\w+)=(.*)$/.exec(pair) ?? []);
  const values = new Map(pairs.map(([, name = "", value = ""]) => [name, decode(value)]));
  return /** @type {Address} */ (Object.fromEntries(NAMES.map((name) => [name, values.get(name) ?? ""])));
}

/** @type {(text: string) => string} */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const address = signal(read());

/** The id of the open run; empty if none is. */
export const openId = computed(() => address.value.run);

addEventListener("hashchange", () => {
  address.value = read();
});

/** Waits for a pause, because browsers refuse a change of the address with each typed character. */
const WRITE_MS = 200;
let timer = 0;

/** @type {(of: Address) => string} */
function hashOf(of) {
  const pairs = NAMES.filter((name) => of[name]).map((name) => `${name}=${encodeURIComponent(of[name])}`);
  return pairs.length > 0 ? `#${pairs.join("&")}` : location.pathname;
}

/**
 * Changes the address. The browser's button "back" undoes the opening of a run.
 *
 * @type {(change: Partial<Address>) => void}
 */
export function changeAddress(change) {
  const before = address.value;
  const after = { ...before, ...change };
  address.value = after;
  clearTimeout(timer);
  if (after.run !== before.run) {
    history.replaceState(null, "", hashOf(after.run ? before : after));
    if (after.run) history.pushState(null, "", hashOf(after));
  } else {
    const { hash } = location;
    timer = setTimeout(() => {
      // A link may have changed the address meanwhile.
      if (location.hash === hash) history.replaceState(null, "", hashOf(address.value));
    }, WRITE_MS);
  }
}
