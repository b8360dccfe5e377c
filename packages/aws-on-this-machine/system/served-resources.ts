import { randomBytes } from "node:crypto";
import { setImmediate, setTimeout } from "node:timers/promises";
import { UserError } from "@local/command-line/user-error";
import type { Aws } from "@local/terraform/aws";
import type { Place } from "../inventory/apis";
import { NO_RESOURCES, readInventory } from "../inventory/inventory";
import type { ResourceRef } from "../inventory/resource-ref";
import { fireOtherTargets } from "../inventory/schedules/other-targets";
import type { ScheduleResource } from "../inventory/schedules/schedules";
import { AlarmStates } from "../monitoring/alarm-states";
import type { SystemMetrics } from "../monitoring/system-metrics";
import { LogStream } from "../records/log-stream";
import type { FunctionRuns } from "../runs/function-runs";
import { Preparation } from "../secrets/preparation";
import type { InvokedFunction, ServedFunction } from "./functions/served-function";
import { ServedFunctions, type ServedFunctionsProps } from "./functions/served-functions";
import { InvokeServer, type WatchedObject } from "./invoke-server";
import { ServedApis, type ServedApisProps } from "./served-apis";
import { ServedEventSources } from "./served-event-sources";

/** The number of functions that get a process before their first event. The others start on demand. */
const WARM = 3;

/** The time that the events of queues and streams have at the end. Later, they return to their sources. */
const GRACE_MS = 3000;

export interface ServedResourcesProps
  extends Omit<ServedFunctionsProps, "openLog" | "logStreamName">,
    Pick<ServedApisProps, "runs" | "replays" | "apiServer"> {
  readonly endpoint: string;
  readonly aws: Aws;
  readonly place: Place;
  readonly functionRuns: FunctionRuns;
  readonly metrics: SystemMetrics;
  /** The path of local.env, if secrets have values there. */
  readonly localEnv?: string;
  /** An S3 object whose writes the emulator tells. */
  readonly watched?: WatchedObject;
  /** Whether Terraform may still create resources. */
  readonly isApplying: () => boolean;
}

/** The deployed resources that run here. */
export class ServedResources {
  inventory = NO_RESOURCES;
  readonly functions: ServedFunctions;
  readonly apis: ServedApis;
  readonly eventSources: ServedEventSources;
  private readonly preparation: Preparation;
  private readonly alarmStates: AlarmStates;
  private invokeServer: InvokeServer | undefined;
  private declaredLogGroups: ReadonlySet<string> = new Set();
  private updating: Promise<void> = Promise.resolve();

  constructor(private readonly props: ServedResourcesProps) {
    const { aws, metrics, onNotice } = props;
    this.alarmStates = new AlarmStates(aws.cloudwatch, () => metrics.alarms());
    const logStreamName = newLogStreamName();
    const open = (logGroupName: string, createsGroup?: () => boolean) =>
      new LogStream({
        createsGroup,
        logs: aws.logs,
        logGroupName,
        logStreamName,
        onError: ({ message }) => onNotice(`Log lines for ${logGroupName} are lost: ${message}`),
      });
    const { findFunction } = this;
    this.preparation = new Preparation({ ...props, iam: aws.iam, region: props.place.region });
    // Lambda creates a group that is missing, but Terraform could not create one that exists.
    const openLog = (group: string) => open(group, () => !props.isApplying() && !this.declaredLogGroups.has(group));
    this.functions = new ServedFunctions({ ...props, openLog, logStreamName });
    this.apis = new ServedApis({ ...props, findFunction, openLog: open });
    this.eventSources = new ServedEventSources({ ...props, findFunction });
  }

  /** Finds a function by its ARN, which may have a version or an alias. */
  readonly findFunction = (arn: string, version?: string): InvokedFunction | undefined =>
    this.functions.find(arn, version);

  /** Reads the deployed resources, and serves them from now on. Requests and events under way go on. */
  update(refs: readonly ResourceRef[]): Promise<void> {
    const done = this.updating.then(() => this.readAndServe(refs));
    this.updating = done.catch(() => {});
    return done;
  }

  /** Sends the event of a schedule to its targets that are no functions. Throws a UserError if it has no target that runs here. */
  async fireOtherTargets({ arn, name, targets }: ScheduleResource, time: Date): Promise<void> {
    const notices = await fireOtherTargets(this.props.endpoint, arn, time);
    for (const notice of notices) this.props.onNotice(notice);
    const hasFunction = targets.some((target) => this.findFunction(target.arn));
    if (notices.length === 0 && !hasFunction) throw new UserError(`${name} has no target that runs here.`);
  }

  /** Loads a few functions, so that their first event need not wait. Functions with routes come first. */
  async warmUp(): Promise<void> {
    const uris = this.inventory.apis.flatMap(({ integrations }) =>
      integrations.map((each) => each.IntegrationUri ?? ""),
    );
    const isRouted = ({ arn }: ServedFunction) => uris.some((uri) => /^(?:[:/].*)?$/.test(uri.split(arn)[1] ?? "-"));
    const sorted = this.functions.all.sort((one, other) => Number(isRouted(other)) - Number(isRouted(one)));
    await Promise.all(sorted.slice(0, WARM).map(({ live }) => live.warmUp()));
  }

  /** Answers the requests under way, ends the event sources and the functions, and sends the rest of the logs. */
  async stop(): Promise<void> {
    await this.updating;
    this.alarmStates.stop();
    const sourcesEnd = this.eventSources.stop();
    const grace = setTimeout(GRACE_MS, undefined, { ref: false });
    await Promise.all([this.apis.stop(), Promise.race([sourcesEnd, grace])]);
    await this.functions.stop();
    await sourcesEnd;
    await this.props.functionRuns.settled();
    await this.invokeServer?.stop();
    // The gateways first log the requests that have just ended.
    await setImmediate();
    await Promise.all([this.apis.flush(), ...this.functions.all.map(({ log }) => log.flush())]);
  }

  private async readAndServe(refs: readonly ResourceRef[]): Promise<void> {
    const { aws, place, endpoint, metrics, functionRuns, watched } = this.props;
    const inventory = await readInventory(aws, refs, place);
    this.declaredLogGroups = new Set(refs.flatMap(({ type, id }) => (type === "aws_cloudwatch_log_group" ? id : [])));
    await this.preparation.prepare(inventory.functions.map(({ configuration }) => configuration));
    // Functions first, because the others invoke them.
    await this.functions.update(inventory.functions);
    this.inventory = inventory;
    metrics.update(inventory);
    this.alarmStates.update(inventory.alarms);
    this.invokeServer ??= await InvokeServer.start({
      endpoint,
      functionRuns,
      findFunction: this.findFunction,
      onAliasChange: (arn) => this.functions.followAliases(arn),
      watched,
    });
    await this.apis.update(inventory.apis, inventory.domains);
    await this.eventSources.update(inventory.eventSources);
    this.functions.endOthers(inventory.functions);
  }
}

/** A log stream's name in Lambda's format. */
function newLogStreamName(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
}
