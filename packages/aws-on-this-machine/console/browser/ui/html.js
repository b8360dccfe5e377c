/** The building blocks of components. All other modules get the libraries from here. */

import htm from "/vendor/htm.js";
import { h } from "/vendor/preact.js";

/** Makes elements of a template. Inserts values as text or attributes, never as markup. */
export const html = htm.bind(h);

export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "/vendor/hooks.js";
export { render } from "/vendor/preact.js";
export { batch, computed, effect, signal } from "/vendor/signals.js";

/** Makes a listener that takes a field's new value. @type {(take: (value: string) => void) => (event: any) => void} */
export const onValue = (take) => (event) => take(event.currentTarget.value);
