/**
 * The stored data: items of the table, objects and lines of the log archive.
 *
 * @import { ArchivedLog } from "../../../system/running-system"
 * @import { Item } from "../../../runs/run"
 */

import { Instead, Panel } from "../page/panel.js";
import { OpenRun } from "../runs/open-run-button.js";
import { summary } from "../state/system.js";
import { useLoaded } from "../state/use-loaded.js";
import { ActionButton } from "../ui/action.js";
import { formatBytes, Time } from "../ui/format.js";
import { html } from "../ui/html.js";
import { Text } from "../ui/text.js";

export const Items = () => html`<${Panel} id="items" title="Items in the table" note=${summary.value?.table.name}>
  <${Records} path="/api/items?limit=50" show=${showItems} />
<//>`;

export const ArchivedAccessLog =
  () => html`<${Panel} id="archive" title="Archived access log" note=${summary.value?.logArchive.bucket}>
  <${Records} path="/api/archived-log?limit=50" show=${showArchive} />
<//>`;

/**
 * Loads on demand only, because each answer reads the whole table or the whole bucket.
 *
 * @param {{ path: string, show: (answer: any) => unknown }} props
 */
function Records({ path, show }) {
  const { answer, problem, load } = useLoaded(path, []);
  return html`
    <p><${ActionButton} class="small" act=${load}>Refresh<//></p>
    <${Instead} problem=${problem}>${!answer && "Loading"}<//>
    ${answer && show(answer)}`;
}

/** @type {(items: Item[]) => unknown} */
const showItems = (items) =>
  listOf(
    items.map((item) => {
      const [time, method, path, id] = [item.Timestamp, item.Method, item.Path, item.RequestId].map((value) =>
        String(value ?? ""),
      );
      const at = Date.parse(time ?? "");
      return html`<details>
        <summary class="code">${Number.isNaN(at) ? time : html`<${Time} at=${at} />`} <b>${method}</b> ${path} <span class="muted">${id}</span></summary>
        <${OpenRun} id=${id} /><${Text} text=${JSON.stringify(item)} what="the item" />
      </details>`;
    }),
  );

/** @type {(log: ArchivedLog) => unknown} */
const showArchive = ({ objects, lines }) => html`
  <h3>Objects</h3>
  ${listOf(objects.map(({ key, bytes, time }) => html`<${Time} at=${time} /> <code>${key}</code> <span class="muted">${formatBytes(bytes)}</span>`))}
  <h3>Lines</h3>
  ${listOf(lines.map((line) => html`<details><summary class="code">${line}</summary><${Text} text=${line} what="the line" /></details>`))}`;

/** @type {(entries: unknown[]) => unknown} */
const listOf = (entries) =>
  entries.length > 0
    ? html`<ul class="records">${entries.map((entry) => html`<li>${entry}</li>`)}</ul>`
    : html`<${Instead}>None yet.<//>`;
