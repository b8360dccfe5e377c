import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { AlarmTopic } from "./alarm-topic";

/** The length of every alarm's period and of every point on the dashboard, in seconds. */
const PERIOD_SECONDS = 300;

export interface AlarmThresholds {
  /** API answers with 5xx in 300 s. */
  readonly serverErrors: number;
  /** The share of API answers with 5xx, in percent of the requests in 300 s. */
  readonly serverErrorPercent: number;
  /** Failed invocations of the function in 300 s. */
  readonly functionErrors: number;
  /** Invocations in 300 s that Lambda refused for want of concurrency. */
  readonly functionThrottles: number;
  /** Messages that wait in the dead-letter queue. */
  readonly deadLetters: number;
  /** Requests in 300 s that the table refused for want of capacity. */
  readonly tableThrottles: number;
}

export interface MonitoringProps {
  /** Gives a resource its physical name. */
  readonly name: (base: string) => string;
  readonly region: string;
  readonly accountId: string;
  /** Identifies the HTTP API. */
  readonly apiId: string;
  readonly functionName: string;
  readonly tableName: string;
  readonly queueName: string;
  /** Values above which an alarm fires. */
  readonly thresholds: AlarmThresholds;
  /**
   * The address that is told of every alarm.
   * @default - nobody is subscribed to the topic
   */
  readonly email?: string;
}

interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Record<string, string>;
  readonly stat: string;
}

interface MetricMath {
  /** CloudWatch metric math over `metrics`. */
  readonly expression: string;
  readonly label: string;
  /** The metrics, by the names that the expression gives them. */
  readonly metrics: Record<string, Metric>;
}

interface AlarmProps {
  readonly alarmName: string;
  readonly description: string;
  readonly of: Metric | MetricMath;
  readonly threshold: number;
  /** Periods in a row that must be above the threshold. */
  readonly periods: number;
}

/** Alarms on everything that users or operators would notice, all to one topic, and a dashboard of the same metrics. */
export class Monitoring extends Construct {
  readonly alarmTopic: AlarmTopic;
  readonly dashboard: CloudwatchDashboard;
  /** Where the dashboard is seen. */
  readonly dashboardUrl: string;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { name, thresholds } = props;
    this.alarmTopic = new AlarmTopic(this, "alarm-topic", {
      topicName: name("serverless-infrastructure-alarms"),
      accountId: props.accountId,
      email: props.email,
    });

    // HTTP APIs name this metric `5xx`, by ApiId; `5XX` by ApiName belongs to REST APIs and would never have data.
    const ofApi = { namespace: "AWS/ApiGateway", dimensions: { ApiId: props.apiId } };
    const serverErrors: Metric = { ...ofApi, metricName: "5xx", stat: "Sum" };
    const requests: Metric = { ...ofApi, metricName: "Count", stat: "Sum" };
    const latency: Metric = { ...ofApi, metricName: "Latency", stat: "p99" };
    const serverErrorRate: MetricMath = {
      expression: "IF(requests > 0, 100 * errors / requests, 0)",
      label: "5xx answers (%)",
      metrics: { errors: serverErrors, requests },
    };

    const ofFunction = { namespace: "AWS/Lambda", dimensions: { FunctionName: props.functionName } };
    const functionErrors: Metric = { ...ofFunction, metricName: "Errors", stat: "Sum" };
    const functionThrottles: Metric = { ...ofFunction, metricName: "Throttles", stat: "Sum" };
    const functionDuration: Metric = { ...ofFunction, metricName: "Duration", stat: "p99" };

    const ofTable = { namespace: "AWS/DynamoDB", dimensions: { TableName: props.tableName } };
    const tableThrottles: Metric = { ...ofTable, metricName: "WriteThrottleEvents", stat: "Sum" };
    const consumed: Metric = { ...ofTable, metricName: "ConsumedWriteCapacityUnits", stat: "Sum" };

    const deadLetters: Metric = {
      namespace: "AWS/SQS",
      dimensions: { QueueName: props.queueName },
      metricName: "ApproximateNumberOfMessagesVisible",
      stat: "Maximum",
    };

    this.addAlarm("server-errors", {
      alarmName: name("ApiGateway-5XX-Errors"),
      description: "The API answers many requests with 5xx.",
      of: serverErrors,
      threshold: thresholds.serverErrors,
      periods: 2,
    });
    this.addAlarm("server-error-rate", {
      alarmName: name("ApiGateway-5XX-Rate"),
      description: "The API answers a large share of its requests with 5xx.",
      of: serverErrorRate,
      threshold: thresholds.serverErrorPercent,
      periods: 2,
    });
    this.addAlarm("function-errors", {
      alarmName: name("RequestProcessor-Errors"),
      description: "The function fails: scheduled runs are retried, API requests are answered with 500.",
      of: functionErrors,
      threshold: thresholds.functionErrors,
      periods: 1,
    });
    this.addAlarm("function-throttles", {
      alarmName: name("RequestProcessor-Throttles"),
      description: "Lambda refuses invocations of the function for want of concurrency.",
      of: functionThrottles,
      threshold: thresholds.functionThrottles,
      periods: 1,
    });
    this.addAlarm("dead-letters", {
      alarmName: name("RequestProcessor-DeadLetters"),
      description: "Events that could not be delivered or processed wait in the dead-letter queue.",
      of: deadLetters,
      threshold: thresholds.deadLetters,
      periods: 1,
    });
    this.addAlarm("table-throttles", {
      alarmName: name("RequestTable-Throttles"),
      description: "The table refuses writes for want of capacity.",
      of: tableThrottles,
      threshold: thresholds.tableThrottles,
      periods: 1,
    });

    const dashboardName = name("serverless-infrastructure");
    this.dashboard = new CloudwatchDashboard(this, "dashboard", {
      dashboardName,
      dashboardBody: Fn.jsonencode({
        widgets: [
          { title: "API: requests and 5xx", graphs: [requests, serverErrors] },
          { title: "API: 5xx rate", graphs: [serverErrorRate] },
          { title: "API: latency, p99 (ms)", graphs: [latency] },
          { title: "Function: errors and throttles", graphs: [functionErrors, functionThrottles] },
          { title: "Function: duration, p99 (ms)", graphs: [functionDuration] },
          { title: "Table: write units consumed, writes throttled", graphs: [consumed, tableThrottles] },
          { title: "Dead-letter queue: messages", graphs: [deadLetters] },
        ].map(({ title, graphs }, index) => ({
          type: "metric",
          width: 12,
          height: 6,
          x: 12 * (index % 2),
          y: 6 * Math.floor(index / 2),
          properties: {
            title,
            region: props.region,
            period: PERIOD_SECONDS,
            view: "timeSeries",
            metrics: graphs.flatMap(graph),
          },
        })),
      }),
    });
    this.dashboardUrl = `https://${props.region}.console.aws.amazon.com/cloudwatch/home?region=${props.region}#dashboards/dashboard/${dashboardName}`;
  }

  private addAlarm(id: string, props: AlarmProps): void {
    const { of } = props;
    new CloudwatchMetricAlarm(this, id, {
      alarmName: props.alarmName,
      alarmDescription: props.description,
      comparisonOperator: "GreaterThanThreshold",
      threshold: props.threshold,
      evaluationPeriods: props.periods,
      treatMissingData: "notBreaching",
      alarmActions: [this.alarmTopic.topic.arn],
      okActions: [this.alarmTopic.topic.arn],
      ...("expression" in of
        ? {
            metricQuery: [
              { id: "value", expression: of.expression, label: of.label, returnData: true },
              ...Object.entries(of.metrics).map(([metricId, metric]) => ({
                id: metricId,
                metric: { ...metric, period: PERIOD_SECONDS },
              })),
            ],
          }
        : {
            namespace: of.namespace,
            metricName: of.metricName,
            dimensions: of.dimensions,
            statistic: of.stat,
            period: PERIOD_SECONDS,
          }),
    });
  }
}

/** The lines of a widget's `metrics` that draw one graph. */
function graph(of: Metric | MetricMath): unknown[] {
  if ("expression" in of) {
    return [
      [{ id: "value", expression: of.expression, label: of.label }],
      ...Object.entries(of.metrics).map(([id, metric]) => line(metric, { id, visible: false })),
    ];
  }
  return [line(of)];
}

function line({ namespace, metricName, dimensions, stat }: Metric, options: object = {}): unknown[] {
  return [namespace, metricName, ...Object.entries(dimensions).flat(), { stat, ...options }];
}
