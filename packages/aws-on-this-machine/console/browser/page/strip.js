/**
 * The top of the page: the system's name, its connection and its problems.
 *
 * @import { ApiSummary } from "../../../system/running-system"
 */

import { LoadAlerts } from "../log/load-failure.js";
import { connection, heardAt, summary, trouble } from "../state/system.js";
import { CopyButton } from "../ui/action.js";
import { focusOn } from "../ui/focus.js";
import { Time } from "../ui/format.js";
import { html } from "../ui/html.js";
import { Alarms } from "./alarms.js";
import { showKeys } from "./keys.js";

const LEVELS = { connecting: "muted", live: "good", reconnecting: "warn", ended: "bad" };

export function Strip() {
  const { name = "Local console", apis = [] } = summary.value ?? {};
  return html`<header class="strip">
    <button class="skip" onClick=${() => focusOn("runs")}>Skip to the runs</button>
    <h1>${name}</h1>
    <p class="badge ${LEVELS[connection.value]}" id="connection">${connection.value}</p>
    ${apis.map((api) => html`<${ApiAddress} key=${api.url} api=${api} isNamed=${apis.length > 1} />`)}
    <button class="small keys" onClick=${showKeys} title="Shows the keys">Keys ?</button>
    <${Trouble} />
    <${Stacks} />
    <${LoadAlerts} />
    <${Alarms} />
  </header>`;
}

/** @param {{ api: ApiSummary, isNamed: boolean }} props */
const ApiAddress = ({ api: { name, url }, isNamed }) => html`<p class="tools">
  ${isNamed && html`<span class="name">${name}</span>`}
  <a class="code" href=${url} target="_blank" rel="noreferrer">${url}</a>
  <${CopyButton} text=${url} what=${isNamed ? `the address of ${name}` : "the API's address"} />
</p>`;

/** Saved stacks that do not run yet. */
function Stacks() {
  const { kind, message = "" } = summary.value?.stacks ?? {};
  const [first, ...more] = message.trim().split("\n");
  return html`<div aria-live="polite">
    ${
      kind &&
      html`<div class="trouble ${kind === "broken" ? "" : "info"}">
        <p><b>${kind === "broken" ? "The saved stacks are broken:" : "Applying the saved stacks:"}</b> ${first}</p>
        ${more.length > 0 && html`<pre class="text">${more.join("\n")}</pre>`}
        ${kind === "broken" && html`<p>The last applied stacks still run.</p>`}
      </div>`
    }
  </div>`;
}

function Trouble() {
  const ended = "npm start has ended. This page goes on once it runs at this address again.";
  const what = connection.value === "ended" ? ended : trouble.value && `The system does not answer: ${trouble.value}`;
  return html`<div role="alert">
    ${what && html`<p class="trouble">${what} The page shows its state at <${Time} at=${heardAt.value} />.</p>`}
  </div>`;
}
