import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { close, serverUrl } from "@local/command-line/server";
import { UserError } from "@local/command-line/user-error";
import { type Aws, connectAws } from "@local/terraform/aws";
import type { Terraform } from "@local/terraform/run/terraform";
import type { CodeSource } from "../function/code/code-source";
import type { LogEntry } from "../function/invocation";
import { mayInvoke } from "../function/invoke-permission";
import { LiveFunction } from "../function/live-function";
import { linkLibraries } from "../function/sandbox/libraries";
import { installRequirements } from "../function/sandbox/requirements";
import { HttpGateway } from "../gateway/http-gateway";
import { findTokenIssuer } from "../gateway/jwt-authorizer";
import { SystemMetrics } from "../monitoring/system-metrics";
import { DeadLetters } from "../records/dead-letters";
import { LogArchive } from "../records/log-archive";
import { LogStream } from "../records/log-stream";
import { RequestItems } from "../records/request-items";
import { keepApiRuns } from "../runs/api-runs";
import { FunctionRuns } from "../runs/function-runs";
import { LogBook } from "../runs/log-book";
import { readLogLine } from "../runs/log-line";
import type { Item, LogLine, Run, RunSummary } from "../runs/run";
import { describeRun, readStored } from "../runs/run-details";
import type { RunRecord } from "../runs/run-record";
import { RunStore } from "../runs/run-store";
import type { ProjectPath } from "../runs/trace";
import { ChangeHub } from "./change-hub";
import { type DeployedResources, readDeployedResources } from "./deployed-resources";
import { HttpClient, rawRequest, repeatedRequest } from "./http-client";
import type {
  ArchivedLog,
  Change,
  DeadLetter,
  InvokeResult,
  MetricSeries,
  RunningSystem,
  ScheduleRun,
  SystemSummary,
  TestAnswer,
  TestRequest,
} from "./running-system";
import { summarizeSystem } from "./summary";

/** The maximum wait for requests under way at the end, in milliseconds. */
const LAST_ANSWERS_MS = 3000;

export interface LocalSystemProps {
  readonly endpoint: string;
  readonly region: string;
  readonly stack: Terraform;
  /** The environment variables for AWS SDKs. */
  readonly environment: NodeJS.ProcessEnv;
  readonly python: string;
  readonly folder: string;
  readonly source: CodeSource;
  readonly apiServer: Server;
  /** Draws the deployed architecture as SVG. */
  readonly drawDiagram: () => Promise<string>;
  /** Called with each run that begins or goes on, and with each line of the function's log. */
  readonly onChange?: (change: Change) => void;
  readonly onNotice?: (notice: string) => void;
}

/** Runs a deployed system on this machine: its API, its function and, on demand, its schedule. */
export class LocalSystem implements RunningSystem {
  private readonly systemMetrics: SystemMetrics;
  private readonly function: LiveFunction;
  private readonly functionRuns: FunctionRuns;
  private readonly requestItems: RequestItems;
  private readonly deadLetterQueue: DeadLetters;
  private readonly logArchive: LogArchive;
  private readonly functionLog: LogStream;
  private readonly accessLog: LogStream | undefined;
  private readonly projectPath: ProjectPath = (file) => this.function.projectPath(file);
  private readonly logBook = new LogBook(this.projectPath);
  private readonly changeHub: ChangeHub;
  private readonly client = new HttpClient();
  private readonly runStore = new RunStore(
    this.projectPath,
    (run) => this.changeHub.hasListeners && this.changeHub.publish({ type: "run", run: this.runStore.summarize(run) }),
  );

  private constructor(
    private readonly props: LocalSystemProps,
    aws: Aws,
    private readonly deployed: DeployedResources,
    libraries: string,
  ) {
    const { functionName, tableName, archiveBucket, functionLogGroup, accessLogGroup, deadLetterQueueArn } = deployed;
    this.changeHub = new ChangeHub(() => this.summary(), props.onChange);
    this.systemMetrics = new SystemMetrics(deployed);
    this.requestItems = new RequestItems(aws.dynamodb, tableName);
    this.deadLetterQueue = new DeadLetters(aws.sqs, deadLetterQueueArn);
    this.logArchive = new LogArchive(aws.s3, archiveBucket);
    const logStreamName = newLogStreamName();
    const openLog = (logGroupName: string) =>
      new LogStream({
        logs: aws.logs,
        logGroupName,
        logStreamName,
        onError: ({ message }) => props.onNotice?.(`Log lines for ${logGroupName} are lost: ${message}`),
      });
    this.functionLog = openLog(functionLogGroup);
    this.accessLog = accessLogGroup ? openLog(accessLogGroup) : undefined;
    this.function = new LiveFunction(deployed.function, {
      lambda: aws.lambda,
      functionName,
      source: props.source,
      folder: props.folder,
      libraries,
      python: props.python,
      awsEnvironment: props.environment,
      logStreamName,
      onLog: (entry) => this.keepLog(entry),
      onNotice: (notice) => props.onNotice?.(notice),
    });
    this.functionRuns = new FunctionRuns({
      deployed,
      function: this.function,
      runs: this.runStore,
      metrics: this.systemMetrics,
      items: this.requestItems,
      deadLetters: this.deadLetterQueue,
    });
  }

  static async start(props: LocalSystemProps): Promise<LocalSystem> {
    const aws = connectAws(props);
    const [deployed, libraries] = await Promise.all([
      readDeployedResources(aws, props.stack, props.region, props.folder),
      linkLibraries(props.python, props.folder),
    ]);
    const packages = await installRequirements(props.python, deployed.function.codeFolder);
    const system = new LocalSystem(
      props,
      aws,
      { ...deployed, function: { ...deployed.function, packages } },
      libraries,
    );
    await system.function.warmUp();
    system.makeGateway().serve(props.apiServer);
    return system;
  }

  /** The outputs of the stack, by name. */
  get outputs(): DeployedResources["outputs"] {
    return this.deployed.outputs;
  }

  /** The issuer of the tokens that a request needs; undefined if it needs none. */
  tokenIssuer(request: Pick<TestRequest, "method" | "path">): string | undefined {
    return findTokenIssuer(this.deployed.api, request);
  }

  /** Watches the function's source. From now on, the saved code answers the next request. */
  watchSource(): void {
    this.function.watchSource();
  }

  async summary(): Promise<SystemSummary> {
    const deadLetters = await this.deadLetterQueue.count();
    this.systemMetrics.count("deadLetters", deadLetters);
    return {
      name: basename(this.props.stack.folder),
      ...summarizeSystem(this.deployed, this.function, { url: this.url, deadLetters }),
      alarms: this.systemMetrics.alarms(),
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
    const stored = await readStored(this.item(record.itemId), this.findArchived(record));
    const summary = this.runStore.summarize(record);
    return describeRun(record, summary, stored, this.projectPath);
  }

  logLines(limit: number): LogLine[] {
    return this.logBook.latest(limit);
  }

  metrics(): MetricSeries {
    return this.systemMetrics.series();
  }

  async items(limit: number): Promise<Item[]> {
    return this.requestItems.latest(limit);
  }

  async item(requestId: string): Promise<Item | undefined> {
    return this.requestItems.read(requestId);
  }

  async archivedLog(limit: number): Promise<ArchivedLog> {
    await this.accessLog?.flush();
    return { ...(await this.logArchive.read(limit)), failure: this.accessLog?.failure?.message };
  }

  async fireSchedule(): Promise<ScheduleRun> {
    return this.functionRuns.fireSchedule();
  }

  async send({ replayOf, ...request }: TestRequest): Promise<TestAnswer> {
    return this.client.send(this.url, rawRequest(request), replayOf);
  }

  async replay(id: string): Promise<TestAnswer | ScheduleRun | InvokeResult | undefined> {
    const record = this.runStore.find(id);
    if (!record) return undefined;
    const request = repeatedRequest(record);
    if (request) return this.client.send(this.url, request, id);
    if (record.source === "request" || !record.isEventWhole || record.event === undefined) {
      throw new UserError(`${id} cannot be done again as it was: not all that was sent is kept.`);
    }
    return this.functionRuns.repeat(record, record.event);
  }

  async invoke(event: string): Promise<InvokeResult> {
    return this.functionRuns.invoke(event);
  }

  async deadLetters(limit: number): Promise<DeadLetter[]> {
    return this.deadLetterQueue.list(limit);
  }

  async putBackDeadLetter(id: string): Promise<{ readonly runId: string } | undefined> {
    return this.deadLetterQueue.putBack(id, async (event) => {
      const { runId } = this.functionRuns.takeDeadLetter(event);
      return { runId };
    });
  }

  async purgeDeadLetters(): Promise<number> {
    return this.deadLetterQueue.purge();
  }

  subscribe(listener: (change: Change) => void): () => void {
    return this.changeHub.subscribe(listener);
  }

  /** Answers the requests under way, closes the API, ends the function's processes and sends the rest of the logs. */
  async stop(): Promise<void> {
    await close(this.props.apiServer, LAST_ANSWERS_MS);
    await this.function.stop();
    await this.functionRuns.settled();
    this.changeHub.stop();
    // The gateway first logs the requests that have just ended.
    await setImmediate();
    await Promise.all([this.functionLog.flush(), this.accessLog?.flush()]);
  }

  private get url(): string {
    return serverUrl(this.props.apiServer);
  }

  private makeGateway(): HttpGateway {
    const { onNotice } = this.props;
    const { functionRuns, runStore: runs, systemMetrics: metrics, requestItems: items, accessLog } = this;
    const { replays } = this.client;
    return new HttpGateway({
      deployed: this.deployed.api,
      functionArn: this.deployed.functionArn,
      mayInvoke: (sourceArn) => mayInvoke(this.deployed.policy, "apigateway.amazonaws.com", sourceArn),
      ...keepApiRuns({ functionRuns, runs, metrics, items, accessLog, replays, onNotice }),
    });
  }

  private keepLog(entry: LogEntry): void {
    this.logBook.add(entry);
    this.functionLog.write(entry.raw);
    if (this.changeHub.hasListeners)
      this.changeHub.publish({ type: "log", line: readLogLine(entry, this.projectPath) });
  }

  private async findArchived(run: RunRecord): Promise<string | undefined> {
    const { accessLog, archivedIn, endTime } = run;
    if (archivedIn || !accessLog) return archivedIn;
    await this.accessLog?.flush();
    run.archivedIn = await this.logArchive.find(accessLog, endTime);
    return run.archivedIn;
  }
}

/** A log stream's name in Lambda's format. */
function newLogStreamName(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
}
