import type { InvocationRecord } from "../function/invocation";
import type { DeployedResources } from "../system/deployed-resources";
import type { AlarmSummary, MetricSeries } from "../system/running-system";
import { evaluateAlarms } from "./alarms";
import { type MetricId, Metrics } from "./metrics";
import { SeriesCounter, type SeriesMetric, thresholdsOf } from "./series";

export class SystemMetrics {
  private readonly metrics = new Metrics();
  private readonly counter = new SeriesCounter(Date.now());
  private readonly ids: ReturnType<typeof metricIds>;

  constructor(
    private readonly deployed: Pick<DeployedResources, "functionName" | "api" | "deadLetterQueueArn" | "alarms">,
  ) {
    this.ids = metricIds(deployed);
    for (const id of Object.values(this.ids)) this.metrics.declare(id);
  }

  countRequest(status: number, latencyMs: number): void {
    this.counter.countRequest(status, latencyMs, Date.now());
    this.count("requests", 1);
    this.count("clientErrors", status >= 400 && status < 500 ? 1 : 0);
    this.count("serverErrors", status >= 500 ? 1 : 0);
  }

  countInvocation({ durationMs, initMs, outcome }: InvocationRecord): void {
    this.counter.countInvocation(durationMs, initMs !== undefined, Date.now());
    this.count("functionErrors", outcome?.isError ? 1 : 0);
  }

  count(metric: keyof ReturnType<typeof metricIds>, value: number): void {
    this.metrics.record(this.ids[metric], value);
  }

  alarms(): AlarmSummary[] {
    return evaluateAlarms(this.deployed.alarms, this.metrics, Date.now());
  }

  series(): MetricSeries {
    return {
      ...this.counter.read(Date.now()),
      thresholds: thresholdsOf(this.deployed.alarms, seriesMetrics(this.ids)),
    };
  }
}

function metricIds({
  functionName,
  api,
  deadLetterQueueArn = "",
}: Pick<DeployedResources, "functionName" | "api" | "deadLetterQueueArn">) {
  const ofApi = { namespace: "AWS/ApiGateway", dimensions: { ApiId: api.api.ApiId ?? "" } };
  const ofFunction = { namespace: "AWS/Lambda", dimensions: { FunctionName: functionName } };
  const ofQueue = { namespace: "AWS/SQS", dimensions: { QueueName: deadLetterQueueArn.split(":").at(-1) ?? "" } };
  return {
    requests: { ...ofApi, metricName: "Count" },
    clientErrors: { ...ofApi, metricName: "4xx" },
    serverErrors: { ...ofApi, metricName: "5xx" },
    functionErrors: { ...ofFunction, metricName: "Errors" },
    functionThrottles: { ...ofFunction, metricName: "Throttles" },
    deadLetters: { ...ofQueue, metricName: "ApproximateNumberOfMessagesVisible" },
  } satisfies Record<string, MetricId>;
}

/** The metrics of the series, in the form in which an alarm names them. */
function seriesMetrics({
  requests,
  clientErrors,
  serverErrors,
  functionErrors,
}: ReturnType<typeof metricIds>): SeriesMetric[] {
  const latency = { ...requests, metricName: "Latency" };
  return [
    { id: requests, statistic: "Sum", series: "requests" },
    { id: clientErrors, statistic: "Sum", series: "clientErrors" },
    { id: serverErrors, statistic: "Sum", series: "serverErrors" },
    { id: latency, statistic: "p50", series: "p50Ms" },
    { id: latency, statistic: "p99", series: "p99Ms" },
    { id: { ...functionErrors, metricName: "Duration" }, statistic: "Average", series: "functionMs" },
  ];
}
