/** The notices of a load failure. They stay until the function's code can be loaded. */

import { goTo } from "../page/panel.js";
import { summary } from "../state/system.js";
import { CopyButton } from "../ui/action.js";
import { html } from "../ui/html.js";

/** The place and the whole message; undefined if the code can be loaded. */
export function LoadFailure() {
  const failure = summary.value?.loadFailure;
  if (!failure) return undefined;
  const { location, message } = failure;
  return html`<div class="trouble">
    <p>The function cannot be loaded, so each request is answered 500.</p>
    ${location && html`<p class="tools"><code>${location}</code> <${CopyButton} text=${location} what=${location} /></p>`}
    <pre class="text">${message}</pre>
  </div>`;
}

/** A notice in one line, for the top of the page. */
export function LoadAlert() {
  const failure = summary.value?.loadFailure;
  const { location, message = "" } = failure ?? {};
  return html`<div role="alert">
    ${
      failure &&
      html`<p class="trouble">
        The function cannot be loaded: <code>${location}</code> ${message.trim().split("\n").at(-1)}
        <button class="small" onClick=${goTo("log")}>Log</button>
      </p>`
    }
  </div>`;
}
