import type { DeployedSystem } from "../deployed-system";
import type { AlarmSummary, RequestSummary } from "../system";
import { evaluateAlarms } from "./alarms";
import { type MetricId, Metrics } from "./metrics";

const KEPT_REQUESTS = 100;

/** Counts the system's metrics on this machine, and keeps the latest requests. */
export class Traffic {
  /** Newest first. */
  readonly requests: RequestSummary[] = [];
  private readonly metrics = new Metrics();
  private readonly ids: ReturnType<typeof metricIds>;

  constructor(private readonly deployed: DeployedSystem) {
    this.ids = metricIds(deployed);
    for (const id of Object.values(this.ids)) this.metrics.declare(id);
  }

  countRequest(request: RequestSummary): void {
    this.requests.unshift(request);
    this.requests.splice(KEPT_REQUESTS);
    this.count("requests", 1);
    this.count("clientErrors", request.status >= 400 && request.status < 500 ? 1 : 0);
    this.count("serverErrors", request.status >= 500 ? 1 : 0);
  }

  count(metric: keyof ReturnType<typeof metricIds>, value: number): void {
    this.metrics.record(this.ids[metric], value);
  }

  alarms(): AlarmSummary[] {
    return evaluateAlarms(this.deployed.alarms, this.metrics, Date.now());
  }
}

/** The metrics that this machine counts. */
function metricIds({ outputs, api, deadLetterQueueArn = "" }: DeployedSystem) {
  const ofApi = { namespace: "AWS/ApiGateway", dimensions: { ApiId: api.api.ApiId ?? "" } };
  const ofFunction = { namespace: "AWS/Lambda", dimensions: { FunctionName: outputs.lambda_function_name } };
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
