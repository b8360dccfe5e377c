/**
 * Copies of requests and events, for a POSIX shell and for a test.
 *
 * @import { RunRequest } from "../../../runs/run"
 */

import { indentJson } from "../ui/json.js";

/** Headers of the connection, and headers that curl sets itself. */
const NOT_REPEATED = new Set(
  "connection content-length expect host keep-alive proxy-connection te trailer transfer-encoding upgrade".split(" "),
);

/** Headers that curl adds by default. */
const ADDED_BY_CURL = ["accept", "user-agent", "content-type"];

/** In bytes. Linux takes 128 KiB for an argument. */
const MAX_ARGUMENT = 120_000;

/** The headers that belong to the request itself. @type {(request: RunRequest) => (readonly [string, string])[]} */
export function ownHeaders({ headers }) {
  const named = headers.filter(([name]) => name.toLowerCase() === "connection").map(([, value]) => value);
  const hopByHop = new Set(named.flatMap((value) => value.toLowerCase().split(",")).map((name) => name.trim()));
  return headers.filter(([name]) => !NOT_REPEATED.has(name.toLowerCase()) && !hopByHop.has(name.toLowerCase()));
}

/** @type {(request: RunRequest) => string | undefined} the host to which the client sent it */
export const hostOf = ({ headers }) => headers.find(([name]) => name.toLowerCase() === "host")?.[1];

/** @type {(url: string, request: RunRequest) => string} a command that sends the same request; `url` is the API's */
export function curlCommand(url, request) {
  const { method, target, body } = request;
  const headers = ownHeaders(request);
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  // curl sends no body with --head.
  const hasBody = body.bytes > 0 && method !== "HEAD";
  const unwanted = ADDED_BY_CURL.filter((name) => !names.has(name) && (name !== "content-type" || hasBody));
  const parts = [
    "curl -sS -i",
    // curl would wait for a body, which an answer to HEAD lacks.
    method === "HEAD" ? "--head" : `-X ${quote(method)}`,
    // Paths stay unchanged: no dots resolved, no brackets expanded.
    "--path-as-is -g",
    ...headers.map(([name, value]) => `-H ${quote(value ? `${name}: ${value}` : `${name};`)}`),
    ...unwanted.map((name) => `-H ${quote(`${name}:`)}`),
  ];
  const { source, option } = hasBody ? bodyOf(body) : { source: "", option: "" };
  return `${source}${[...parts, option, quote(url.replace(/\/$/, "") + target)].filter(Boolean).join(" \\\n  ")}`;
}

/** @type {(body: RunRequest["body"]) => { source: string, option: string }} the command before curl; its option */
function bodyOf({ text, isBase64, bytes }) {
  // A terminal, or the shell, would take control characters for something else.
  const isBinary = isBase64 || /\p{Cc}/u.test(text.replace(/[\n\t]/g, ""));
  if (!isBinary && bytes <= MAX_ARGUMENT) return { source: "", option: `--data-raw ${quote(text)}` };
  const source = isBinary ? `${print(isBase64 ? text : btoa(latin1OfUtf8(text)))}base64 -d | ` : print(text);
  return { source, option: "--data-binary @-" };
}

/** @type {(text: string) => string} the bytes of a text in UTF-8, a character each */
export const latin1OfUtf8 = (text) =>
  Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");

/** @type {(text: string) => string} one word for the shell */
const quote = (text) => (/^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The shell prints the text by itself, and so without the limit of an argument. @type {(text: string) => string} */
const print = (text) => `printf %s ${quote(text)} | `;

/** @type {(functionName: string, event: string) => string} a command that gives the function the same event */
export function lambdaCommand(functionName, event) {
  const isLong = new TextEncoder().encode(event).length > MAX_ARGUMENT;
  return [
    `${isLong ? print(event) : ""}aws lambda invoke --function-name ${quote(functionName)}`,
    "--cli-binary-format raw-in-base64-out",
    `--payload ${isLong ? "fileb:///dev/stdin" : quote(event)}`,
    "/dev/stdout",
  ].join(" \\\n  ");
}

/** @type {(event: string) => string} for a test in Python; JSON never has three quotation marks in a row */
export const pythonEvent = (event) =>
  `import json\n\nEVENT = json.loads(\n    r"""\n${indentJson(event) ?? event}\n"""\n)\n`;
