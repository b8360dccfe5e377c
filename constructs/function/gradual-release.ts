import type { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { CodedeployApp } from "@cdktf/provider-aws/lib/codedeploy-app";
import { CodedeployDeploymentConfig } from "@cdktf/provider-aws/lib/codedeploy-deployment-config";
import { CodedeployDeploymentGroup } from "@cdktf/provider-aws/lib/codedeploy-deployment-group";
import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import {
  LambdaFunctionEventInvokeConfig,
  type LambdaFunctionEventInvokeConfigConfig,
} from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { LambdaPermission, type LambdaPermissionConfig } from "@cdktf/provider-aws/lib/lambda-permission";
import { Lazy, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { rolePolicy } from "../access/role-policy";
import { serviceRole } from "../access/service-role";
import { addressOf, idOf, plainName } from "../address";
import type { HttpApi } from "../api/http-api";
import { ConstructError, requireWithin } from "../construct-error";
import { environmentOf } from "../environment";
import { AlarmTopic } from "../monitoring/alarm-topic";
import { addAlarm } from "../monitoring/alarms";
import type { Metric, MetricMath } from "../monitoring/metrics";
import { errorShare } from "../monitoring/watched";

/** The alias that callers invoke, and the name of the deployment group. The CodeDeploy application has the function's name. */
const ALIAS = "live";

/**
 * CodeDeploy's limits: the minutes between the first and the last shift, and the alarms of a deployment group.
 * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
 */
const MAX_MINUTES = 2880;
const MAX_ALARMS = 10;

/**
 * The shortest release, in minutes. CodeDeploy looks at alarms only while it shifts the traffic, and Lambda sends its
 * metrics each minute. So the first alarm can take some minutes.
 * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html
 */
const MIN_MINUTES = 5;

/** Lambda's limit of a statement's id, without the 26 characters that the provider adds. */
const MAX_STATEMENT_PREFIX = 74;
const MAX_ROLE_NAME = 64;

/** The period of the alarms that roll back, in seconds: CloudWatch's shortest for metrics of AWS. */
const PERIOD_SECONDS = 60;

/** Shifts the traffic to a new version: `percent` at once and the rest after `minutes`, or `percent` every `minutes`. */
export interface Shift {
  readonly mode: "canary" | "linear";
  /** The share of the invocations that each step moves, in percent (1 to 99). */
  readonly percent: number;
  /** The time between two steps, in minutes (1 to 2880). All steps together take 5 minutes at least and 2,880 at most. */
  readonly minutes: number;
}

interface RollbackReason {
  readonly description: string;
  readonly metric: Metric | MetricMath;
}

export interface GradualReleaseProps {
  readonly fn: LambdaFunction;
  readonly functionName: string;
  readonly shift: Shift;
  /** The configuration of asynchronous invocations, which the alias gets, too. */
  readonly asyncFailures: LambdaFunctionEventInvokeConfigConfig;
}

/**
 * Releases the versions of a function: callers invoke an alias, and CodeDeploy moves it from one version to the next, and
 * back if an alarm fires. Terraform creates the alias at the version that is published then, and never moves it.
 *
 * The function keeps its own permissions and its own configuration of asynchronous invocations beside those of the alias. So
 * the release can be switched on and off on a deployed system: `create_before_destroy`, which the state remembers, lets
 * Terraform delete the alias and its permissions only after the callers invoke the function again.
 */
export class GradualRelease extends Construct {
  readonly alias: LambdaAlias;
  private readonly asyncFailures: LambdaFunctionEventInvokeConfig;
  private readonly apis = new Set<HttpApi>();
  private readonly alarms: CloudwatchMetricAlarm[] = [];
  /** The topics of all other alarms. A release goes on without the command that would show its rollback. */
  private readonly topicArns = Lazy.listValue({
    produce: () => {
      const topics = TerraformStack.of(this)
        .node.findAll()
        .filter((each) => each instanceof AlarmTopic);
      return [...new Set(topics.map(({ topicArn }) => topicArn))];
    },
  });

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GradualReleaseProps,
  ) {
    super(scope, id);
    const { fn, functionName, shift } = props;
    this.check(shift);
    this.alias = new LambdaAlias(this, "alias", {
      name: ALIAS,
      functionName: fn.functionName,
      functionVersion: fn.version,
      lifecycle: { createBeforeDestroy: true, ignoreChanges: ["function_version", "routing_config"] },
    });
    this.asyncFailures = new LambdaFunctionEventInvokeConfig(this, "async-failures", {
      ...props.asyncFailures,
      qualifier: this.alias.name,
      lifecycle: { createBeforeDestroy: true },
    });
    this.addErrorAlarm();
    this.addDeploymentGroup(functionName, shift);
  }

  /** Lets a resource invoke the alias. */
  permit(caller: Construct, id: string, config: LambdaPermissionConfig): LambdaPermission {
    return new LambdaPermission(caller, `${id}-${ALIAS}`, {
      ...config,
      // Lambda refuses a second statement with the id of the one that it replaces.
      statementId: undefined,
      statementIdPrefix: plainName(`${addressOf(caller)}-${id}-${ALIAS}-`, MAX_STATEMENT_PREFIX),
      qualifier: this.alias.name,
      // A caller of the alias waits for its permissions, and so also for its configuration of asynchronous invocations.
      dependsOn: [this.asyncFailures],
      lifecycle: { createBeforeDestroy: true },
    });
  }

  /** Rolls back a release during which an API answers with 5xx. */
  watch(api: HttpApi): void {
    if (this.apis.has(api)) return;
    this.apis.add(api);
    const { shift } = this.props;
    // In its first step, a version that answers no request well fails this share of them, doubled.
    this.addRollbackAlarm(`server-errors-${idOf(api)}`, `5xx-${idOf(api)}`, shift.percent / 2, {
      description: "the API answers with 5xx",
      metric: errorShare(api.api.id, "5xx", PERIOD_SECONDS),
    });
  }

  private check({ mode, percent, minutes }: Shift): void {
    requireWithin(this, "percent (%)", percent, 1, 99);
    requireWithin(this, "minutes", minutes, 1, MAX_MINUTES);
    const isCanary = mode === "canary";
    const steps = isCanary ? 1 : Math.ceil(100 / percent);
    // CodeDeploy makes the first step of a linear release at once.
    const shifting = minutes * (isCanary ? 1 : steps - 1);
    const what = isCanary ? `a canary of ${minutes} minutes` : `${percent} % every ${minutes} minutes`;
    if (minutes * steps < MIN_MINUTES) {
      const change = isCanary ? "more minutes" : "less percent or more minutes";
      throw new ConstructError(
        this,
        `${what} is over before an alarm can roll it back; use ${change}, so that all steps take at least ${MIN_MINUTES} minutes`,
      );
    }
    if (shifting <= MAX_MINUTES) return;
    throw new ConstructError(
      this,
      `${what} take ${shifting} minutes; use more percent or fewer minutes, of at most ${MAX_MINUTES} minutes together`,
    );
  }

  /**
   * Errors of the former version, which keeps most invocations, must not keep its cure from being released. Terraform sets the
   * version when it publishes one.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html for the dimensions
   * @see https://github.com/aws/serverless-application-model/blob/develop/docs/safe_lambda_deployments.rst for all three
   */
  private addErrorAlarm(): void {
    const { functionName: FunctionName, version: ExecutedVersion } = this.props.fn;
    const dimensions = { FunctionName, Resource: `${FunctionName}:${ALIAS}`, ExecutedVersion };
    // The name ends as none of the alarms of a watched resource, which have the path of any construct.
    this.addRollbackAlarm("errors", "failures", 0, {
      description: "invocations of the new version fail",
      metric: { namespace: "AWS/Lambda", metricName: "Errors", dimensions, stat: "Sum", periodSeconds: PERIOD_SECONDS },
    });
  }

  private addRollbackAlarm(id: string, name: string, threshold: number, { description, metric }: RollbackReason): void {
    const { functionName } = this.props;
    const alarm = addAlarm(
      this,
      id,
      { metric, description: `Rolls back a release of ${functionName}: ${description}.` },
      { alarmName: `${functionName}-${ALIAS}-${name}`, threshold, topicArns: this.topicArns },
    );
    this.alarms.push(alarm);
  }

  private addDeploymentGroup(functionName: string, { mode, percent, minutes }: Shift): void {
    const { role, policy } = this.addRole(functionName);
    const app = new CodedeployApp(this, "application", { name: functionName, computePlatform: "Lambda" });
    const step = { interval: minutes, percentage: percent };
    const config = new CodedeployDeploymentConfig(this, "config", {
      // CodeDeploy cannot change a configuration, and refuses to delete one in use.
      deploymentConfigName: `${functionName}-${mode}-${percent}-${minutes}`,
      lifecycle: { createBeforeDestroy: true },
      computePlatform: "Lambda",
      trafficRoutingConfig:
        mode === "canary"
          ? { type: "TimeBasedCanary", timeBasedCanary: step }
          : { type: "TimeBasedLinear", timeBasedLinear: step },
    });
    new CodedeployDeploymentGroup(this, "group", {
      appName: app.name,
      deploymentGroupName: ALIAS,
      deploymentConfigName: config.deploymentConfigName,
      serviceRoleArn: role.arn,
      deploymentStyle: { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" },
      autoRollbackConfiguration: {
        enabled: true,
        // Without the last one, a stop in AWS's console could leave the alias with two versions, and later releases fail:
        // https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-deployments-lambda.html
        events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
      },
      // The APIs get their routes and their alarms later.
      alarmConfiguration: { enabled: true, alarms: Lazy.listValue({ produce: () => this.alarmNames() }) },
      dependsOn: [policy],
    });
  }

  private alarmNames(): string[] {
    const all = [...this.alarms, ...[...this.apis].flatMap(({ rollbackAlarms }) => rollbackAlarms)];
    if (all.length > MAX_ALARMS) {
      throw new ConstructError(
        this,
        `has ${all.length} alarms; route fewer APIs to the function, because CodeDeploy takes ${MAX_ALARMS} alarms`,
      );
    }
    return all.map(({ alarmName }) => alarmName);
  }

  /**
   * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambdaLimited.html
   * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/security_confused_deputy.html for the source of a
   *   deployment to Lambda: the deployment group
   */
  private addRole(functionName: string) {
    const { partition, region, accountId } = environmentOf(this);
    const group = `arn:${partition}:codedeploy:${region}:${accountId}:deploymentgroup:${functionName}/${ALIAS}`;
    const { arn } = this.props.fn;
    const role = serviceRole(this, "role", {
      roleName: plainName(`${functionName}-release`, MAX_ROLE_NAME),
      service: "codedeploy.amazonaws.com",
      condition: { test: "ArnEquals", variable: "aws:SourceArn", values: [group] },
    });
    const policy = rolePolicy(this, "move-alias", {
      policyName: "move-alias",
      role,
      statement: [
        {
          sid: "MoveAlias",
          actions: ["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"],
          resources: [arn, `${arn}:*`],
        },
        // AWS asks for it on all alarms, whichever the request names.
        { sid: "ReadAlarms", actions: ["cloudwatch:DescribeAlarms"], resources: ["*"] },
      ],
    });
    return { role, policy };
  }
}
