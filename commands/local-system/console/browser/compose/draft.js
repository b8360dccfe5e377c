/**
 * What somebody is about to send.
 *
 * @import { Run } from "../../../run"
 * @import { TestRequest } from "../../../system"
 */

import { latin1OfUtf8, ownHeaders } from "../run/copies.js";
import { openId } from "../state/address.js";
import { focusOn } from "../ui/focus.js";
import { effect, signal } from "../ui/html.js";
import { indentJson } from "../ui/json.js";

export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Like that of the schedule. */
const EXAMPLE_EVENT = `{
  "version": "0",
  "id": "${crypto.randomUUID()}",
  "detail-type": "Scheduled Event",
  "source": "aws.events",
  "time": "${new Date().toISOString()}",
  "detail": {}
}`;

/** The parts of a draft as they stand in the fields. `kind` is which of them is shown. */
const FIRST = {
  kind: /** @type {"Request" | "Event" | "Schedule"} */ ("Request"),
  method: "POST",
  path: "/",
  headers: "content-type: application/json",
  body: '{"hello": "world"}',
  isBase64: false,
  event: EXAMPLE_EVENT,
  replayOf: "",
};

/** @typedef {typeof FIRST} Draft */

export const draft = signal(FIRST);

/** Whether it stands in place of the open run. */
export const isEditing = signal(false);

/** @type {(change: Partial<Draft>) => void} */
export function changeDraft(change) {
  draft.value = { ...draft.peek(), ...change };
}

/** @type {(method: string) => void} */
export function changeMethod(method) {
  // The example is for requests that have a body as a rule.
  const isExample = draft.value.body === FIRST.body;
  changeDraft({ method, ...(isExample && ["GET", "HEAD"].includes(method) && { body: "" }) });
}

/** @type {(body: string) => void} */
export function changeBody(body) {
  // A field has no carriage returns.
  const hadThem = draft.value.body.includes("\r\n");
  changeDraft({ body: hadThem ? body.replaceAll("\n", "\r\n") : body });
}

/** @type {(change: Partial<Draft>) => void} shows a draft in place of the open run */
export function startDraft(change) {
  changeDraft({ ...FIRST, ...change });
  isEditing.value = true;
  focusOn("compose-title");
}

/** Shows the open run again. What is sent from now on repeats nothing. */
export function clearDraft() {
  changeDraft({ replayOf: "" });
  isEditing.value = false;
}

effect(() => {
  // Another run was opened, or none.
  openId.value;
  clearDraft();
});

/** @type {(run: Run) => Partial<Draft>} what would repeat a run */
export function draftOf({ id, request, event = "" }) {
  if (!request) return { kind: "Event", event: indentJson(event) ?? event };
  const { method, target, body } = request;
  const headers = ownHeaders(request).map((pair) => pair.join(": "));
  const ofBody = { body: body.text, isBase64: body.isBase64 };
  return { kind: "Request", method, path: target, headers: headers.join("\n"), ...ofBody, replayOf: id };
}

/** @type {(draft: Draft) => TestRequest} */
export function requestOf({ method, path, headers, body, isBase64, replayOf }) {
  return {
    method,
    path,
    headers: headersOf(headers),
    ...(body && { body, ...(isBase64 && { isBase64Encoded: true }) }),
    ...(replayOf && { replayOf }),
  };
}

/** @type {(text: string) => Record<string, string>} */
function headersOf(text) {
  const headers = /** @type {Record<string, string>} */ ({});
  for (const [index, line] of text.split("\n").entries()) {
    if (!line.trim()) continue;
    const [, name = "", value = ""] = /^\s*([^\s:]+)\s*:(.*)$/.exec(line) ?? [];
    if (!name) throw new Error(`Line ${index + 1} of the headers is no header; write it as name: value`);
    const before = Object.keys(headers).find((each) => each.toLowerCase() === name.toLowerCase());
    const separator = name.toLowerCase() === "cookie" ? "; " : ", ";
    // Over the wire, a value is bytes.
    const bytes = latin1OfUtf8(value.trim());
    headers[before ?? name] = before ? `${headers[before]}${separator}${bytes}` : bytes;
  }
  return headers;
}
