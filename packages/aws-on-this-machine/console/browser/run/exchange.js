/**
 * The request, the answer, and their records: the AWS calls, the stored items, the line in the access log.
 *
 * @import { AwsCall, Run, RunAnswer, RunRequest, StoredItem } from "../../../runs/run"
 */

import { CopyButton } from "../ui/action.js";
import { Facts } from "../ui/facts.js";
import { Time } from "../ui/format.js";
import { html } from "../ui/html.js";
import { Badge, levelOfStatus } from "../ui/level.js";
import { BodyText, Text } from "../ui/text.js";
import { Part } from "./part.js";

/** @param {{ answer: RunAnswer }} props */
export function Answer({ answer: { status, headers, body } }) {
  return html`<${Part} title="Answer" note=${html`<${Badge} level=${levelOfStatus(status)}>${status}<//>`}>
    <${BodyText} body=${body} what="the answer's body" />
    <${Headers} headers=${Object.entries(headers)} />
  <//>`;
}

/** @param {{ request: RunRequest }} props */
export function Request({ request: { method, target, headers, body } }) {
  return html`<${Part} title="Request" note=${html`<code>${method} ${target}</code>`}>
    <${BodyText} body=${body} what="the request's body" />
    <${Headers} headers=${headers} />
  <//>`;
}

/** @param {{ headers: readonly (readonly [string, string])[] }} props */
const Headers = ({ headers }) => html`<details>
  <summary>Headers (${headers.length})</summary>
  <${Facts} of=${headers} />
</details>`;

/** @param {{ run: Run }} props */
export function Calls({ run: { calls } }) {
  if (!calls?.length) return undefined;
  return html`<${Part} title="AWS calls" note=${html`<span class="muted">${calls.length}</span>`}>
    <ul class="records">${calls.map((call, index) => html`<${Call} key=${index} call=${call} />`)}</ul>
  <//>`;
}

/** @param {{ call: AwsCall }} props */
const Call = ({ call: { service, operation, resource, status, time } }) => html`<li class="tools">
  <${Time} at=${time} /> <${Badge} level=${levelOfStatus(status)}>${status}<//> <code>${service} ${operation}</code>
  <span class="name">${resource}</span>
</li>`;

/** @param {{ run: Run }} props */
export function StoredItems({ run: { items, calls, lookupError } }) {
  if (items.length > 0) return items.map((stored, index) => html`<${Item} key=${index} stored=${stored} />`);
  // The failed lookup may be that of the access log.
  const none = lookupError
    ? `There is none, or it could not be looked up: ${lookupError}`
    : calls
      ? "There is none."
      : "Not known: the emulator does not keep the function's calls.";
  return html`<${Part} title="Stored item"><p class="muted">${none}</p><//>`;
}

/** @param {{ stored: StoredItem }} props */
const Item = ({
  stored: { table, item },
}) => html`<${Part} title="Stored item" note=${html`<span class="muted">in ${table}</span>`}>
  <div class="tools"><${CopyButton} text=${JSON.stringify(item, undefined, 2)} what="the item" /></div>
  <${Facts} of=${Object.entries(item).map(([name, value]) => [name, html`<${Value} name=${name} value=${value} />`])} />
<//>`;

/** @param {{ name: string, value: unknown }} props */
function Value({ name, value }) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 200 || /^[{[]/.test(text) ? html`<${Text} text=${text} what=${name} />` : text;
}

/** @param {{ run: Run }} props */
export function AccessLog({ run: { source, accessLog, archivedIn, lookupError } }) {
  if (source !== "request") return undefined;
  const state = archivedIn ? "in the bucket" : lookupError ? "not found in the bucket" : "not in the bucket yet";
  return html`<${Part} title="Access log" note=${html`<${Badge} level=${archivedIn ? "good" : "muted"}>${state}<//>`}>
    ${archivedIn ? html`<p class="code">${archivedIn}</p>` : lookupError && html`<p class="muted">It is not there yet, or could not be looked up: ${lookupError}</p>`}
    ${accessLog && html`<${Text} text=${accessLog} what="the access-log line" />`}
  <//>`;
}
