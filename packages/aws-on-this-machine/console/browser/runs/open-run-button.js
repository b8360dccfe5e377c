import { open } from "../state/open-run.js";
import { findRun } from "../state/runs.js";
import { focusOn } from "../ui/focus.js";
import { html } from "../ui/html.js";

/** Leads to a run while the page knows it. @param {{ id: string | undefined }} props */
export function OpenRun({ id = "" }) {
  const goThere = () => {
    open(id);
    focusOn("run-title");
  };
  return id && findRun(id) && html`<button class="small" onClick=${goThere}>Open its run</button>`;
}
