import { runInNewContext } from "node:vm";
import type { MetricAlarm, MetricDataQuery, MetricStat } from "@aws-sdk/client-cloudwatch";
import type { AlarmSummary } from "../system";
import type { MetricId, Metrics, Statistic } from "./metrics";

const COMPARISONS: Readonly<Record<string, AlarmSummary["comparison"]>> = {
  GreaterThanThreshold: ">",
  GreaterThanOrEqualToThreshold: ">=",
  LessThanThreshold: "<",
  LessThanOrEqualToThreshold: "<=",
};

const IS_BREACHING: Readonly<Record<AlarmSummary["comparison"], (value: number, threshold: number) => boolean>> = {
  ">": (value, threshold) => value > threshold,
  ">=": (value, threshold) => value >= threshold,
  "<": (value, threshold) => value < threshold,
  "<=": (value, threshold) => value <= threshold,
};

/** The metrics of API Gateway and Lambda that are durations. */
const DURATIONS = ["Latency", "IntegrationLatency", "Duration"];

/**
 * Evaluates deployed alarms with the metrics of this machine. A period ends now, not at the full minute. A period
 * without data is not breaching.
 */
export function evaluateAlarms(alarms: readonly MetricAlarm[], metrics: Metrics, now: number): AlarmSummary[] {
  return alarms.map((alarm) => {
    const queries = queriesOf(alarm);
    const description = describeAlarm(alarm, queries);
    if (queries.some(({ MetricStat }) => MetricStat && !metrics.isCounted(metricId(MetricStat)))) {
      return { ...description, breachingPeriods: 0, state: "not counted here" };
    }
    const { threshold, periodSeconds, evaluationPeriods, comparison } = description;
    const values = Array.from({ length: evaluationPeriods }, (_each, period) =>
      evaluate(queries, metrics, now - period * periodSeconds * 1000, periodSeconds),
    );
    const isBreaching = IS_BREACHING[comparison];
    const firstOther = values.findIndex((value) => value === undefined || !isBreaching(value, threshold));
    const breachingPeriods = firstOther < 0 ? evaluationPeriods : firstOther;
    const state = breachingPeriods === evaluationPeriods ? "ALARM" : "OK";
    return { ...description, value: values[0] ?? 0, breachingPeriods, state };
  });
}

function describeAlarm(alarm: MetricAlarm, queries: readonly MetricDataQuery[]) {
  const result = queries.find(({ ReturnData }) => ReturnData);
  const metric = result?.Label ?? result?.Expression ?? result?.Id ?? "";
  const isDuration = DURATIONS.includes(result?.MetricStat?.Metric?.MetricName ?? "");
  return {
    name: alarm.AlarmName ?? "",
    description: alarm.AlarmDescription ?? "",
    metric,
    threshold: alarm.Threshold ?? 0,
    periodSeconds: queries.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period ?? 60,
    evaluationPeriods: alarm.EvaluationPeriods ?? 1,
    // The other operators are for anomaly bands, which no alarm of the system has.
    comparison: COMPARISONS[alarm.ComparisonOperator ?? ""] ?? ">",
    unit: isDuration ? "ms" : metric.includes("%") ? "%" : "",
  } as const;
}

/** The queries of an alarm. An alarm on a single metric gets the form of metric math. */
function queriesOf({ Metrics, MetricName, Namespace, Dimensions, Statistic: Stat, Period }: MetricAlarm) {
  if (Metrics?.length) return Metrics;
  const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Stat, Period };
  return [{ Id: "value", Label: `${MetricName} (${Stat})`, MetricStat, ReturnData: true }] as MetricDataQuery[];
}

function evaluate(queries: MetricDataQuery[], metrics: Metrics, to: number, periodSeconds: number): number | undefined {
  const values: Record<string, number | undefined> = {};
  for (const { Id = "", MetricStat } of queries) {
    if (!MetricStat) continue;
    values[Id] = metrics.statistic(metricId(MetricStat), MetricStat.Stat as Statistic, to - periodSeconds * 1000, to);
  }
  const { Id = "", Expression } = queries.find(({ ReturnData }) => ReturnData) ?? {};
  if (!Expression) return values[Id];
  if (Object.values(values).every((value) => value === undefined)) return undefined;
  // With this function, CloudWatch's arithmetic is JavaScript's.
  const IF = (condition: unknown, then: number, otherwise: number) => (condition ? then : otherwise);
  const known = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? 0]));
  return Number(runInNewContext(Expression, { IF, ...known }));
}

function metricId({ Metric: { Namespace = "", MetricName = "", Dimensions = [] } = {} }: MetricStat): MetricId {
  const pairs = Dimensions.map(({ Name, Value }) => [Name, Value]);
  return { namespace: Namespace, metricName: MetricName, dimensions: Object.fromEntries(pairs) };
}
