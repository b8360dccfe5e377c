/**
 * Received text: JSON indented, long text folded.
 *
 * @import { Body } from "../../../runs/run"
 */

import { CopyButton } from "./action.js";
import { countOf, formatBytes } from "./format.js";
import { html, useMemo, useState } from "./html.js";
import { indentJson } from "./json.js";

const FOLDED_LINES = 24;
const FOLDED_CHARACTERS = 3000;
/** In characters. The elements of a longer text would take longer than a frame. */
const COLOURED_CHARACTERS = 40_000;

/** @type {(text: string) => string} */
function fold(text) {
  return text.slice(0, FOLDED_CHARACTERS).split("\n").slice(0, FOLDED_LINES).join("\n");
}

/** @type {(text: string) => unknown} colours the keys of indented JSON */
function coloured(text) {
  const parts = text.split(/^(\s*"(?:[^"\\]|\\.)*")(?=: )/gm);
  return parts.map((part, index) => (index % 2 ? html`<span class="key">${part}</span>` : part));
}

/** @param {{ text: string, what: string, note?: string }} props `what` names it, for the copy */
export function Text({ text, what, note }) {
  const [isWhole, setWhole] = useState(false);
  const [isRaw, setRaw] = useState(false);
  const json = useMemo(() => indentJson(text), [text]);
  const shown = isRaw ? text : (json ?? text);
  const folded = fold(shown);
  const isLong = folded.length < shown.length;
  const visible = isWhole ? shown : folded;
  return html`
    <div class="tools">
      ${note && html`<span class="muted">${note}</span>`}
      ${json && json !== text && html`<button class="small" aria-pressed=${isRaw} onClick=${() => setRaw(!isRaw)}>Raw</button>`}
      <${CopyButton} text=${text} what=${what} />
    </div>
    <pre class="text">${json && !isRaw && visible.length < COLOURED_CHARACTERS ? coloured(visible) : visible}</pre>
    ${
      isLong &&
      html`<button class="small fold" aria-expanded=${isWhole} onClick=${() => setWhole(!isWhole)}>
        ${isWhole ? "Fold" : `Show all: ${countOf(shown.split("\n").length, "line")}, ${formatBytes(shown.length)}`}
      </button>`
    }`;
}

/** @param {{ body: Body, what: string }} props */
export function BodyText({ body: { text, isBase64, bytes, isCut }, what }) {
  if (bytes === 0) return html`<p class="muted">No body.</p>`;
  const notes = [formatBytes(bytes), isBase64 && "not UTF-8, so in base64", isCut && "only the beginning is kept"];
  return html`<${Text} text=${text} what=${what} note=${notes.filter(Boolean).join(", ")} />`;
}
