/** A CloudWatch metric with a statistic. */
export interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Record<string, string>;
  /** Such as `Sum` or `p99`. */
  readonly stat: string;
  /** @default PERIOD_SECONDS */
  readonly periodSeconds?: number;
}

/** A CloudWatch metric math expression. */
export interface MetricMath {
  readonly expression: string;
  readonly label: string;
  /** The metrics, by their names in the expression. */
  readonly metrics: Record<string, Metric>;
}

/** The period of the alarms and of the dashboard, in seconds. */
export const PERIOD_SECONDS = 300;

/** The values above which the alarms fire. An alarm without a value does not exist. */
export interface Thresholds {
  /** API answers with 5xx in a period. */
  readonly serverErrors?: number;
  /** The share of an API's answers with 5xx, in percent. */
  readonly serverErrorPercent?: number;
  /** The share of an API's answers with 4xx, also 429, in percent. */
  readonly clientErrorPercent?: number;
  /** The latency that one answer of an API in a hundred exceeds (p99), in milliseconds. */
  readonly latencyMs?: number;
  /** Failed invocations in a period. */
  readonly functionErrors?: number;
  /** Invocations in a period that Lambda refused. */
  readonly functionThrottles?: number;
  /** Messages in a dead-letter queue. */
  readonly deadLetters?: number;
  /** The age of a queue's oldest message, in seconds. */
  readonly queueAgeSeconds?: number;
  /** The age of the last change that a stream's consumer got, in seconds. */
  readonly streamAgeSeconds?: number;
  /** Writes in a period that a table refused. */
  readonly tableThrottles?: number;
  /** Reads in a period that a table refused. */
  readonly tableReadThrottles?: number;
  /** The days that a certificate is still valid. */
  readonly certificateDays?: number;
}

export interface AlarmSpec {
  /** The name of the threshold. */
  readonly threshold: keyof Thresholds;
  /** The last part of the alarm's id and name. */
  readonly id: string;
  readonly description: string;
  readonly metric: Metric | MetricMath;
  /**
   * How many periods in a row must be above the threshold.
   * @default 1
   */
  readonly periods?: number;
  /**
   * Whether the alarm fires below the threshold.
   * @default false
   */
  readonly isMinimum?: boolean;
  /**
   * The alarm's state while the metric has no values: `notBreaching` ends the alarm, and `ignore` keeps it.
   * @default "notBreaching"
   */
  readonly missingData?: "notBreaching" | "ignore";
  /**
   * The metric's unit in units of the threshold.
   * @default 1
   */
  readonly factor?: number;
  /**
   * Whether the alarm of an API rolls back the releases of its functions.
   * @default false
   */
  readonly rollsBack?: boolean;
}

export interface WidgetSpec {
  readonly title: string;
  readonly graphs: readonly (Metric | MetricMath)[];
  /**
   * The widget is there only with this alarm.
   * @default - always
   */
  readonly onlyWith?: keyof Thresholds;
}

/** The alarms and the widgets of one resource. */
export interface Watched {
  readonly alarms: readonly AlarmSpec[];
  readonly widgets: readonly WidgetSpec[];
}
