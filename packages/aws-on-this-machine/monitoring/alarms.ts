import type { MetricAlarm, MetricDataQuery, MetricStat } from "@aws-sdk/client-cloudwatch";
import type { AlarmSummary } from "../system/running-system";
import { evaluateMath } from "./metric-math";
import type { MetricId, Metrics, Statistic } from "./metrics";

const COMPARISONS: Readonly<Record<string, AlarmSummary["comparison"]>> = {
  GreaterThanThreshold: ">",
  GreaterThanOrEqualToThreshold: ">=",
  LessThanThreshold: "<",
  LessThanOrEqualToThreshold: "<=",
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
    const isKnown = ({ MetricStat, Expression = "" }: MetricDataQuery) =>
      MetricStat ? metrics.isCounted(metricId(MetricStat)) : evaluateMath(Expression, zeros(queries)) !== undefined;
    if (!queries.every(isKnown)) {
      return { ...description, breachingPeriods: 0, state: "not counted here" };
    }
    const { threshold, periodSeconds, evaluationPeriods, comparison } = description;
    const values = Array.from({ length: evaluationPeriods }, (_each, period) =>
      evaluate(queries, metrics, now - period * periodSeconds * 1000, periodSeconds),
    );
    const isBreaching = (value: number) => evaluateMath(`value ${comparison} threshold`, { value, threshold }) === 1;
    const firstOther = values.findIndex((value) => value === undefined || !isBreaching(value));
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
  const values: Record<string, number> = {};
  for (const { Id = "", MetricStat } of queries) {
    if (!MetricStat) continue;
    const value = metrics.statistic(metricId(MetricStat), MetricStat.Stat as Statistic, to - periodSeconds * 1000, to);
    if (value !== undefined) values[Id] = value;
  }
  const { Id = "", Expression } = queries.find(({ ReturnData }) => ReturnData) ?? {};
  if (!Expression || Object.keys(values).length === 0) return values[Id];
  const value = evaluateMath(Expression, { ...zeros(queries), ...values });
  // CloudWatch has no value for a division by zero.
  return Number.isFinite(value) ? value : undefined;
}

function zeros(queries: readonly MetricDataQuery[]): Record<string, number> {
  return Object.fromEntries(queries.map(({ Id = "" }) => [Id, 0]));
}

function metricId({ Metric: { Namespace = "", MetricName = "", Dimensions = [] } = {} }: MetricStat): MetricId {
  const pairs = Dimensions.map(({ Name, Value }) => [Name, Value]);
  return { namespace: Namespace, metricName: MetricName, dimensions: Object.fromEntries(pairs) };
}
