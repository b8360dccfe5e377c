/**
 * Shows what the system has recorded: requests, items and the archived access log.
 *
 * @import { Level } from "./dom.js"
 * @import { RunSummary } from "../../run"
 * @import { ArchivedLog, Item } from "../../system"
 */

import { badge, element, find, showList } from "./dom.js";

/** The order of an item's attributes; others come after these. */
const FIRST_ATTRIBUTES = ["Timestamp", "Source", "Method", "Path", "Body", "RequestId"];
/** They scroll in their cells, so that the other rows stay in sight. */
const LONG_ATTRIBUTES = ["Path", "Body"];

const timeFormat = new Intl.DateTimeFormat([], { timeStyle: "medium" });
const dateTimeFormat = new Intl.DateTimeFormat([], { dateStyle: "short", timeStyle: "medium" });

/** @type {(time: number) => string} such as 12:34:56 */
export const clock = (time) => timeFormat.format(time);

/** @type {(status: number) => Level} how good an HTTP status is */
export const levelOf = (status) => (status >= 500 ? "bad" : status >= 400 ? "warn" : status >= 300 ? "info" : "good");

/** @type {(requests: readonly RunSummary[]) => void} */
export function showRequests(requests) {
  showList(find("#requests"), requests, ({ time, method, path, status = 0, milliseconds = 0, id }) =>
    row(
      timeCell(time, timeFormat),
      cell(element("b", {}, method)),
      longCell(path),
      cell(badge(String(status), levelOf(status))),
      numberCell(milliseconds),
      cell(id, "code"),
    ),
  );
}

/** @type {(items: readonly Item[]) => void} */
export function showItems(items) {
  const found = new Set(items.flatMap(Object.keys));
  const columns = [...FIRST_ATTRIBUTES.filter((name) => found.delete(name)), ...found];
  const itemCell = (/** @type {string} */ name, /** @type {unknown} */ value = "") => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return LONG_ATTRIBUTES.includes(name) ? longCell(text) : cell(text, "code");
  };
  showList(find("#item-columns"), columns, (name) => element("th", { scope: "col" }, name));
  // Where a new item brings a new column, each row gets another cell.
  showList(find("#items"), items, (item) => row(...columns.map((name) => itemCell(name, item[name]))), columns);
}

/** @type {(log: ArchivedLog) => void} */
export function showArchivedLog({ objects, lines }) {
  showList(find("#objects"), objects, ({ key, bytes, time }) =>
    row(timeCell(time, dateTimeFormat), longCell(key), numberCell(bytes)),
  );
  showList(find("#lines"), lines, (line) => {
    const summary = element("summary", { className: "code" }, line);
    return element("li", {}, element("details", {}, summary, element("pre", { className: "code" }, indented(line))));
  });
}

/** @type {(...cells: HTMLElement[]) => HTMLElement} */
const row = (...cells) => element("tr", {}, ...cells);

/** @type {(content: Node | string, className?: string) => HTMLElement} */
const cell = (content, className = "") => element("td", { className }, content);

/** @type {(text: string) => HTMLElement} */
const longCell = (text) => cell(element("div", {}, text), "code long");

/** @type {(value: number) => HTMLElement} */
const numberCell = (value) => cell(Math.round(value).toLocaleString(), "number");

/** @type {(time: number, format: Intl.DateTimeFormat) => HTMLElement} */
const timeCell = (time, format) =>
  cell(element("time", { dateTime: new Date(time).toISOString() }, format.format(time)));

/** @type {(line: string) => string} */
function indented(line) {
  try {
    return JSON.stringify(JSON.parse(line), undefined, 2);
  } catch {
    return line;
  }
}
