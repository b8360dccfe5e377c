import type { MetricMath, Watched } from "./metrics";

/**
 * The share of an API's answers with a kind of error, in percent.
 *
 * @param periodSeconds by default the period of all alarms
 */
export function errorShare(apiId: string, kind: "4xx" | "5xx", periodSeconds?: number): MetricMath {
  const of = { namespace: "AWS/ApiGateway", dimensions: { ApiId: apiId }, ...(periodSeconds && { periodSeconds }) };
  return {
    expression: "IF(requests > 0, 100 * errors / requests, 0)",
    label: `${kind} answers (%)`,
    metrics: {
      errors: { ...of, metricName: kind, stat: "Sum" },
      requests: { ...of, metricName: "Count", stat: "Sum" },
    },
  };
}

/**
 * The alarms and the widgets of an API.
 *
 * @param subject the API in descriptions, such as `API` or `API orders`
 */
export function watchedApi(id: string, subject: string): Watched {
  // HTTP APIs emit `5xx` with the dimension ApiId. REST APIs emit `5XX` with ApiName.
  const of = { namespace: "AWS/ApiGateway", dimensions: { ApiId: id } };
  const requests = { ...of, metricName: "Count", stat: "Sum" };
  const serverErrors = { ...of, metricName: "5xx", stat: "Sum" };
  const latency = { ...of, metricName: "Latency", stat: "p99" };
  const serverErrorRate = errorShare(id, "5xx");
  const clientErrorRate = errorShare(id, "4xx");
  return {
    alarms: [
      {
        threshold: "serverErrors",
        id: "server-errors",
        periods: 2,
        description: `The ${subject} answers many requests with 5xx.`,
        metric: serverErrors,
        rollsBack: true,
      },
      {
        threshold: "serverErrorPercent",
        id: "server-error-rate",
        periods: 2,
        description: `The ${subject} answers a large share of its requests with 5xx.`,
        metric: serverErrorRate,
        rollsBack: true,
      },
      {
        threshold: "clientErrorPercent",
        id: "client-error-rate",
        periods: 2,
        description: `The ${subject} answers a large share of its requests with 4xx: they are wrong, or above the throttle (429).`,
        metric: clientErrorRate,
      },
      {
        threshold: "latencyMs",
        id: "latency",
        periods: 2,
        description: `The ${subject} answers one request in a hundred slowly.`,
        metric: latency,
      },
    ],
    widgets: [
      { title: "requests and 5xx", graphs: [requests, serverErrors] },
      { title: "5xx rate", graphs: [serverErrorRate] },
      { title: "4xx rate", graphs: [clientErrorRate], onlyWith: "clientErrorPercent" },
      { title: "latency, p99 (ms)", graphs: [latency] },
    ],
  };
}

/** ACM publishes the metric twice a day. */
const DAY_SECONDS = 86_400;

/**
 * The alarms and the widgets of a domain's own certificate. ACM renews it while its record is in the zone.
 * @see https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
 */
export function watchedCertificate(arn: string | undefined, subject: string): Watched {
  if (arn === undefined) return { alarms: [], widgets: [] };
  const of = { namespace: "AWS/CertificateManager", dimensions: { CertificateArn: arn } };
  const days = { ...of, metricName: "DaysToExpiry", stat: "Minimum", periodSeconds: DAY_SECONDS };
  return {
    alarms: [
      {
        threshold: "certificateDays",
        id: "certificate-expiry",
        description: `The certificate of the ${subject} ends soon, and ACM has not renewed it: its record must be in the zone.`,
        metric: days,
        isMinimum: true,
        // ACM publishes no more values once the certificate has ended.
        missingData: "ignore",
      },
    ],
    widgets: [{ title: "days until the certificate ends", graphs: [days] }],
  };
}

/** The alarms and the widgets of a function. */
export function watchedFunction(name: string, subject: string): Watched {
  const of = { namespace: "AWS/Lambda", dimensions: { FunctionName: name } };
  const errors = { ...of, metricName: "Errors", stat: "Sum" };
  const throttles = { ...of, metricName: "Throttles", stat: "Sum" };
  return {
    alarms: [
      {
        threshold: "functionErrors",
        id: "errors",
        description: `The ${subject} fails: Lambda retries scheduled runs, and the API answers requests with 500.`,
        metric: errors,
      },
      {
        threshold: "functionThrottles",
        id: "throttles",
        description: `Lambda throttles invocations, because the ${subject} has no free concurrency.`,
        metric: throttles,
      },
    ],
    widgets: [
      { title: "errors and throttles", graphs: [errors, throttles] },
      { title: "duration, p99 (ms)", graphs: [{ ...of, metricName: "Duration", stat: "p99" }] },
    ],
  };
}

/** The alarms and the widgets of a function that reads a stream. */
export function watchedConsumer(functionName: string, subject: string): Watched {
  const dimensions = { FunctionName: functionName };
  const age = { namespace: "AWS/Lambda", dimensions, metricName: "IteratorAge", stat: "Maximum" };
  return {
    alarms: [
      {
        threshold: "streamAgeSeconds",
        id: "age",
        description: `The ${subject} is late: it fails, or it is slower than the changes come. They are lost after a day.`,
        metric: age,
        factor: 1000,
      },
    ],
    widgets: [{ title: "age of the last change (ms)", graphs: [age] }],
  };
}

/** The alarms and the widgets of a table. */
export function watchedTable(name: string, subject: string): Watched {
  const of = { namespace: "AWS/DynamoDB", dimensions: { TableName: name }, stat: "Sum" };
  const writeThrottles = { ...of, metricName: "WriteThrottleEvents" };
  const readThrottles = { ...of, metricName: "ReadThrottleEvents" };
  return {
    alarms: [
      {
        threshold: "tableThrottles",
        id: "throttles",
        description: `The ${subject} throttles writes, because they exceed its capacity.`,
        metric: writeThrottles,
      },
      {
        threshold: "tableReadThrottles",
        id: "read-throttles",
        description: `The ${subject} throttles reads, because they exceed its capacity.`,
        metric: readThrottles,
      },
    ],
    widgets: [
      {
        title: "write units consumed, writes throttled",
        graphs: [{ ...of, metricName: "ConsumedWriteCapacityUnits" }, writeThrottles],
      },
      {
        title: "read units consumed, reads throttled",
        graphs: [{ ...of, metricName: "ConsumedReadCapacityUnits" }, readThrottles],
        onlyWith: "tableReadThrottles",
      },
    ],
  };
}

/** The alarms and the widgets of a queue that a function consumes. */
export function watchedQueue(name: string, subject: string): Watched {
  const of = { namespace: "AWS/SQS", dimensions: { QueueName: name }, stat: "Maximum" };
  const age = { ...of, metricName: "ApproximateAgeOfOldestMessage" };
  return {
    alarms: [
      {
        threshold: "queueAgeSeconds",
        id: "age",
        description: `The ${subject} has an old message: its consumer fails, or is slower than the messages come.`,
        metric: age,
      },
    ],
    widgets: [
      { title: "messages", graphs: [{ ...of, metricName: "ApproximateNumberOfMessagesVisible" }] },
      { title: "age of the oldest message (s)", graphs: [age] },
    ],
  };
}

/** The alarms and the widgets of a queue that should be empty. */
export function watchedDeadLetters(name: string, subject: string): Watched {
  const dimensions = { QueueName: name };
  const metric = {
    namespace: "AWS/SQS",
    dimensions,
    metricName: "ApproximateNumberOfMessagesVisible",
    stat: "Maximum",
  };
  return {
    alarms: [
      {
        threshold: "deadLetters",
        id: "messages",
        description: `The ${subject} has events that could not be delivered or processed.`,
        metric,
      },
    ],
    widgets: [{ title: "messages", graphs: [metric] }],
  };
}
