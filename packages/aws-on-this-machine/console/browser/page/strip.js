/** The top of the page: the system's name, its connection and its problems. */

import { LoadAlert } from "../log/load-failure.js";
import { connection, heardAt, summary, trouble } from "../state/system.js";
import { CopyButton } from "../ui/action.js";
import { focusOn } from "../ui/focus.js";
import { Time } from "../ui/format.js";
import { html } from "../ui/html.js";
import { Alarms } from "./alarms.js";
import { showKeys } from "./keys.js";

const LEVELS = { connecting: "muted", live: "good", reconnecting: "warn", ended: "bad" };

export function Strip() {
  const { name = "Local console", api } = summary.value ?? {};
  return html`<header class="strip">
    <button class="skip" onClick=${() => focusOn("runs")}>Skip to the runs</button>
    <h1>${name}</h1>
    <p class="badge ${LEVELS[connection.value]}" id="connection">${connection.value}</p>
    ${api && html`<p class="tools"><a class="code" href=${api.url} target="_blank" rel="noreferrer">${api.url}</a><${CopyButton} text=${api.url} what="the API's address" /></p>`}
    <button class="small keys" onClick=${showKeys} title="Shows the keys">Keys ?</button>
    <${Trouble} />
    <${LoadAlert} />
    <${Alarms} />
  </header>`;
}

function Trouble() {
  const ended = "npm start has ended. This page goes on once it runs at this address again.";
  const what = connection.value === "ended" ? ended : trouble.value && `The system does not answer: ${trouble.value}`;
  return html`<div role="alert">
    ${what && html`<p class="trouble">${what} The page shows its state at <${Time} at=${heardAt.value} />.</p>`}
  </div>`;
}
