import { html } from "./html.js";

/** @type {(time: number) => string} such as `2026-01-31T14:03:22.123Z`, but the local time */
const localTime = (time) => new Date(time - 60_000 * new Date(time).getTimezoneOffset()).toISOString();

/** @type {(time: number) => string} local time such as `14:03:22.123`, after its date unless that is today's */
export function formatTime(time) {
  const [day, clock] = localTime(time).slice(0, -1).split("T");
  return localTime(Date.now()).startsWith(`${day}T`) ? `${clock}` : `${day} ${clock}`;
}

/** A local time, which shows UTC on hover. @param {{ at: number }} props */
export function Time({ at }) {
  const utc = new Date(at).toISOString();
  return html`<time datetime=${utc} title=${utc.replace("T", " ").replace("Z", " UTC")}>${formatTime(at)}</time>`;
}

// A new formatter for each number would take longer than the rest of a row.
const [wholeFormat, tenthFormat] = [0, 1].map(
  (digits) => new Intl.NumberFormat("en", { maximumFractionDigits: digits }),
);

/** @type {(value: number) => string} with at most one digit after the point, and none from 100 on */
export const formatNumber = (value) =>
  (Math.abs(value) < 100 ? tenthFormat : wholeFormat)?.format(value).replaceAll(",", "\u202f") ?? "";

/** @type {(value: number) => string} */
export const formatMs = (value) => `${formatNumber(value)} ms`;

/** @type {(bytes: number) => string} */
export const formatBytes = (bytes) =>
  bytes < 10_000 ? `${formatNumber(bytes)} B` : `${formatNumber(bytes / 1000)} kB`;

/** @type {(count: number, thing: string, things?: string) => string} such as `1 run`, `2 runs` */
export const countOf = (count, thing, things = `${thing}s`) => `${formatNumber(count)} ${count === 1 ? thing : things}`;
