/** What components are made of. All other modules get the libraries from here. */

import htm from "/vendor/htm.js";
import { h } from "/vendor/preact.js";

/** Makes elements of a template. Whatever is inserted is text or an attribute's value, never markup. */
export const html = htm.bind(h);

export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "/vendor/hooks.js";
export { render } from "/vendor/preact.js";
export { batch, computed, effect, signal } from "/vendor/signals.js";

/** Hears of what is typed or chosen in a field. @type {(take: (value: string) => void) => (event: any) => void} */
export const onValue = (take) => (event) => take(event.currentTarget.value);
