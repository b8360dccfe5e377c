/** The page, in the order of need: what is wrong, the runs and their details, then the rest. */

import { Architecture } from "../architecture/architecture.js";
import { Compose } from "../compose/compose.js";
import { isEditing } from "../compose/draft.js";
import { DeadLetters } from "../dead-letters/dead-letters.js";
import { LogPanel } from "../log/log-panel.js";
import { Metrics } from "../metrics/metrics.js";
import { ArchivedAccessLog, Items } from "../records/records.js";
import { RunDetails } from "../run/run-details.js";
import { RunList } from "../runs/run-list.js";
import { address } from "../state/address.js";
import { connection } from "../state/system.js";
import { focusOn } from "../ui/focus.js";
import { html } from "../ui/html.js";
import { Notice } from "../ui/notice.js";
import { KeysDialog } from "./keys.js";
import { Strip } from "./strip.js";

/** All of it. */
export function Page() {
  const isOpen = address.value.run !== "" || isEditing.value;
  return html`
    <a class="skip" href="#runs" onClick=${skip}>Skip to the runs</a>
    <${Strip} />
    <main class=${connection.value === "ended" ? "stale" : ""}>
      <div class="workspace ${isOpen ? "opened" : ""}">
        <${RunList} />
        <div class="card pane">${address.value.run && !isEditing.value ? html`<${RunDetails} />` : html`<${Compose} />`}</div>
      </div>
      <${LogPanel} />
      <${DeadLetters} />
      <${Metrics} />
      <${Items} />
      <${ArchivedAccessLog} />
      <${Architecture} />
    </main>
    <${Notice} />
    <${KeysDialog} />`;
}

/** The address is that of the open run and the filter. @type {(event: Event) => void} */
function skip(event) {
  event.preventDefault();
  focusOn("runs");
}
