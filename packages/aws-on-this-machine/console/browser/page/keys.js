/** The page's keys, which do not depend on the focus. */

import { replayOpenRun } from "../run/replay.js";
import { close } from "../state/open-run.js";
import { Dialog } from "../ui/dialog.js";
import { Facts } from "../ui/facts.js";
import { focusOn } from "../ui/focus.js";
import { html, signal } from "../ui/html.js";
import { isNarrow } from "../ui/narrow.js";
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

export const showKeys = () => {
  areShown.value = true;
};

export function KeysDialog() {
  if (!areShown.value) return undefined;
  return html`<${Dialog} title="Keys" onClose=${() => (areShown.value = false)}>
    <${Facts} of=${KEYS} />
    <form method="dialog"><button autofocus>Close</button></form>
  <//>`;
}

/** @type {Record<string, () => void>} */
const ACTIONS = {
  "/": () => {
    // On a narrow page, an open run stands in place of the list.
    if (isNarrow.value) close();
    focusOn("search");
  },
  r: () => replayOpenRun().catch(tellProblem),
  "?": showKeys,
};

export function startKeys() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const { target } = event;
    const field = target instanceof HTMLElement && target.matches("input, textarea, select") ? target : undefined;
    if (event.key === "Escape") leave(field);
    else if (!field && ACTIONS[event.key]) ACTIONS[event.key]?.();
    else return;
    event.preventDefault();
  });
}

/** @type {(field?: HTMLElement) => void} */
function leave(field) {
  if (!field) return close();
  field.blur();
  // From a search field, the focus moves to the matches.
  const list = field.closest("section")?.querySelector(".list");
  if (list) focusOn(list.id);
}
