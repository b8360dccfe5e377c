/**
 * What the client sent, and what it got.
 *
 * @import { RunAnswer, RunRequest } from "../../../run"
 */

import { Facts } from "../ui/facts.js";
import { html } from "../ui/html.js";
import { Badge, levelOfStatus } from "../ui/level.js";
import { BodyText } from "../ui/text.js";
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
