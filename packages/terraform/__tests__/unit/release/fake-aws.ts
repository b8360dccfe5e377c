import { type Aws, connectAws } from "../../../aws";

interface Deployment {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly createTime: Date;
  completeTime?: Date;
  readonly config?: string;
  readonly ignoresAlarms: boolean;
  readonly creator: "user" | "codeDeployRollback";
  status: string;
  looks: number;
  errorInformation?: { code: string; message: string };
  rollbackDeploymentId?: string;
}

/**
 * A function that CodeDeploy releases: a canary release takes two looks, and an alarm that fires rolls it back. A deployment
 * fails if the alias has weights already, as AWS's do.
 */
export class FakeAws {
  versions: { Version: string; CodeSha256: string; Timeout: number; Role: string; LastModified: string }[] = [];
  latestCode = "";
  timeout = 10;
  role = "orders-role";
  live = "";
  shifted: Record<string, number> = {};
  alarms: Record<string, "OK" | "ALARM"> = { "orders-live-failures": "OK", "api-5xx": "OK" };
  readonly deployments: Deployment[] = [];
  readonly requests: string[] = [];
  /** The routing of the deployment group's configuration. */
  routing: object = { timeBasedCanary: { canaryInterval: 5 } };
  /** Why deployments fail before they start. */
  failsToStart = "";
  /** The alarms whose configuration has changed since CloudWatch evaluated them. */
  readonly stale = new Set<string>();
  /** Answers before the fake does, such as with an error. */
  before: (name: string) => void = () => {};

  readonly aws = this.connect();

  /** Publishes a version, as Terraform does. The first one is live. */
  publish(): string {
    const Version = String(this.versions.length + 1);
    this.latestCode = `code ${Version}`;
    const LastModified = new Date().toISOString();
    const { latestCode: CodeSha256, timeout: Timeout, role: Role } = this;
    this.versions.push({ Version, CodeSha256, Timeout, Role, LastModified });
    this.live ||= Version;
    return Version;
  }

  /** The SDK's paginators take only clients of their own. */
  private connect(): Aws {
    const clients = connectAws({ endpoint: "http://127.0.0.1:1", region: "eu-central-1" });
    // biome-ignore lint/suspicious/noExplicitAny: the inputs of all commands
    const send = async (command: any) => {
      const name = command.constructor.name.replace("Command", "");
      this.requests.push(name);
      this.before(name);
      return this.answer(name, command.input);
    };
    for (const client of [clients.lambda, clients.codedeploy, clients.cloudwatch]) Object.assign(client, { send });
    return clients;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the inputs of all commands
  private answer(name: string, input: any): unknown {
    const answers: Record<string, () => unknown> = {
      GetAlias: () => ({ FunctionVersion: this.live, RoutingConfig: { AdditionalVersionWeights: this.shifted } }),
      ListAliases: () => ({ Aliases: [{ FunctionVersion: this.live }, { FunctionVersion: "2" }] }),
      ListVersionsByFunction: () => ({
        Versions: [
          { Version: "$LATEST", CodeSha256: this.latestCode, Timeout: this.timeout, Role: this.role },
          ...this.versions,
        ],
      }),
      UpdateAlias: () => {
        this.live = input.FunctionVersion;
        this.shifted = input.RoutingConfig.AdditionalVersionWeights;
      },
      DeleteFunction: () => {
        this.versions = this.versions.filter(({ Version }) => Version !== input.Qualifier);
      },
      GetDeploymentGroup: () => ({
        deploymentGroupInfo: {
          alarmConfiguration: { alarms: Object.keys(this.alarms).map((each) => ({ name: each })) },
        },
      }),
      DescribeAlarms: () => ({
        MetricAlarms: input.AlarmNames.map((AlarmName: string) => ({
          AlarmName,
          StateValue: this.alarms[AlarmName],
          StateUpdatedTimestamp: new Date(2000),
          AlarmConfigurationUpdatedTimestamp: new Date(this.stale.has(AlarmName) ? 3000 : 1000),
        })),
      }),
      GetDeploymentConfig: () => ({
        deploymentConfigInfo: { trafficRoutingConfig: this.routing },
      }),
      ListDeployments: () => ({
        deployments: this.deployments
          .filter(({ status }) => !input.includeOnlyStatuses || input.includeOnlyStatuses.includes(status))
          .map(({ id }) => id),
      }),
      BatchGetDeployments: () => ({ deploymentsInfo: input.deploymentIds.map((id: string) => this.info(id)) }),
      GetDeployment: () => {
        this.goOn(input.deploymentId);
        return { deploymentInfo: this.info(input.deploymentId) };
      },
      ListDeploymentTargets: () => {
        const { status, looks } = this.find(input.deploymentId);
        if (status === "Failed" && looks === 0) throw refusal("DeploymentNotStartedException");
        return { targetIds: ["orders:live"] };
      },
      GetDeploymentTarget: () => {
        const { from, to } = this.find(input.deploymentId);
        const lambdaFunctionInfo = { currentVersion: from, targetVersion: to };
        return { deploymentTarget: { lambdaTarget: { lambdaFunctionInfo } } };
      },
      CreateDeployment: () => ({ deploymentId: this.create(input) }),
      StopDeployment: () => this.stop(this.find(input.deploymentId)),
    };
    const answer = answers[name];
    if (!answer) throw new Error(`The fake does not know ${name}`);
    return answer();
  }

  // biome-ignore lint/suspicious/noExplicitAny: the input of a command
  private create({ revision, deploymentConfigName, overrideAlarmConfiguration }: any): string {
    const { Resources } = JSON.parse(revision.appSpecContent.content);
    const { CurrentVersion, TargetVersion } = Resources[0].orders.Properties;
    const ignoresAlarms = overrideAlarmConfiguration?.enabled === false;
    return this.add(CurrentVersion, TargetVersion, deploymentConfigName, ignoresAlarms);
  }

  /** Starts a deployment. */
  add(from: string, to: string, config?: string, ignoresAlarms = false): string {
    const id = `d-${this.deployments.length + 1}`;
    // Two of the same millisecond would have no order.
    const createTime = new Date(Date.now() + this.deployments.length);
    const creator = "user" as const;
    this.deployments.push({ id, from, to, createTime, config, ignoresAlarms, creator, status: "InProgress", looks: 0 });
    return id;
  }

  /** Lets a deployment fail where it is, without a rollback. */
  fail(id: string, message: string): void {
    Object.assign(this.find(id), { status: "Failed", errorInformation: { code: "INTERNAL_ERROR", message } });
  }

  private stop(deployment: Deployment): void {
    if (deployment.status !== "InProgress") throw refusal("DeploymentAlreadyCompletedException");
    this.rollBack(deployment, "MANUAL_STOP", "Stopped by the user.");
  }

  private find(id: string): Deployment {
    return this.deployments.find((each) => each.id === id) as Deployment;
  }

  private info(id: string) {
    const { rollbackDeploymentId, ...deployment } = this.find(id);
    return { ...deployment, deploymentId: id, rollbackInfo: rollbackDeploymentId ? { rollbackDeploymentId } : {} };
  }

  private goOn(id: string): void {
    const deployment = this.find(id);
    if (deployment.status !== "InProgress") return;
    const isTwice = deployment.looks === 0 && deployment.creator === "user" && Object.keys(this.shifted).length > 0;
    const failure = isTwice ? "The alias has two versions." : this.failsToStart;
    if (failure) {
      this.fail(id, failure);
      return;
    }
    const firing = Object.keys(this.alarms).filter((name) => this.alarms[name] === "ALARM");
    if (firing.length > 0 && !deployment.ignoresAlarms) {
      const names = firing.map((name) => `<${name}>`).join(" ");
      this.rollBack(deployment, "ALARM_ACTIVE", `One or more alarms have been activated. Activated alarms: ${names}`);
      return;
    }
    deployment.looks += 1;
    if (deployment.looks === 1 && !deployment.config) {
      this.shifted = { [deployment.to]: 0.1 };
      return;
    }
    this.shifted = {};
    this.live = deployment.to;
    deployment.status = "Succeeded";
    deployment.completeTime = new Date();
  }

  private rollBack(deployment: Deployment, code: string, message: string): void {
    deployment.status = "Stopped";
    deployment.errorInformation = { code, message };
    const { from, to } = deployment;
    const id = this.add(to, from, "CodeDeployDefault.LambdaAllAtOnce", true);
    Object.assign(this.find(id), { creator: "codeDeployRollback" });
    deployment.rollbackDeploymentId = id;
  }
}

function refusal(name: string): Error {
  return Object.assign(new Error(name), { name });
}
