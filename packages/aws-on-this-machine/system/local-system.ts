import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { UserError } from "@local/command-line/user-error";
import { type Aws, connectAws } from "@local/terraform/aws";
import type { CodeSource } from "../function/code/code-source";
import type { Debugging } from "../function/debugging/debugging";
import type { LogEntry } from "../function/invocation";
import { findTokenIssuer } from "../gateway/authorizers/jwt-authorizer";
import type { Place } from "../inventory/apis";
import { findByName } from "../inventory/find-by-name";
import type { ResourceRef } from "../inventory/resource-ref";
import { SystemMetrics } from "../monitoring/system-metrics";
import { ArchivedLogs } from "../records/archived-logs";
import { AwsCalls } from "../records/aws-calls";
import { Destinations } from "../records/destinations";
import type { LogStream } from "../records/log-stream";
import { Queues } from "../records/queues";
import { TableItems } from "../records/table-items";
import { FunctionRuns } from "../runs/function-runs";
import { LogBook } from "../runs/log-book";
import { readLogLine } from "../runs/log-line";
import type { Item, LogLine, Run, RunSummary } from "../runs/run";
import { describeRun, readStored } from "../runs/run-details";
import { RunStore } from "../runs/run-store";
import { ChangeHub } from "./change-hub";
import { findApiUrl, HttpClient, rawRequest, repeatedRequest } from "./http-client";
import type {
  ArchivedLog,
  Change,
  InvokeResult,
  MetricSeries,
  QueueMessage,
  RunningSystem,
  ScheduleRun,
  StacksState,
  SystemSummary,
  TestAnswer,
  TestRequest,
} from "./running-system";
import { ServedResources, type ServedResourcesProps } from "./served-resources";
import { findDeadLetterArns, summarizeApi, summarizeFunction, summarizeSchedule } from "./summary";

export interface LocalSystemProps extends Pick<ServedResourcesProps, "watched"> {
  readonly endpoint: string;
  readonly region: string;
  /** The deployed stack, such as `orders-staging`. */
  readonly name: string;
  /** The environment variables for AWS SDKs. */
  readonly environment: NodeJS.ProcessEnv;
  readonly python: string;
  readonly folder: string;
  /** Returns the source of a function by its Terraform address, if it is known. */
  readonly findSource: (address: string) => CodeSource | undefined;
  readonly apiServer: Server;
  readonly debugging?: Debugging;
  /** The path of local.env, if secrets have values there. */
  readonly localEnv?: string;
  /** Draws the deployed architecture as SVG. */
  readonly drawDiagram: () => Promise<string>;
  /** Called with each run that begins or goes on, and with each line of a function's log. */
  readonly onChange?: (change: Change) => void;
  readonly onNotice?: (notice: string) => void;
}

/** Runs a deployed system on this machine: its APIs, functions and event sources and, on demand, its schedules. */
export class LocalSystem implements RunningSystem {
  /** The state of the stacks' source, if it is not what runs. */
  stacks: StacksState | undefined;
  private readonly systemMetrics = new SystemMetrics();
  private readonly served: ServedResources;
  private readonly functionRuns: FunctionRuns;
  private readonly tableItems: TableItems;
  private readonly queues: Queues;
  private readonly archivedLogs: ArchivedLogs;
  private readonly logBook = new LogBook();
  private readonly changeHub: ChangeHub;
  private readonly client = new HttpClient();
  private readonly runStore = new RunStore((run) =>
    this.changeHub.publish(run, () => ({ type: "run", run: this.runStore.summarize(run) })),
  );

  private constructor(
    private readonly props: LocalSystemProps,
    aws: Aws,
    place: Place,
  ) {
    const { onNotice = () => {} } = props;
    this.changeHub = new ChangeHub(() => this.summary(), props.onChange);
    this.tableItems = new TableItems(aws.dynamodb, new AwsCalls(props.endpoint));
    this.queues = new Queues(aws.sqs);
    const { runStore: runs, systemMetrics: metrics } = this;
    const findFunction = (arn: string) => this.served.findFunction(arn);
    const destinations = new Destinations(aws);
    const functionRuns = new FunctionRuns({ runs, metrics, destinations, findFunction, onNotice });
    this.functionRuns = functionRuns;
    const { replays } = this.client;
    const onLog = (entry: LogEntry, log: LogStream) => this.keepLog(entry, log);
    const isApplying = () => this.isApplying;
    const rest = { functionRuns, runs, metrics, replays, onLog, onNotice, isApplying };
    this.served = new ServedResources({ ...props, ...rest, aws, place });
    this.archivedLogs = new ArchivedLogs(aws.s3, () => this.served.apis.all);
  }

  /** Opens a system that serves no resources yet. */
  static async open(props: LocalSystemProps): Promise<LocalSystem> {
    const aws = connectAws(props);
    const { Arn = "", Account = "" } = await aws.sts.send(new GetCallerIdentityCommand({}));
    const place = { partition: Arn.split(":")[1] ?? "aws", region: props.region, accountId: Account };
    return new LocalSystem(props, aws, place);
  }

  /** Begins to serve these deployed resources, and loads functions before their first event. If that fails, call it again. */
  async serve(refs: readonly ResourceRef[]): Promise<void> {
    await this.refresh(refs);
    await this.served.warmUp();
  }

  /** Reads the deployed resources again, and serves them from now on. Requests and events under way go on. */
  refresh(refs: readonly ResourceRef[]): Promise<void> {
    return this.served.update(refs);
  }

  /** Makes the deployed code live at once, in place of a gradual release. */
  goLive(): Promise<void> {
    return this.served.functions.goLive();
  }

  /** The issuer of the tokens that a request needs; undefined if it needs none. */
  tokenIssuer(request: Pick<TestRequest, "method" | "path">): string | undefined {
    const [api] = this.served.apis.all;
    return api && findTokenIssuer(api.deployed, request);
  }

  async findDebugPorts() {
    return this.served.functions.findDebugPorts();
  }

  /** Watches the functions' sources. From now on, the saved code handles the next event. */
  watchSources(): void {
    this.served.functions.watchSources();
  }

  async summary(): Promise<SystemSummary> {
    const { inventory, functions, apis, eventSources, findFunction } = this.served;
    const { schedules, tables, queues, unserved } = inventory;
    // A queue may have gone since the resources were read.
    const counts = await this.queues.counts(queues);
    for (const [index, { name }] of queues.entries()) this.systemMetrics.countMessages(name, counts[index]);
    const deadLetterArns = findDeadLetterArns(inventory);
    return {
      name: this.props.name,
      apis: apis.all.map((each) => summarizeApi(each, findFunction)),
      functions: functions.all.map(summarizeFunction),
      schedules: schedules.map((each) => summarizeSchedule(each, findFunction)),
      tables,
      queues: queues.map(({ address, name, arn }, index) => ({
        address,
        name,
        messages: counts[index] ?? 0,
        isDeadLetterQueue: deadLetterArns.has(arn),
      })),
      eventSources: eventSources.summaries(),
      alarms: this.systemMetrics.alarms(),
      unserved,
      stacks: this.stacks,
    };
  }

  async diagram(): Promise<string> {
    return this.props.drawDiagram();
  }

  runs(limit: number): RunSummary[] {
    return this.runStore.latest(limit);
  }

  async run(id: string): Promise<Run | undefined> {
    const record = this.runStore.find(id);
    if (!record) return undefined;
    const written = this.tableItems.writtenBy(record.traceRoot);
    return describeRun(
      record,
      this.runStore.summarize(record),
      await readStored(written, this.archivedLogs.find(record)),
    );
  }

  logLines(limit: number): LogLine[] {
    return this.logBook.latest(limit);
  }

  metrics(): MetricSeries {
    return this.systemMetrics.series();
  }

  async items(table: string, limit: number): Promise<Item[]> {
    return this.tableItems.latest(findByName(this.served.inventory.tables, table, "table", this.isApplying), limit);
  }

  async archivedLog(limit: number): Promise<ArchivedLog> {
    return this.archivedLogs.read(limit);
  }

  async fireSchedule(name: string): Promise<ScheduleRun[]> {
    const schedule = findByName(this.served.inventory.schedules, name, "schedule", this.isApplying);
    const occasion = { id: randomUUID(), time: new Date() };
    await this.served.fireOtherTargets(schedule, occasion.time);
    const fired = schedule.targets.flatMap((target) => {
      const fn = this.served.findFunction(target.arn);
      return fn ? this.functionRuns.fire(fn, schedule, target, occasion) : [];
    });
    return Promise.all(fired);
  }

  async send({ replayOf, api, ...request }: TestRequest): Promise<TestAnswer> {
    return this.client.send(findApiUrl(this.served.apis.all, api), rawRequest(request), replayOf);
  }

  async replay(id: string): Promise<TestAnswer | ScheduleRun | InvokeResult | undefined> {
    const record = this.runStore.find(id);
    if (!record) return undefined;
    const request = repeatedRequest(record);
    if (request) return this.client.send(findApiUrl(this.served.apis.all, record.apiAddress), request, id);
    const fn = this.served.functions.all.find(({ name }) => name === record.functionName);
    if (!fn || record.source === "request" || !record.isEventWhole || record.event === undefined) {
      throw new UserError(`${id} cannot be done again as it was: not all that was sent is kept.`);
    }
    return this.functionRuns.repeat(fn.qualified(record.qualifier) ?? fn, record, record.event);
  }

  async invoke(functionName: string, event: string): Promise<InvokeResult> {
    return this.functionRuns.invoke(this.findFunction(functionName), event);
  }

  async issueToken(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.served.apis.issueToken(claims);
  }

  async messages(queue: string, limit: number): Promise<QueueMessage[]> {
    const messages = await this.queues.messages(this.findQueue(queue), limit);
    return messages.map((message) => ({ ...message, runId: this.runStore.findDead(message)?.id }));
  }

  async sendMessage(queue: string, body: string): Promise<string> {
    return this.queues.send(this.findQueue(queue), body);
  }

  async putBack(name: string, id: string): Promise<{ readonly runId?: string } | undefined> {
    const queue = this.findQueue(name);
    return this.queues.putBack(queue, id, async ({ event, functionArn }, message) => {
      if (event === undefined) {
        await this.queues.sendBack(queue, message, this.served.inventory.queues);
        return {};
      }
      const fn = functionArn === undefined ? this.findFunction("") : this.served.findFunction(functionArn);
      if (!fn) throw new UserError(`${functionArn} does not run on this machine; the event stays in ${queue.name}.`);
      const { runId } = this.functionRuns.invokeLater(fn, event, { source: "dead letter", path: queue.name });
      return { runId };
    });
  }

  async purge(queue: string): Promise<number> {
    return this.queues.purge(this.findQueue(queue));
  }

  subscribe(listener: (change: Change) => void): () => void {
    return this.changeHub.subscribe(listener);
  }

  /** Answers the requests under way, ends the event sources and the functions, and sends the rest of the logs. */
  async stop(): Promise<void> {
    await this.served.stop();
    this.changeHub.stop();
  }

  private get isApplying(): boolean {
    return this.stacks?.kind === "applying";
  }

  private findFunction(name: string) {
    const { resource } = findByName(
      this.served.functions.all.map((fn) => ({ ...fn.resource, resource: fn })),
      name,
      "function",
      this.isApplying,
    );
    return resource;
  }

  private findQueue(name: string) {
    return findByName(this.served.inventory.queues, name, "queue", this.isApplying);
  }

  private keepLog(entry: LogEntry, log: LogStream): void {
    this.logBook.add(entry);
    log.write(entry.raw);
    this.changeHub.publish(entry, () => ({ type: "log", line: readLogLine(entry) }));
  }
}
