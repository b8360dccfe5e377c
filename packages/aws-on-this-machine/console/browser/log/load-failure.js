/**
 * The notices of load failures. They stay until the functions' code can be loaded.
 *
 * @import { FunctionSummary } from "../../../system/running-system"
 */

import { goTo } from "../page/panel.js";
import { namesFunctions, summary } from "../state/system.js";
import { CopyButton } from "../ui/action.js";
import { html } from "../ui/html.js";

/** @typedef {FunctionSummary & { loadFailure: NonNullable<FunctionSummary["loadFailure"]> }} FailedFunction */

/** @type {() => FailedFunction[]} */
const failed = () =>
  /** @type {FailedFunction[]} */ (summary.value?.functions.filter((each) => each.loadFailure) ?? []);

const nameOf = (/** @type {FunctionSummary} */ { name }) =>
  namesFunctions.value ? `The function ${name}` : "The function";

/** The place and the whole message of each. */
export const LoadFailures = () =>
  failed().map((of) => {
    const { location, message } = of.loadFailure;
    return html`<div class="trouble" key=${of.name}>
      <p>${nameOf(of)} cannot be loaded, so each of its events fails.</p>
      ${location && html`<p class="tools"><code>${location}</code> <${CopyButton} text=${location} what=${location} /></p>`}
      <pre class="text">${message}</pre>
    </div>`;
  });

/** Notices in one line each, for the top of the page. */
export const LoadAlerts = () => html`<div role="alert">
  ${failed().map(
    (of) => html`<p class="trouble" key=${of.name}>
      ${nameOf(of)} cannot be loaded: <code>${of.loadFailure.location}</code> ${of.loadFailure.message.trim().split("\n").at(-1)}
      <button class="small" onClick=${goTo("log")}>Log</button>
    </p>`,
  )}
</div>`;
