import { runInNewContext } from "node:vm";
import type { Dimension, Metric, MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { MetricId, Metrics, Statistic } from "./metrics";
import type { AlarmSummary } from "./system";

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/**
 * Evaluates deployed alarms over what was counted on this machine. A period ends now, instead of at the full minute, and
 * one without data does not count as above the threshold.
 */
export function evaluateAlarms(alarms: readonly MetricAlarm[], metrics: Metrics, now: number): AlarmSummary[] {
  return alarms.map((alarm) => {
    const { Threshold: threshold = 0, EvaluationPeriods: evaluationPeriods = 1 } = alarm;
    const queries = readQueries(alarm);
    const periodSeconds = queries.find((query) => query.periodSeconds)?.periodSeconds ?? 60;
    const summary = {
      name: alarm.AlarmName ?? "",
      description: alarm.AlarmDescription ?? "",
      metric: queries.find(({ isResult }) => isResult)?.label ?? "",
      threshold,
      periodSeconds,
      evaluationPeriods,
    };
    if (queries.some(({ id }) => id && !metrics.isCounted(id))) return { ...summary, state: "not counted here" };

    const values = Array.from({ length: evaluationPeriods }, (_each, period) =>
      evaluate(queries, metrics, now - period * periodSeconds * 1000, periodSeconds),
    );
    const isBreaching = COMPARISONS[alarm.ComparisonOperator ?? ""] ?? (() => false);
    const state = values.every((value) => value !== undefined && isBreaching(value, threshold)) ? "ALARM" : "OK";
    return { ...summary, value: values[0] ?? 0, state };
  });
}

/** A metric or an expression over metrics. */
interface Query {
  /** Its name in expressions. */
  readonly name: string;
  readonly label: string;
  /** Whether it is what the alarm compares. */
  readonly isResult: boolean;
  readonly id?: MetricId;
  readonly statistic?: Statistic;
  readonly periodSeconds?: number;
  readonly expression?: string;
}

function readQueries(alarm: MetricAlarm): Query[] {
  if (!alarm.Metrics?.length) {
    const { MetricName, Namespace, Dimensions, Statistic, Period } = alarm;
    return [
      {
        name: "value",
        label: `${MetricName} (${Statistic})`,
        isResult: true,
        id: metricId({ MetricName, Namespace, Dimensions }),
        statistic: Statistic as Statistic,
        periodSeconds: Period,
      },
    ];
  }
  return alarm.Metrics.map(({ Id = "", Label, Expression, MetricStat, ReturnData }) => ({
    name: Id,
    label: Label ?? Expression ?? Id,
    isResult: ReturnData ?? false,
    id: MetricStat?.Metric && metricId(MetricStat.Metric),
    statistic: MetricStat?.Stat as Statistic | undefined,
    periodSeconds: MetricStat?.Period,
    expression: Expression,
  }));
}

function evaluate(queries: Query[], metrics: Metrics, to: number, periodSeconds: number): number | undefined {
  const values: Record<string, number | undefined> = {};
  for (const { name, id, statistic = "Sum" } of queries) {
    if (id) values[name] = metrics.statistic(id, statistic, to - periodSeconds * 1000, to);
  }
  const result = queries.find(({ isResult }) => isResult);
  if (!result?.expression) return values[result?.name ?? ""];
  if (Object.values(values).every((value) => value === undefined)) return undefined;
  // CloudWatch's arithmetic and its IF are JavaScript's, given that function.
  const IF = (condition: unknown, then: number, otherwise: number) => (condition ? then : otherwise);
  const known = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? 0]));
  return Number(runInNewContext(result.expression, { IF, ...known }));
}

function metricId({ Namespace = "", MetricName = "", Dimensions = [] }: Metric): MetricId {
  const pairs = Dimensions.map(({ Name, Value }: Dimension) => [Name, Value]);
  return { namespace: Namespace, metricName: MetricName, dimensions: Object.fromEntries(pairs) };
}
