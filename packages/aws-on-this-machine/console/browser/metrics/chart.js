/**
 * A small chart with the alarms' thresholds, as SVG in the page's colours.
 *
 * @import { MetricSeries, Series } from "../../../system/running-system"
 */

import { formatNumber, Time } from "../ui/format.js";
import { html, signal } from "../ui/html.js";

/** @typedef {{ key: keyof Series, label: string, level: string }} ChartLine */
/** @typedef {{ place: (value: number) => number, ticks: number[] }} Scale `place` is from 0 at the lower edge to 1 at the upper one */
/** @typedef {{ title: string, unit: "" | "ms", lines: ChartLine[] }} ChartKind */

/** The period under the pointer, in all charts. */
const pointed = signal(/** @type {number | undefined} */ (undefined));

/** @param {{ kind: ChartKind, series: MetricSeries }} props */
export function Chart({ kind: { title, unit, lines }, series }) {
  const { times } = series;
  const limits = series.thresholds.filter((limit) => lines.some(({ key }) => key === limit.series));
  const values = [...lines.flatMap(({ key }) => series[key]), ...limits.map(({ value }) => value)];
  const known = values.filter((value) => value !== null);
  const highest = Math.max(0, ...known);
  const scale = unit ? logarithmicScale(Math.min(highest, ...known), highest) : linearScale(highest);
  // The system may be younger than an hour.
  const last = 3600 / series.periodSeconds - 1;
  const first = last - times.length + 1;
  const index = pointed.value ?? times.length - 1;
  const point = (/** @type {any} */ { currentTarget, clientX }) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    const place = Math.round(((clientX - left) / width) * last) - first;
    pointed.value = Math.max(0, Math.min(times.length - 1, place));
  };
  return html`<figure class="chart">
    <figcaption>
      <b>${title}</b>${unit && html` <span class="muted">${unit}</span>`}
      ${lines.map(({ key, label, level }) => html` <span key=${key} class="legend ${level}">${label} ${valueAt(series[key], index)}</span>`)}
      ${pointed.value !== undefined && times[index] !== undefined && html` <${Time} at=${times[index]} />`}
    </figcaption>
    <div class="plot" onPointerMove=${point} onPointerLeave=${() => (pointed.value = undefined)}>
      ${scale.ticks.map((tick) => html`<i key=${tick} class="tick" style=${{ bottom: percent(scale.place(tick)) }}>${formatNumber(tick)}</i>`)}
      <svg viewBox="0 0 ${last} 100" preserveAspectRatio="none" role="img" aria-label=${describe(title, lines, series)}>
        ${lines.map(({ key, level }) => html`<path key=${key} class=${level} d=${pathOf(series[key], first, scale)} />`)}
        ${limits.map(({ alarm, value }) => html`<path key=${alarm} class="limit bad" d="M0 ${heightOf(scale, value)}H${last}" />`)}
        ${pointed.value !== undefined && html`<path class="pointed" d="M${first + index} 0V100" />`}
      </svg>
    </div>
    <p class="ages muted"><span>60 min ago</span><span>30 min ago</span><span>now</span></p>
    ${limits.map(({ alarm, value }) => html`<p key=${alarm} class="legend limit bad">limit ${formatNumber(value)}${unit ? " ms" : ` in ${series.periodSeconds} s`} <span class="muted">${alarm}</span></p>`)}
  </figure>`;
}

/** @type {(share: number) => string} */
const percent = (share) => `${(100 * share).toFixed(2)}%`;

/** @type {(scale: Scale, value: number) => string} */
const heightOf = (scale, value) => (100 - 100 * scale.place(value)).toFixed(2);

/** @type {(values: readonly (number | null)[], first: number, scale: Scale) => string} with gaps for missing values */
function pathOf(values, first, scale) {
  let path = "";
  let isDrawing = false;
  for (const [index, value] of values.entries()) {
    // A line of no length is a dot, which also shows a value without neighbours.
    if (value !== null)
      path += `${isDrawing ? "L" : "M"}${first + index} ${heightOf(scale, value)}${isDrawing ? "" : "h0"}`;
    isDrawing = value !== null;
  }
  return path;
}

/** @type {(values: readonly (number | null)[], index: number) => string} */
const valueAt = (values, index) => (typeof values[index] === "number" ? formatNumber(values[index]) : "–");

/** @type {(title: string, lines: ChartLine[], series: MetricSeries) => string} for screen readers */
function describe(title, lines, series) {
  const texts = lines.map(({ key, label }) => {
    const values = series[key].filter((value) => value !== null);
    const highest = values.length > 0 ? formatNumber(Math.max(...values)) : "no value";
    return `${label}: now ${valueAt(series[key], series.times.length - 1)}, highest ${highest}`;
  });
  return `${title} over the last hour. ${texts.join(". ")}.`;
}

/** @type {(highest: number) => Scale} from zero, with whole numbers to read */
function linearScale(highest) {
  const top = roundUp(Math.max(1, highest));
  return { place: (value) => value / top, ticks: top < 2 ? [0, top] : [0, top / 2, top] };
}

/** @type {(lowest: number, highest: number) => Scale} each tick is ten times the one before */
function logarithmicScale(lowest, highest) {
  const from = Math.floor(Math.log10(Math.max(lowest, 0.1)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(highest, 0.1))));
  return {
    place: (value) => (Math.log10(Math.max(value, 10 ** from)) - from) / (to - from),
    ticks: Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)),
  };
}

/** @type {(value: number) => number} to 1, 2, 4 or 10 times a power of ten */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 10].find((factor) => factor * power >= value) ?? 10);
}
