import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { Construct } from "constructs";
import { type AlarmSpec, type Metric, type MetricMath, PERIOD_SECONDS } from "./metrics";

export interface AlarmProps {
  /** Alarm name, unique in the account and Region. */
  readonly alarmName: string;
  /** The value above or below which the alarm fires. */
  readonly threshold: number;
  /** The topics that get the alarm's begin and its end. */
  readonly topicArns: string[];
}

type Spec = Omit<AlarmSpec, "threshold" | "id" | "rollsBack">;

export function addAlarm(scope: Construct, id: string, spec: Spec, props: AlarmProps): CloudwatchMetricAlarm {
  return new CloudwatchMetricAlarm(scope, id, {
    alarmName: props.alarmName,
    alarmDescription: spec.description,
    comparisonOperator: spec.isMinimum ? "LessThanThreshold" : "GreaterThanThreshold",
    threshold: props.threshold * (spec.factor ?? 1),
    evaluationPeriods: spec.periods ?? 1,
    treatMissingData: spec.missingData ?? "notBreaching",
    alarmActions: props.topicArns,
    okActions: props.topicArns,
    ...metricConfig(spec.metric),
  });
}

function metricConfig(of: Metric | MetricMath): Partial<CloudwatchMetricAlarmConfig> {
  if ("expression" in of) {
    const { expression, label } = of;
    const metrics = Object.entries(of.metrics).map(([id, { periodSeconds: period = PERIOD_SECONDS, ...metric }]) => ({
      id,
      metric: { ...metric, period },
    }));
    return { metricQuery: [{ id: "value", expression, label, returnData: true }, ...metrics] };
  }
  const { stat, periodSeconds: period = PERIOD_SECONDS, ...metric } = of;
  // A percentile of few requests says little.
  const statistic = /^p\d/.test(stat)
    ? { extendedStatistic: stat, evaluateLowSampleCountPercentiles: "ignore" }
    : { statistic: stat };
  return { ...metric, ...statistic, period };
}
