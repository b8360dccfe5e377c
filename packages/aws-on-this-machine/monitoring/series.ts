import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { MetricSeries, Series } from "../system/running-system";
import { type MetricId, metricKey } from "./metrics";

const PERIOD_MS = 10_000;
const PERIODS = 360;

/** The histogram of durations has their logarithms to this base. So a percentile is exact to half a percent. */
const BASE = Math.log(1.01);

interface Period {
  readonly start: number;
  readonly counts: Record<"requests" | "clientErrors" | "serverErrors" | "coldStarts", number>;
  /** The number of requests, by the rounded logarithm of their latency. */
  readonly latencies: Map<number, number>;
  functionMs: number;
  invocations: number;
}

/** A metric whose values or percentiles are a series. */
export interface SeriesMetric {
  readonly id: MetricId;
  readonly statistic: string;
  readonly series: keyof Series;
}

/** Counts the last hour in periods of 10 seconds. */
export class SeriesCounter {
  /** The oldest first. A quiet time has no period. */
  private readonly periods: Period[] = [];

  /** @param started when counting began, in milliseconds since 1970 */
  constructor(private readonly started: number) {}

  countRequest(status: number, latencyMs: number, now: number): void {
    const { counts, latencies } = this.periodOf(now);
    counts.requests += 1;
    if (status >= 500) counts.serverErrors += 1;
    else if (status >= 400) counts.clientErrors += 1;
    const logarithm = Math.round(Math.log(Math.max(latencyMs, 0.001)) / BASE);
    latencies.set(logarithm, (latencies.get(logarithm) ?? 0) + 1);
  }

  countInvocation(durationMs: number, isColdStart: boolean, now: number): void {
    const period = this.periodOf(now);
    period.functionMs += durationMs;
    period.invocations += 1;
    if (isColdStart) period.counts.coldStarts += 1;
  }

  /** The last hour, or the time since counting began. */
  read(now: number): Omit<MetricSeries, "thresholds"> {
    const last = startOf(now);
    const first = Math.max(startOf(this.started), last - (PERIODS - 1) * PERIOD_MS);
    const times = Array.from({ length: (last - first) / PERIOD_MS + 1 }, (_each, index) => first + index * PERIOD_MS);
    const found = new Map(this.periods.map((period) => [period.start, period]));
    const values = (read: (period: Period) => number | null, otherwise: number | null) =>
      times.map((time) => {
        const period = found.get(time);
        return period ? read(period) : otherwise;
      });
    return {
      periodSeconds: PERIOD_MS / 1000,
      times,
      requests: values(({ counts }) => counts.requests, 0),
      clientErrors: values(({ counts }) => counts.clientErrors, 0),
      serverErrors: values(({ counts }) => counts.serverErrors, 0),
      p50Ms: values(({ latencies }) => percentile(latencies, 0.5), null),
      p99Ms: values(({ latencies }) => percentile(latencies, 0.99), null),
      functionMs: values(({ functionMs, invocations }) => (invocations ? functionMs / invocations : null), null),
      coldStarts: values(({ counts }) => counts.coldStarts, 0),
    };
  }

  private periodOf(now: number): Period {
    const start = startOf(now);
    const last = this.periods.at(-1);
    // If the clock is set back, the last period goes on.
    if (last && last.start >= start) return last;
    const counts = { requests: 0, clientErrors: 0, serverErrors: 0, coldStarts: 0 };
    const period = { start, counts, latencies: new Map(), functionMs: 0, invocations: 0 };
    this.periods.push(period);
    if (this.periods.length > PERIODS) this.periods.shift();
    return period;
  }
}

/**
 * The thresholds of the alarms on a single metric that is a series here. The threshold of a sum is scaled from the
 * alarm's period to the shorter periods here.
 */
export function thresholdsOf(
  alarms: readonly MetricAlarm[],
  metrics: readonly SeriesMetric[],
): MetricSeries["thresholds"] {
  return alarms.flatMap((alarm) => {
    const { MetricName = "", Namespace = "", Dimensions = [], Period = 60, Threshold = 0, AlarmName = "" } = alarm;
    const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value = "" }) => [Name, Value]));
    const key = metricKey({ namespace: Namespace, metricName: MetricName, dimensions });
    const statistic = alarm.Statistic ?? alarm.ExtendedStatistic;
    const metric = metrics.find((each) => metricKey(each.id) === key && each.statistic === statistic);
    if (!metric) return [];
    const value = statistic === "Sum" ? (Threshold * PERIOD_MS) / 1000 / Period : Threshold;
    return [{ series: metric.series, value, alarm: AlarmName }];
  });
}

function startOf(time: number): number {
  return time - (time % PERIOD_MS);
}

/** The lowest value that this share of all values does not exceed; null if there are none. */
function percentile(counts: ReadonlyMap<number, number>, share: number): number | null {
  const sorted = [...counts].sort(([one], [other]) => one - other);
  let left = Math.ceil(sorted.reduce((sum, [, count]) => sum + count, 0) * share);
  for (const [logarithm, count] of sorted) {
    left -= count;
    if (left <= 0) return Math.exp(logarithm * BASE);
  }
  return null;
}
