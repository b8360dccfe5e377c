import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { Fn, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { AlarmTopic, type AlarmTopicProps } from "./alarm-topic";
import { type AlarmsProps, addAlarms } from "./alarms";
import { dashboardBody } from "./dashboard";
import { type Monitored, systemMetrics } from "./metrics";

export interface MonitoringProps extends Monitored, AlarmTopicProps, AlarmsProps {
  /**
   * Dashboard name, unique in the account.
   * @default - there is no dashboard
   */
  readonly dashboardName?: string;
  readonly region: string;
  /** The domain of the console, which differs between AWS's partitions. */
  readonly consoleDomain: string;
}

/** Alarms on everything that users or operators would notice, all to one topic, and a dashboard of the same metrics. */
export class Monitoring extends Construct {
  readonly dashboardUrl?: string;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { region, dashboardName, consoleDomain } = props;
    const { topic } = new AlarmTopic(this, "alarm-topic", props);
    const metrics = systemMetrics(props);
    addAlarms(this, metrics, topic, props);
    if (!dashboardName) return;
    // Scanners of HCL cannot read an expression that holds the whole body.
    const body = new TerraformLocal(this, "dashboard-body", dashboardBody(metrics, region));
    new CloudwatchDashboard(this, "dashboard", { dashboardName, dashboardBody: Fn.jsonencode(body.expression) });
    this.dashboardUrl = `https://${region}.${consoleDomain}/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboardName}`;
  }
}
