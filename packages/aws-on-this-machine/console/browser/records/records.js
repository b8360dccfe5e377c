/**
 * The stored data: items of the tables, objects and lines of the log archive.
 *
 * @import { ArchivedLog } from "../../../system/running-system"
 * @import { Item } from "../../../runs/run"
 */

import { Choice } from "../page/choice.js";
import { goTo, Instead, Panel } from "../page/panel.js";
import { OpenRun } from "../runs/open-run-button.js";
import { findRun } from "../state/runs.js";
import { pathOf } from "../state/server.js";
import { namesOf, summary } from "../state/system.js";
import { useLoaded } from "../state/use-loaded.js";
import { ActionButton } from "../ui/action.js";
import { formatBytes, Time } from "../ui/format.js";
import { html, signal } from "../ui/html.js";
import { Text } from "../ui/text.js";

/** The maximum number of characters of a row. An opened item shows all. */
const MAX_CHARACTERS = 300;

const chosen = signal("");

/** @type {(table: string) => () => void} */
export const showTable = (table) => () => {
  chosen.value = table;
  goTo("items")();
};

export function Items() {
  const { tables = [] } = summary.value ?? {};
  const table = tables.find(({ name }) => name === chosen.value) ?? tables[0];
  if (!table) return undefined;
  const title = tables.length > 1 ? "Items in the tables" : "Items in the table";
  return html`<${Panel} id="items" title=${title} note=${table.name}>
    <${Choice} label="Table" names=${namesOf(tables)} chosen=${table.name} onChoose=${(/** @type {string} */ name) => (chosen.value = name)} />
    <${Records} key=${table.name} path="${pathOf("tables", table.name)}/items?limit=50" show=${(/** @type {Item[]} */ items) => showItems(items, table.keys)} />
  <//>`;
}

export function ArchivedAccessLog() {
  const buckets = new Set(summary.value?.apis.map(({ archiveBucket }) => archiveBucket).filter(Boolean));
  if (buckets.size === 0) return undefined;
  return html`<${Panel} id="archive" title="Archived access log" note=${[...buckets].join(", ")}>
    <${Records} path="/api/archived-log?limit=50" show=${showArchive} />
  <//>`;
}

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

/** The keys first, the other attributes as JSON. @type {(items: Item[], keys: readonly string[]) => unknown} */
const showItems = (items, keys) =>
  listOf(
    items.map((item) => {
      const values = keys.map((key) => (typeof item[key] === "string" ? item[key] : JSON.stringify(item[key])));
      const others = Object.fromEntries(Object.entries(item).filter(([name]) => !keys.includes(name)));
      return html`<details>
        <summary class="code"><b>${values.join("  ")}</b> <span class="muted">${JSON.stringify(others).slice(0, MAX_CHARACTERS)}</span></summary>
        <${OpenRun} id=${values.find(findRun)} /><${Text} text=${JSON.stringify(item)} what="the item" />
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
