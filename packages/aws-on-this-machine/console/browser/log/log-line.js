/**
 * A line of the function's log.
 *
 * @import { LogLine } from "../../../runs/run"
 */

import { CopyButton } from "../ui/action.js";
import { formatBytes, Time } from "../ui/format.js";
import { html } from "../ui/html.js";
import { indentJson } from "../ui/json.js";
import { Badge } from "../ui/level.js";

const LEVELS = /** @type {const} */ ({ DEBUG: "muted", INFO: "info", WARN: "warn", ERROR: "bad" });
/** The maximum number of characters of a row. An opened line shows all. */
const MAX_CHARACTERS = 500;
/** The row of a longer line has no fields: formatting them would take longer than a frame. */
const MAX_READ = 10_000;

/** @param {{ line: LogLine }} props */
export const LevelBadge = ({ line: { level, isReport } }) =>
  html`<${Badge} level=${isReport ? "muted" : LEVELS[level]}>${isReport ? "REPORT" : level}<//>`;

/** The text of a log line, without line breaks. @type {(line: LogLine) => string} */
export function textOf({ message, raw, fields, isReport }) {
  if (isReport) return message.replace(/^REPORT RequestId: \S+\s*/, "");
  // The function may log fields without a message.
  const own = message === raw ? "" : message;
  const more = raw.length < MAX_READ ? fieldsOf(fields, own) : "";
  return ([own, more].filter(Boolean).join("  ") || raw).slice(0, MAX_CHARACTERS);
}

/** The fields whose values are not in the message. @type {(fields: LogLine["fields"], message: string) => string} */
function fieldsOf(fields, message) {
  return Object.entries(fields)
    .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)])
    .filter(([name, value = ""]) => name !== "stackTrace" && !message.includes(value))
    .map((pair) => pair.join("="))
    .join(" ");
}

/** A line that opens to its whole text. @param {{ line: LogLine }} props */
export const LogText = ({ line }) => html`<details>
  <summary>
    <${Time} at=${line.time} /> <${LevelBadge} line=${line} /> <code>${textOf(line)}</code>
  </summary>
  <${WholeLine} line=${line} />
</details>`;

/** A line as the function wrote it. @param {{ line: LogLine }} props */
export function WholeLine({ line: { raw } }) {
  return html`<div class="whole">
    <div class="tools"><span class="muted">${formatBytes(raw.length)}</span><${CopyButton} text=${raw} what="the line" /></div>
    <pre class="text">${indentJson(raw) ?? raw}</pre>
  </div>`;
}
