import { createHash } from "node:crypto";
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  BatchGetDeploymentsCommand,
  CreateDeploymentCommand,
  type DeploymentInfo,
  type DeploymentStatus,
  GetDeploymentCommand,
  GetDeploymentConfigCommand,
  GetDeploymentGroupCommand,
  GetDeploymentTargetCommand,
  ListDeploymentsCommand,
  ListDeploymentTargetsCommand,
  paginateListDeployments,
  StopDeploymentCommand,
} from "@aws-sdk/client-codedeploy";
import {
  DeleteFunctionCommand,
  type FunctionConfiguration,
  GetAliasCommand,
  paginateListAliases,
  paginateListVersionsByFunction,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import { UserError } from "@local/command-line/user-error";
import type { Aws } from "../aws";
import type { GradualFunction } from "./gradual-functions";
import { ReleaseHistory, type Shift } from "./release-history";

const RUNNING: DeploymentStatus[] = ["Created", "Queued", "InProgress", "Baking", "Ready"];

/** CodeDeploy's own configuration that shifts all traffic in one step. */
const AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce";

/** The deployments that CodeDeploy describes in one answer. */
const BATCH = 25;

/** The clocks of two services of AWS can differ. */
const CLOCK_SKEW_MS = 60_000;

export interface Traffic {
  /** The version that gets the invocations that no other version gets. */
  readonly version: string;
  /** The share of another version during a release. */
  readonly shifted?: { readonly version: string; readonly percent: number };
}

export interface Versions {
  /** The oldest first. */
  readonly published: readonly FunctionConfiguration[];
  /** The unpublished code and configuration. */
  readonly latest: FunctionConfiguration | undefined;
}

export interface Alarm {
  readonly name: string;
  readonly isFiring: boolean;
  /** Whether CloudWatch has not yet evaluated the alarm since its configuration changed: its state is the former one's. */
  readonly isStale: boolean;
}

export interface Running {
  readonly id: string;
  /** Whether CodeDeploy itself takes a release back. Stopping that would leave the traffic with the bad version. */
  readonly isRollback: boolean;
}

export interface StartProps {
  readonly from: string;
  readonly to: string;
  /**
   * Whether the traffic moves in one step.
   * @default - as the deployment group's configuration says
   */
  readonly atOnce?: boolean | undefined;
  /** Whether an alarm neither stops the release nor rolls it back. */
  readonly ignoresAlarms?: boolean;
}

/** The calls to AWS for the releases of one function. */
export class ReleaseClient {
  private readonly group: { readonly applicationName: string; readonly deploymentGroupName: string };

  constructor(
    private readonly aws: Aws,
    readonly fn: GradualFunction,
  ) {
    this.group = { applicationName: fn.functionName, deploymentGroupName: fn.alias };
  }

  async traffic(): Promise<Traffic> {
    const { functionName: FunctionName, alias: Name } = this.fn;
    const { FunctionVersion = "", RoutingConfig } = await this.aws.lambda
      .send(new GetAliasCommand({ FunctionName, Name }))
      .catch((error) => {
        if (error.name !== "ResourceNotFoundException") throw error;
        throw new UserError(`${FunctionName} has no alias ${Name} yet; deploy with npm run plan and npm run apply.`);
      });
    const [shifted] = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {});
    if (!shifted) return { version: FunctionVersion };
    return { version: FunctionVersion, shifted: { version: shifted[0], percent: Math.round(100 * shifted[1]) } };
  }

  async versions(): Promise<Versions> {
    const found: FunctionConfiguration[] = [];
    const { functionName: FunctionName } = this.fn;
    for await (const page of paginateListVersionsByFunction({ client: this.aws.lambda }, { FunctionName })) {
      found.push(...(page.Versions ?? []));
    }
    const published = found.filter(({ Version }) => Version !== "$LATEST").sort((a, b) => numberOf(a) - numberOf(b));
    return {
      published,
      latest: found.find(({ Version }) => Version === "$LATEST"),
    };
  }

  /** The names of the alarms that stop a release. */
  async alarmNames(): Promise<string[]> {
    const { deploymentGroupInfo } = await this.aws.codedeploy.send(new GetDeploymentGroupCommand(this.group));
    return (deploymentGroupInfo?.alarmConfiguration?.alarms ?? []).flatMap(({ name }) => name ?? []);
  }

  async alarms(AlarmNames: string[]): Promise<Alarm[]> {
    if (AlarmNames.length === 0) return [];
    const { MetricAlarms = [] } = await this.aws.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames }));
    return MetricAlarms.map(({ AlarmName: name = "", StateValue, ...times }) => ({
      name,
      isFiring: StateValue === "ALARM",
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html: an update keeps the state.
      isStale: Number(times.AlarmConfigurationUpdatedTimestamp) > Number(times.StateUpdatedTimestamp),
    }));
  }

  /** The time that a release takes, in seconds; undefined if it shifts the traffic at once. */
  async seconds({ deploymentConfigName }: DeploymentInfo): Promise<number | undefined> {
    const { deploymentConfigInfo } = await this.aws.codedeploy.send(
      new GetDeploymentConfigCommand({ deploymentConfigName }),
    );
    const { timeBasedCanary, timeBasedLinear } = deploymentConfigInfo?.trafficRoutingConfig ?? {};
    if (timeBasedCanary) return 60 * (timeBasedCanary.canaryInterval ?? 0);
    const { linearInterval = 0, linearPercentage = 100 } = timeBasedLinear ?? {};
    return timeBasedLinear && 60 * linearInterval * (Math.ceil(100 / linearPercentage) - 1);
  }

  /** The deployment in progress. */
  async running(): Promise<Running | undefined> {
    const input = { ...this.group, includeOnlyStatuses: RUNNING };
    const { deployments: [id] = [] } = await this.aws.codedeploy.send(new ListDeploymentsCommand(input));
    if (id === undefined) return undefined;
    const [deployment] = await this.describe([id]);
    return { id, isRollback: deployment?.creator === "codeDeployRollback" };
  }

  /** The deployments since a version was published, except those that failed before they moved an invocation. */
  async historySince({ LastModified = "" }: FunctionConfiguration): Promise<ReleaseHistory> {
    const start = new Date(Date.parse(LastModified) - CLOCK_SKEW_MS);
    const found: DeploymentInfo[] = [];
    const input = { ...this.group, createTimeRange: { start } };
    for await (const { deployments = [] } of paginateListDeployments({ client: this.aws.codedeploy }, input)) {
      for (let index = 0; index < deployments.length; index += BATCH) {
        found.push(...(await this.describe(deployments.slice(index, index + BATCH))));
      }
    }
    const shifts: Shift[] = [];
    for (const deployment of found.sort((a, b) => Number(b.createTime) - Number(a.createTime))) {
      const { deploymentId = "", status, completeTime: endedAt } = deployment;
      const shift = await this.shift(deploymentId);
      if (shift) shifts.push({ ...shift, isDone: status === "Succeeded", endedAt });
    }
    return new ReleaseHistory(shifts);
  }

  async start({ from, to, atOnce, ignoresAlarms }: StartProps): Promise<string> {
    const { functionName, alias } = this.fn;
    const Properties = { Name: functionName, Alias: alias, CurrentVersion: from, TargetVersion: to };
    const resource = JSON.stringify({ [functionName]: { Type: "AWS::Lambda::Function", Properties } });
    // JSON.stringify would write the version as 0.
    // https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure.html
    const content = `{"version":0.0,"Resources":[${resource}]}`;
    const sha256 = createHash("sha256").update(content).digest("hex");
    const { deploymentId = "" } = await this.aws.codedeploy.send(
      new CreateDeploymentCommand({
        ...this.group,
        revision: { revisionType: "AppSpecContent", appSpecContent: { content, sha256 } },
        description: `Version ${from} to ${to}`,
        deploymentConfigName: atOnce ? AT_ONCE : undefined,
        overrideAlarmConfiguration: ignoresAlarms ? { enabled: false } : undefined,
      }),
    );
    return deploymentId;
  }

  async deployment(deploymentId: string): Promise<DeploymentInfo> {
    const { deploymentInfo } = await this.aws.codedeploy.send(new GetDeploymentCommand({ deploymentId }));
    return deploymentInfo ?? {};
  }

  /** Stops a deployment, unless it has ended, and lets CodeDeploy move the traffic back. */
  async stop(deploymentId: string): Promise<void> {
    const command = new StopDeploymentCommand({ deploymentId, autoRollbackEnabled: true });
    await this.aws.codedeploy.send(command).catch(unless("DeploymentAlreadyCompletedException"));
  }

  /**
   * Moves all traffic to a version without CodeDeploy, whose deployments fail while an alias has two versions.
   * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-deployments-lambda.html
   */
  async moveAll(FunctionVersion: string): Promise<void> {
    const { functionName: FunctionName, alias: Name } = this.fn;
    const RoutingConfig = { AdditionalVersionWeights: {} };
    await this.aws.lambda.send(new UpdateAliasCommand({ FunctionName, Name, FunctionVersion, RoutingConfig }));
  }

  /** The versions between which a deployment shifts the traffic; undefined if CodeDeploy has not begun. */
  async shift(deploymentId: string): Promise<{ readonly from: string; readonly to: string } | undefined> {
    const { codedeploy } = this.aws;
    const notBegun = unless("DeploymentNotStartedException");
    const targets = await codedeploy.send(new ListDeploymentTargetsCommand({ deploymentId })).catch(notBegun);
    const [targetId] = targets?.targetIds ?? [];
    if (targetId === undefined) return undefined;
    const target = await codedeploy.send(new GetDeploymentTargetCommand({ deploymentId, targetId })).catch(notBegun);
    const { currentVersion, targetVersion } = target?.deploymentTarget?.lambdaTarget?.lambdaFunctionInfo ?? {};
    return currentVersion && targetVersion ? { from: currentVersion, to: targetVersion } : undefined;
  }

  /** Deletes the versions before the newest ones, except those that an alias or a deployment since the newest one names. */
  async keepNewest(count: number): Promise<void> {
    const { functionName: FunctionName } = this.fn;
    const { published } = await this.versions();
    const old = published.slice(0, -count).map(({ Version = "" }) => Version);
    const newest = published.at(-1);
    if (!newest || old.length === 0) return;
    const named = new Set<string>();
    // A rollback leads to the version from which the latest release came, however old it is.
    for (const { from, to } of (await this.historySince(newest)).shifts) named.add(from).add(to);
    for await (const { Aliases = [] } of paginateListAliases({ client: this.aws.lambda }, { FunctionName })) {
      for (const { FunctionVersion = "", RoutingConfig } of Aliases) {
        for (const each of [FunctionVersion, ...Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {})]) {
          named.add(each);
        }
      }
    }
    for (const Qualifier of old.filter((version) => !named.has(version))) {
      await this.aws.lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier }));
    }
  }

  private async describe(deploymentIds: string[]): Promise<DeploymentInfo[]> {
    const { deploymentsInfo = [] } = await this.aws.codedeploy.send(new BatchGetDeploymentsCommand({ deploymentIds }));
    return deploymentsInfo;
  }
}

/** Ignores one error of AWS. */
function unless(name: string) {
  return (error: Error): undefined => {
    if (error.name !== name) throw error;
  };
}

function numberOf({ Version }: FunctionConfiguration): number {
  return Number(Version);
}
