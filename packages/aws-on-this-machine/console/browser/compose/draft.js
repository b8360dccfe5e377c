/**
 * The request or the event that the user is about to send.
 *
 * @import { Run } from "../../../runs/run"
 * @import { TestRequest } from "../../../system/running-system"
 */

import { hostOf, latin1OfUtf8, ownHeaders } from "../run/copies.js";
import { openId } from "../state/address.js";
import { findApi } from "../state/system.js";
import { focusOn } from "../ui/focus.js";
import { effect, signal } from "../ui/html.js";
import { indentJson } from "../ui/json.js";

export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Like the schedule's event. */
const EXAMPLE_EVENT = `{
  "version": "0",
  "id": "${crypto.randomUUID()}",
  "detail-type": "Scheduled Event",
  "source": "aws.events",
  "time": "${new Date().toISOString()}",
  "detail": {}
}`;

/** The fields of a draft. `kind` names the form in the page. */
const FIRST = {
  kind: /** @type {"Request" | "Event" | "Schedule"} */ ("Request"),
  /** Names; empty for the first. */
  api: "",
  functionName: "",
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

/** Whether the draft stands in place of the open run. */
export const isEditing = signal(false);

/** @type {(change: Partial<Draft>) => void} */
export function changeDraft(change) {
  draft.value = { ...draft.peek(), ...change };
}

/** @type {(method: string) => void} */
export function changeMethod(method) {
  // The example body is for methods that usually have one.
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

/** Shows the open run again. A later draft repeats no run. */
export function clearDraft() {
  changeDraft({ replayOf: "" });
  isEditing.value = false;
}

effect(() => {
  // Another run was opened, or none.
  openId.value;
  clearDraft();
});

/** @type {(run: Run) => Partial<Draft>} a draft that repeats a run */
export function draftOf({ id, request, functionName = "", event = "" }) {
  if (!request) return { kind: "Event", functionName, event: indentJson(event) ?? event };
  const { method, target, body } = request;
  const headers = ownHeaders(request).map((pair) => pair.join(": "));
  const ofBody = { body: body.text, isBase64: body.isBase64 };
  const api = findApi(hostOf(request))?.name ?? "";
  return { kind: "Request", api, method, path: target, headers: headers.join("\n"), ...ofBody, replayOf: id };
}

/** @type {(draft: Draft) => TestRequest} */
export function requestOf({ api, method, path, headers, body, isBase64, replayOf }) {
  return {
    method,
    path,
    ...(api && { api }),
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
    // HTTP sends a value as bytes.
    const bytes = latin1OfUtf8(value.trim());
    headers[before ?? name] = before ? `${headers[before]}${separator}${bytes}` : bytes;
  }
  return headers;
}
