/** A CloudWatch metric with a statistic. */
export interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Record<string, string>;
  /** Such as `Sum` or `p99`. */
  readonly stat: string;
}

/** A CloudWatch metric math expression. */
export interface MetricMath {
  readonly expression: string;
  readonly label: string;
  /** The metrics, by their names in the expression. */
  readonly metrics: Record<string, Metric>;
}

/** The period of every alarm and of the dashboard, in seconds. */
export const PERIOD_SECONDS = 300;

export interface Monitored {
  readonly apiId: string;
  readonly functionName: string;
  readonly tableName: string;
  readonly queueName: string;
}

/** The metrics for the alarms and the dashboard. */
export function systemMetrics({ apiId, functionName, tableName, queueName }: Monitored) {
  // HTTP APIs emit `5xx` with the dimension ApiId. REST APIs emit `5XX` with ApiName.
  const ofApi = { namespace: "AWS/ApiGateway", dimensions: { ApiId: apiId } };
  const ofFunction = { namespace: "AWS/Lambda", dimensions: { FunctionName: functionName } };
  const ofTable = { namespace: "AWS/DynamoDB", dimensions: { TableName: tableName } };
  const ofQueue = { namespace: "AWS/SQS", dimensions: { QueueName: queueName } };
  const serverErrors = { ...ofApi, metricName: "5xx", stat: "Sum" };
  const requests = { ...ofApi, metricName: "Count", stat: "Sum" };
  return {
    serverErrors,
    requests,
    latency: { ...ofApi, metricName: "Latency", stat: "p99" },
    serverErrorPercent: {
      expression: "IF(requests > 0, 100 * errors / requests, 0)",
      label: "5xx answers (%)",
      metrics: { errors: serverErrors, requests },
    },
    functionErrors: { ...ofFunction, metricName: "Errors", stat: "Sum" },
    functionThrottles: { ...ofFunction, metricName: "Throttles", stat: "Sum" },
    functionDuration: { ...ofFunction, metricName: "Duration", stat: "p99" },
    tableThrottles: { ...ofTable, metricName: "WriteThrottleEvents", stat: "Sum" },
    consumedWrites: { ...ofTable, metricName: "ConsumedWriteCapacityUnits", stat: "Sum" },
    deadLetters: { ...ofQueue, metricName: "ApproximateNumberOfMessagesVisible", stat: "Maximum" },
  } satisfies Record<string, Metric | MetricMath>;
}

export type SystemMetrics = ReturnType<typeof systemMetrics>;
