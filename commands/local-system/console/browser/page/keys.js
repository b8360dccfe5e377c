/** What the keyboard does, wherever the focus is. */

import { replayOpenRun } from "../run/replay.js";
import { close } from "../state/open-run.js";
import { Dialog } from "../ui/dialog.js";
import { Facts } from "../ui/facts.js";
import { focusOn } from "../ui/focus.js";
import { html, signal } from "../ui/html.js";
import { tellProblem } from "../ui/notice.js";

const KEYS = [
  ["/", "searches the runs"],
  ["↑ ↓ Page Home End", "move in the list"],
  ["Enter", "opens the run"],
  ["r", "replays the open run"],
  ["Esc", "closes the run, or leaves a field"],
  ["?", "shows these keys"],
];

const areShown = signal(false);

/** Shows the keys. */
export const showKeys = () => {
  areShown.value = true;
};

/** The window with the keys. */
export function KeysDialog() {
  if (!areShown.value) return undefined;
  return html`<${Dialog} title="Keys" onClose=${() => (areShown.value = false)}>
    <${Facts} of=${KEYS} />
    <form method="dialog"><button autofocus>Close</button></form>
  <//>`;
}

/** @type {Record<string, () => void>} */
const ACTIONS = {
  "/": () => focusOn("search"),
  r: () => replayOpenRun()?.catch(tellProblem),
  "?": showKeys,
};

/** Lets the keys act. */
export function startKeys() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const field = event.target instanceof Element && event.target.closest("input, textarea, select");
    if (event.key === "Escape") leave(Boolean(field));
    else if (!field && ACTIONS[event.key]) ACTIONS[event.key]?.();
    else return;
    event.preventDefault();
  });
}

/** @type {(isField: boolean) => void} */
function leave(isField) {
  if (!isField) close();
  focusOn("runs");
}
