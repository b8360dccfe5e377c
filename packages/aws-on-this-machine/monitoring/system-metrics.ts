import type { InvocationRecord } from "../function/invocation";
import type { Inventory } from "../inventory/inventory";
import type { AlarmSummary, MetricSeries } from "../system/running-system";
import { evaluateAlarms } from "./alarms";
import { type MetricId, Metrics } from "./metrics";
import { SeriesCounter, type SeriesMetric, thresholdsOf } from "./series";

type Deployed = Pick<Inventory, "apis" | "functions" | "queues" | "alarms">;

const OF_FUNCTION = ["Invocations", "Errors", "Throttles"];

/** Counts the metrics of the deployed resources, and evaluates their alarms. */
export class SystemMetrics {
  private readonly metrics = new Metrics();
  private readonly counter = new SeriesCounter(Date.now());
  private deployed: Deployed = { apis: [], functions: [], queues: [], alarms: [] };

  /** Counts from now on for these resources. */
  update(deployed: Deployed): void {
    this.deployed = deployed;
    const ids = [
      ...deployed.apis.flatMap(({ api: { ApiId = "" } }) => ["Count", "4xx", "5xx"].map((name) => ofApi(ApiId, name))),
      ...deployed.functions.flatMap(({ name }) => OF_FUNCTION.map((metric) => ofFunction(name, metric))),
      ...deployed.functions.flatMap(({ name, aliases = [] }) =>
        aliases.flatMap((alias) =>
          [undefined, alias.version, ...Object.keys(alias.weights)].flatMap((version) =>
            OF_FUNCTION.map((metric) => ofFunction(name, metric, alias.name, version)),
          ),
        ),
      ),
      ...deployed.queues.map(({ name }) => ofQueue(name)),
    ];
    for (const id of ids) this.metrics.declare(id);
  }

  countRequest(apiId: string, status: number, latencyMs: number): void {
    this.counter.countRequest(status, latencyMs, Date.now());
    this.metrics.record(ofApi(apiId, "Count"), 1);
    this.metrics.record(ofApi(apiId, "4xx"), status >= 400 && status < 500 ? 1 : 0);
    this.metrics.record(ofApi(apiId, "5xx"), status >= 500 ? 1 : 0);
  }

  /** Counts for the function and, if the event names a version or an alias, also for that and for the version that ran. */
  countInvocation({ code, durationMs, initMs, outcome, qualifier, version }: InvocationRecord): void {
    this.counter.countInvocation(durationMs, initMs !== undefined, Date.now());
    const counted = qualifier ? [[], [qualifier], [qualifier, version]] : [[]];
    for (const [resource, executed] of counted) {
      const count = (metric: string, value: number) => {
        const id = ofFunction(code.functionName, metric, resource, executed);
        if (resource) this.metrics.declare(id);
        this.metrics.record(id, value);
      };
      count("Invocations", 1);
      count("Errors", outcome?.isError ? 1 : 0);
    }
  }

  countThrottle(functionName: string, qualifier?: string): void {
    this.metrics.record(ofFunction(functionName, "Throttles"), 1);
    if (qualifier) this.metrics.record(ofFunction(functionName, "Throttles", qualifier), 1);
  }

  /** @param messages `undefined` if the queue does not tell */
  countMessages(queueName: string, messages: number | undefined): void {
    if (messages !== undefined) this.metrics.record(ofQueue(queueName), messages);
  }

  alarms(): AlarmSummary[] {
    return evaluateAlarms(this.deployed.alarms, this.metrics, Date.now());
  }

  series(): MetricSeries {
    const { apis, functions, alarms } = this.deployed;
    // A series is the sum of all, of which the threshold of one says nothing.
    const api = apis.length === 1 ? (apis[0]?.api.ApiId ?? "") : undefined;
    const fn = functions.length === 1 ? functions[0]?.name : undefined;
    return { ...this.counter.read(Date.now()), thresholds: thresholdsOf(alarms, seriesMetrics(api, fn)) };
  }
}

function ofApi(ApiId: string, metricName: string): MetricId {
  return { namespace: "AWS/ApiGateway", metricName, dimensions: { ApiId } };
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html for the dimensions */
function ofFunction(FunctionName: string, metricName: string, qualifier?: string, ExecutedVersion?: string): MetricId {
  const Resource = `${FunctionName}:${qualifier}`;
  const dimensions = { FunctionName, ...(qualifier && { Resource }), ...(ExecutedVersion && { ExecutedVersion }) };
  return { namespace: "AWS/Lambda", metricName, dimensions };
}

function ofQueue(QueueName: string): MetricId {
  return { namespace: "AWS/SQS", metricName: "ApproximateNumberOfMessagesVisible", dimensions: { QueueName } };
}

/** The metrics of the series, in the form in which an alarm names them. */
function seriesMetrics(apiId: string | undefined, functionName: string | undefined): SeriesMetric[] {
  const ofOnlyApi = (name: string, statistic: string, series: SeriesMetric["series"]) =>
    apiId === undefined ? [] : [{ id: ofApi(apiId, name), statistic, series }];
  return [
    ...ofOnlyApi("Count", "Sum", "requests"),
    ...ofOnlyApi("4xx", "Sum", "clientErrors"),
    ...ofOnlyApi("5xx", "Sum", "serverErrors"),
    ...ofOnlyApi("Latency", "p50", "p50Ms"),
    ...ofOnlyApi("Latency", "p99", "p99Ms"),
    ...(functionName === undefined
      ? []
      : [{ id: ofFunction(functionName, "Duration"), statistic: "Average", series: "functionMs" } as const]),
  ];
}
