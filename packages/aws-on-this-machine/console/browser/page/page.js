/** The page, by importance: the problems, the runs and their details, then the rest. */

import { Architecture } from "../architecture/architecture.js";
import { Compose } from "../compose/compose.js";
import { isEditing } from "../compose/draft.js";
import { LogPanel } from "../log/log-panel.js";
import { Metrics } from "../metrics/metrics.js";
import { Queues } from "../queues/queues.js";
import { ArchivedAccessLog, Items } from "../records/records.js";
import { RunDetails } from "../run/run-details.js";
import { RunList } from "../runs/run-list.js";
import { openId } from "../state/address.js";
import { connection } from "../state/system.js";
import { useKeptFocus } from "../ui/focus.js";
import { html } from "../ui/html.js";
import { Notice } from "../ui/notice.js";
import { KeysDialog } from "./keys.js";
import { Strip } from "./strip.js";

export function Page() {
  return html`
    <${Strip} />
    <main class=${connection.value === "ended" ? "stale" : ""}>
      <div class="workspace ${openId.value ? "opened" : ""}">
        <${RunList} />
        <${Pane} />
      </div>
      <${LogPanel} />
      <${Queues} />
      <${Metrics} />
      <${Items} />
      <${ArchivedAccessLog} />
      <${Architecture} />
    </main>
    <${Notice} />
    <${KeysDialog} />`;
}

function Pane() {
  useKeptFocus("pane");
  const content = openId.value && !isEditing.value ? RunDetails : Compose;
  return html`<div class="card pane" id="pane"><${content} /></div>`;
}
