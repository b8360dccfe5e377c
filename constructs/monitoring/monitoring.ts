import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { Fn, Lazy, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { addressOf, idOf } from "../address";
import { CustomDomain } from "../api/custom-domain";
import { HttpApi } from "../api/http-api";
import { environmentOf } from "../environment";
import { DeadLetterQueue } from "../events/dead-letter-queue";
import { Queue } from "../events/queue";
import type { PythonFunction } from "../function/python-function";
import { StreamConsumer } from "../function/stream-consumer";
import { Table } from "../storage/table";
import { AlarmTopic, type AlarmTopicProps } from "./alarm-topic";
import { addAlarm } from "./alarms";
import { dashboardBody } from "./dashboard";
import type { Thresholds, Watched, WidgetSpec } from "./metrics";
import {
  watchedApi,
  watchedCertificate,
  watchedConsumer,
  watchedDeadLetters,
  watchedFunction,
  watchedQueue,
  watchedTable,
} from "./watched";

export interface MonitoringProps extends AlarmTopicProps {
  /**
   * Dashboard name, unique in the account.
   * @default - there is no dashboard
   */
  readonly dashboardName?: string;
  /** The domain of the console, which differs between AWS's partitions. */
  readonly consoleDomain: string;
  readonly thresholds: Thresholds;
}

export interface WatchProps {
  /**
   * The resource in titles and descriptions, such as `Orders`.
   * @default - its kind and its path, such as `Function orders`
   */
  readonly label?: string;
  /**
   * Values for this resource, beside those of the settings. `undefined` leaves an alarm out.
   * @default - the settings' values
   */
  readonly thresholds?: Thresholds;
  /**
   * Names of alarms, by their thresholds.
   * @default - the resource's path and the alarm
   */
  readonly alarmNames?: Readonly<Partial<Record<keyof Thresholds, string>>>;
}

/** A resource that can be watched. */
export type Watchable = HttpApi | CustomDomain | PythonFunction | StreamConsumer | Table | Queue | DeadLetterQueue;

/**
 * Alarms on everything that users or operators would notice, all to one topic, and a dashboard of the same metrics.
 *
 * @example
 * const emails = new Queue(this, "emails");
 * monitoring.watch(emails);
 */
export class Monitoring extends Construct {
  readonly dashboardUrl?: string;
  /** The topic of all alarms. */
  readonly topicArn: string;
  private readonly widgets: WidgetSpec[] = [];
  private readonly watched = new Set<Watchable>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: MonitoringProps,
  ) {
    super(scope, id);
    const { dashboardName, consoleDomain } = props;
    this.topicArn = new AlarmTopic(this, "alarm-topic", props).topicArn;
    if (!dashboardName) return;
    const { region } = environmentOf(this);
    // Scanners of HCL cannot read an expression that holds the whole body.
    const body = new TerraformLocal(
      this,
      "dashboard-body",
      Lazy.anyValue({ produce: () => dashboardBody(this.widgets, region) }),
    );
    new CloudwatchDashboard(this, "dashboard", { dashboardName, dashboardBody: Fn.jsonencode(body.expression) });
    this.dashboardUrl = `https://${region}.${consoleDomain}/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboardName}`;
  }

  /**
   * Adds the alarms of a resource, and its widgets to the dashboard: of an API, a domain, a function, a table, a queue, a
   * dead-letter queue or the consumer of a stream. A function and a queue bring the dead-letter queue of their own. A
   * domain with a certificate from elsewhere has none.
   *
   * @example
   * const emails = new Queue(this, "emails");
   * monitoring.watch(emails, { thresholds: { queueAgeSeconds: 60 } });
   */
  watch(resource: Watchable, props: WatchProps = {}): void {
    if (this.watched.has(resource)) return;
    this.watched.add(resource);
    const { kind, of } = kindOf(resource);
    const { label = `${kind} ${addressOf(resource)}`, alarmNames = {} } = props;
    const { alarms, widgets } = of(label.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase()));
    const thresholds: Thresholds = { ...this.props.thresholds, ...props.thresholds };
    for (const spec of alarms) {
      const threshold = thresholds[spec.threshold];
      if (threshold === undefined) continue;
      const alarmName = alarmNames[spec.threshold] ?? this.alarmName(resource, spec.id);
      const topicArns = [this.topicArn];
      const alarm = addAlarm(this, `${idOf(resource)}-${spec.id}`, spec, { alarmName, threshold, topicArns });
      if (spec.rollsBack && resource instanceof HttpApi) resource.rollBackAt(alarm);
    }
    for (const { title, graphs, onlyWith } of widgets) {
      if (!onlyWith || thresholds[onlyWith] !== undefined) this.widgets.push({ title: `${label}: ${title}`, graphs });
    }
    const ownQueue = resource.node.tryFindChild("dead-letters");
    if (ownQueue instanceof DeadLetterQueue) this.watch(ownQueue);
  }

  private alarmName(resource: Watchable, alarm: string): string {
    return environmentOf(this).physicalName(`${addressOf(resource).replaceAll("/", "-")}-${alarm}`);
  }
}

/** A resource's kind, and how to get its alarms and widgets. */
function kindOf(resource: Watchable): { kind: string; of: (subject: string) => Watched } {
  if (resource instanceof HttpApi) return { kind: "API", of: (subject) => watchedApi(resource.api.id, subject) };
  if (resource instanceof CustomDomain) {
    return { kind: "Domain", of: (subject) => watchedCertificate(resource.certificate?.arn, subject) };
  }
  if (resource instanceof Table) return { kind: "Table", of: (subject) => watchedTable(resource.table.name, subject) };
  if (resource instanceof Queue) return { kind: "Queue", of: (subject) => watchedQueue(resource.queue.name, subject) };
  if (resource instanceof DeadLetterQueue) {
    return { kind: "Dead-letter queue", of: (subject) => watchedDeadLetters(resource.queue.name, subject) };
  }
  const { functionName } = (resource instanceof StreamConsumer ? resource.fn : resource).function;
  return resource instanceof StreamConsumer
    ? { kind: "Stream consumer", of: (subject) => watchedConsumer(functionName, subject) }
    : { kind: "Function", of: (subject) => watchedFunction(functionName, subject) };
}
