import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import type { Construct } from "constructs";
import { type Metric, type MetricMath, PERIOD_SECONDS, type SystemMetrics } from "./metrics";

/** The alarms, by the names of their metrics. `periods` is how many in a row must be above the threshold. */
const ALARMS = {
  serverErrors: { id: "server-errors", periods: 2, description: "The API answers many requests with 5xx." },
  serverErrorPercent: {
    id: "server-error-rate",
    periods: 2,
    description: "The API answers a large share of its requests with 5xx.",
  },
  functionErrors: {
    id: "function-errors",
    periods: 1,
    description: "The function fails: Lambda retries scheduled runs, and the API answers requests with 500.",
  },
  functionThrottles: {
    id: "function-throttles",
    periods: 1,
    description: "Lambda throttles invocations, because the function has no free concurrency.",
  },
  deadLetters: {
    id: "dead-letters",
    periods: 1,
    description: "The dead-letter queue has events that could not be delivered or processed.",
  },
  tableThrottles: {
    id: "table-throttles",
    periods: 1,
    description: "The table throttles writes, because they exceed its capacity.",
  },
};

/** A value for each alarm. */
export type Alarms<T> = Readonly<Record<keyof typeof ALARMS, T>>;

export interface AlarmsProps {
  /** Alarm names, unique in the account and Region. */
  readonly alarmNames: Alarms<string>;
  /** The values above which the alarms fire: messages in the queue, percent, or a count in a period. */
  readonly thresholds: Alarms<number>;
}

/** Adds an alarm on everything that users or operators would notice. The topic gets their begin and their end. */
export function addAlarms(scope: Construct, metrics: SystemMetrics, topic: SnsTopic, props: AlarmsProps): void {
  for (const key of Object.keys(ALARMS) as (keyof typeof ALARMS)[]) {
    const { id, description, periods } = ALARMS[key];
    new CloudwatchMetricAlarm(scope, id, {
      alarmName: props.alarmNames[key],
      alarmDescription: description,
      comparisonOperator: "GreaterThanThreshold",
      threshold: props.thresholds[key],
      evaluationPeriods: periods,
      treatMissingData: "notBreaching",
      alarmActions: [topic.arn],
      okActions: [topic.arn],
      ...metricConfig(metrics[key]),
    });
  }
}

function metricConfig(of: Metric | MetricMath): Partial<CloudwatchMetricAlarmConfig> {
  if ("expression" in of) {
    const { expression, label } = of;
    const metrics = Object.entries(of.metrics).map(([id, metric]) => ({
      id,
      metric: { ...metric, period: PERIOD_SECONDS },
    }));
    return { metricQuery: [{ id: "value", expression, label, returnData: true }, ...metrics] };
  }
  const { stat, ...metric } = of;
  return { ...metric, statistic: stat, period: PERIOD_SECONDS };
}
