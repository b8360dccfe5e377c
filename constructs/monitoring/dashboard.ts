import { type Metric, type MetricMath, PERIOD_SECONDS, type WidgetSpec } from "./metrics";

/** The dashboard's body, with two widgets in a row. */
export function dashboardBody(widgets: readonly WidgetSpec[], region: string) {
  return {
    widgets: widgets.map(({ title, graphs }, index) => ({
      type: "metric",
      width: 12,
      height: 6,
      x: 12 * (index % 2),
      y: 6 * Math.floor(index / 2),
      properties: { title, region, period: PERIOD_SECONDS, view: "timeSeries", metrics: graphs.flatMap(graph) },
    })),
  };
}

/** The entries of one graph in a widget's `metrics`. */
function graph(of: Metric | MetricMath): unknown[] {
  if ("expression" in of) {
    return [
      [{ id: "value", expression: of.expression, label: of.label }],
      ...Object.entries(of.metrics).map(([id, metric]) => line(metric, { id, visible: false })),
    ];
  }
  return [line(of)];
}

function line({ namespace, metricName, dimensions, stat, periodSeconds }: Metric, options: object = {}): unknown[] {
  const period = periodSeconds === undefined ? {} : { period: periodSeconds };
  return [namespace, metricName, ...Object.entries(dimensions).flat(), { stat, ...period, ...options }];
}
