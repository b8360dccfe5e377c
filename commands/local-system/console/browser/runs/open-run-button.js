import { open } from "../state/open-run.js";
import { findRun } from "../state/runs.js";
import { html } from "../ui/html.js";

/** Leads to a run, as long as it is known. @param {{ id: string | undefined }} props */
export const OpenRun = ({ id = "" }) =>
  id && findRun(id) && html`<button class="small" onClick=${() => open(id)}>Open its run</button>`;
