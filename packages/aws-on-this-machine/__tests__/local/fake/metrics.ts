import type { MetricSeries } from "../../../system/running-system";

const PERIOD_SECONDS = 10;
const PERIODS = 360;

/** An hour with little traffic, then a burst with errors; the same each time. */
export function exampleMetrics(now: number): MetricSeries {
  const periods = Array.from({ length: PERIODS }, (_, index) => index);
  const wave = (index: number, length: number) => (1 + Math.sin(index / length) * Math.cos(index / 7.3)) / 2;
  const requests = periods.map((index) => Math.round(6 * wave(index, 23) + (index > 300 ? 18 * wave(index, 5) : 0)));
  const ofTraffic = (value: (index: number) => number) =>
    periods.map((index) => (requests[index] ? value(index) : null));
  return {
    periodSeconds: PERIOD_SECONDS,
    times: periods.map((index) => now - (PERIODS - index) * PERIOD_SECONDS * 1000),
    requests,
    clientErrors: periods.map((index) => (index % 41 === 0 ? 1 : 0)),
    serverErrors: periods.map((index) => (index > 330 ? Math.round((requests[index] ?? 0) * 0.43) : 0)),
    p50Ms: ofTraffic((index) => 18 + 6 * wave(index, 11)),
    p99Ms: ofTraffic((index) => 60 + 300 * wave(index, 17) ** 4),
    functionMs: ofTraffic((index) => 12 + 5 * wave(index, 11)),
    coldStarts: periods.map((index) => (index % 97 === 3 || index === 301 || index === 302 ? 1 : 0)),
    thresholds: [{ series: "serverErrors", value: 10 / 30, alarm: "Orders-5XX-Errors" }],
  };
}
