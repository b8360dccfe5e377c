/**
 * The last hour in charts.
 *
 * @import { ChartKind } from "./chart.js"
 */

import { Instead, Panel } from "../page/panel.js";
import { connection } from "../state/system.js";
import { useLoaded } from "../state/use-loaded.js";
import { html, useEffect } from "../ui/html.js";
import { Chart } from "./chart.js";

/** The period of the counts. */
const PERIOD_MS = 10_000;

/** @type {ChartKind[]} */
const CHARTS = [
  {
    title: "Requests",
    unit: "",
    lines: [
      { key: "requests", label: "all", level: "info" },
      { key: "clientErrors", label: "4xx", level: "warn" },
      { key: "serverErrors", label: "5xx", level: "bad" },
    ],
  },
  {
    title: "Latency",
    unit: "ms",
    lines: [
      { key: "p50Ms", label: "p50", level: "info" },
      { key: "p99Ms", label: "p99", level: "warn" },
    ],
  },
  { title: "Function", unit: "ms", lines: [{ key: "functionMs", label: "mean duration", level: "good" }] },
  { title: "Cold starts", unit: "", lines: [{ key: "coldStarts", label: "starts", level: "info" }] },
];

export const Metrics = () => html`<${Panel} id="metrics" title="Last hour" opens><${Charts} /><//>`;

function Charts() {
  const { answer, problem, load } = useLoaded("/api/metrics", [connection.value]);
  useEffect(() => {
    // A hidden page loads no charts.
    const timer = setInterval(() => document.hidden || load(), PERIOD_MS);
    return () => clearInterval(timer);
  }, []);
  return html`
    <${Instead} problem=${problem} />
    ${answer && html`<div class="charts">${CHARTS.map((kind) => html`<${Chart} key=${kind.title} kind=${kind} series=${answer} />`)}</div>`}`;
}
