import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { close, serverUrl } from "../cli/server";
import { UserError } from "../cli/user-error";
import { type Aws, connectAws } from "../terraform/aws";
import type { Terraform } from "../terraform/terraform";
import { Changes } from "./changes";
import { type DeployedSystem, readDeployedSystem, type SystemOutputs } from "./deployed-system";
import type { LogEntry } from "./function/invocation";
import { mayInvoke } from "./function/invoke-permission";
import { LiveFunction } from "./function/live-function";
import { linkLibraries } from "./function/sandbox/libraries";
import { HttpGateway } from "./gateway/http-gateway";
import { findTokenIssuer } from "./gateway/jwt-authorizer";
import { HttpClient, rawRequest, repeatedRequest } from "./http-client";
import { Traffic } from "./monitoring/traffic";
import { DeadLetters } from "./records/dead-letters";
import { LogArchive } from "./records/log-archive";
import { LogStream } from "./records/log-stream";
import { RequestItems } from "./records/request-items";
import type { LogLine, Run, RunSummary } from "./run";
import { keepApiRuns } from "./runs/api-runs";
import { FunctionRuns } from "./runs/function-runs";
import { LogBook } from "./runs/log-book";
import { readLogLine } from "./runs/log-line";
import { describeRun, readStored } from "./runs/run-details";
import type { RunRecord } from "./runs/run-record";
import { RunStore } from "./runs/run-store";
import type { ProjectPath } from "./runs/trace";
import type {
  ArchivedLog,
  Change,
  DeadLetter,
  InvokeResult,
  Item,
  MetricSeries,
  RunningSystem,
  ScheduleRun,
  SystemSummary,
  TestAnswer,
  TestRequest,
} from "./system";
import { summarizeSystem } from "./system-summary";

/** How long the end waits for requests that are being answered, in milliseconds. */
const LAST_ANSWERS_MS = 3000;

export interface LocalSystemProps {
  readonly endpoint: string;
  readonly region: string;
  readonly stack: Terraform;
  /** The environment variables for AWS SDKs. */
  readonly environment: NodeJS.ProcessEnv;
  readonly python: string;
  readonly folder: string;
  readonly apiServer: Server;
  /** Draws the deployed architecture as SVG. */
  readonly drawDiagram: () => Promise<string>;
  /** Called with each run that begins or goes on, and with each line of the function's log. */
  readonly onChange?: (change: Change) => void;
  /** Called with messages for the user. */
  readonly onNotice?: (notice: string) => void;
}

/** Runs the deployed system on this machine: its API, its function and, on demand, its schedule. */
export class LocalSystem implements RunningSystem {
  private readonly traffic: Traffic;
  private readonly function: LiveFunction;
  private readonly functionRuns: FunctionRuns;
  private readonly requestItems: RequestItems;
  private readonly deadLetterQueue: DeadLetters;
  private readonly logArchive: LogArchive;
  private readonly functionLog: LogStream;
  private readonly accessLog: LogStream | undefined;
  private readonly projectPath: ProjectPath = (file) => this.function.projectPath(file);
  private readonly logBook = new LogBook(this.projectPath);
  private readonly changes: Changes;
  private readonly client = new HttpClient();
  private readonly runStore = new RunStore(
    this.projectPath,
    (run) => this.changes.areWatched && this.changes.tell({ type: "run", run: this.runStore.summarize(run) }),
  );

  private constructor(
    private readonly props: LocalSystemProps,
    aws: Aws,
    private readonly deployed: DeployedSystem,
    libraries: string,
  ) {
    const { outputs, functionLogGroup, accessLogGroup, deadLetterQueueArn } = deployed;
    this.changes = new Changes(() => this.summary(), props.onChange);
    this.traffic = new Traffic(deployed);
    this.requestItems = new RequestItems(aws.dynamodb, outputs.dynamodb_table_name);
    this.deadLetterQueue = new DeadLetters(aws.sqs, deadLetterQueueArn);
    this.logArchive = new LogArchive(aws.s3, outputs.s3_bucket_name);
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
      functionName: outputs.lambda_function_name,
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
      traffic: this.traffic,
      items: this.requestItems,
      deadLetters: this.deadLetterQueue,
    });
  }

  /** Reads the deployed system and starts to answer requests. */
  static async start(props: LocalSystemProps): Promise<LocalSystem> {
    const aws = connectAws(props);
    const [deployed, libraries] = await Promise.all([
      readDeployedSystem(aws, props.stack, props.region, props.folder),
      linkLibraries(props.python, props.folder),
    ]);
    const system = new LocalSystem(props, aws, deployed, libraries);
    await system.function.warmUp();
    system.makeGateway().serve(props.apiServer);
    return system;
  }

  get outputs(): SystemOutputs {
    return this.deployed.outputs;
  }

  /** The issuer of the tokens that a request needs; undefined if it needs none. */
  tokenIssuer(request: Pick<TestRequest, "method" | "path">): string | undefined {
    return findTokenIssuer(this.deployed.api, request);
  }

  /** Watches a folder with the function's source. From now on, its saved code answers the next request. */
  watchSource(source: string): void {
    this.function.watchSource(source);
  }

  async summary(): Promise<SystemSummary> {
    const deadLetters = await this.deadLetterQueue.count();
    this.traffic.count("deadLetters", deadLetters);
    return {
      name: basename(this.props.stack.folder),
      ...summarizeSystem(this.deployed, this.function, { url: this.url, deadLetters }),
      alarms: this.traffic.alarms(),
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
    return this.traffic.series();
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
    return this.changes.subscribe(listener);
  }

  /** Answers the requests that are under way, closes the API, ends the function's processes and sends the rest of the logs. */
  async stop(): Promise<void> {
    await close(this.props.apiServer, LAST_ANSWERS_MS);
    await this.function.stop();
    await this.functionRuns.settled();
    this.changes.stop();
    // The gateway first logs the requests that have just ended.
    await setImmediate();
    await Promise.all([this.functionLog.flush(), this.accessLog?.flush()]);
  }

  private get url(): string {
    return serverUrl(this.props.apiServer);
  }

  private makeGateway(): HttpGateway {
    const { onNotice } = this.props;
    const { functionRuns, runStore: runs, traffic, requestItems: items, accessLog } = this;
    const { replays } = this.client;
    return new HttpGateway({
      deployed: this.deployed.api,
      functionArn: this.deployed.functionArn,
      mayInvoke: (sourceArn) => mayInvoke(this.deployed.policy, "apigateway.amazonaws.com", sourceArn),
      ...keepApiRuns({ functionRuns, runs, traffic, items, accessLog, replays, onNotice }),
    });
  }

  private keepLog(entry: LogEntry): void {
    this.logBook.add(entry);
    this.functionLog.write(entry.raw);
    if (this.changes.areWatched) this.changes.tell({ type: "log", line: readLogLine(entry, this.projectPath) });
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
