import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { close, serverUrl } from "../cli/server";
import { type Aws, connectAws } from "../terraform/aws";
import type { Terraform } from "../terraform/terraform";
import { type DeployedSystem, readDeployedSystem, type SystemOutputs } from "./deployed-system";
import { invokeAsynchronously } from "./function/asynchronous-invocation";
import type { Outcome } from "./function/function-process";
import { InvokeError } from "./function/function-runtime";
import { mayInvoke } from "./function/invoke-permission";
import { LiveFunction } from "./function/live-function";
import { HttpGateway } from "./gateway/http-gateway";
import { Traffic } from "./monitoring/traffic";
import { readArchivedLog } from "./records/log-archive";
import { LogStream } from "./records/log-stream";
import { countMessages, sendToQueue } from "./records/queue";
import { RequestItems } from "./records/request-items";
import type { LogLine, Run, RunSummary } from "./run";
import { scheduledEvent } from "./schedule";
import type {
  ArchivedLog,
  Change,
  DeadLetter,
  InvokeResult,
  Item,
  MetricSeries,
  RequestSummary,
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
  readonly onRequest?: (request: RequestSummary) => void;
  /** Called with each line of the function's log. */
  readonly onFunctionLog?: (line: string) => void;
  /** Called with messages for the user. */
  readonly onNotice?: (notice: string) => void;
}

/** Runs the deployed system on this machine: its API, its function and, on demand, its schedule. */
export class LocalSystem implements RunningSystem {
  private readonly traffic: Traffic;
  private readonly function: LiveFunction;
  private readonly requestItems: RequestItems;
  private readonly functionLog: LogStream;
  private readonly accessLog: LogStream | undefined;

  private constructor(
    private readonly props: LocalSystemProps,
    private readonly aws: Aws,
    private readonly deployed: DeployedSystem,
  ) {
    this.traffic = new Traffic(deployed);
    this.requestItems = new RequestItems(aws.dynamodb, deployed.outputs.dynamodb_table_name);
    const logStreamName = newLogStreamName();
    this.functionLog = this.openLog(deployed.functionLogGroup, logStreamName);
    this.accessLog = deployed.accessLogGroup ? this.openLog(deployed.accessLogGroup, logStreamName) : undefined;
    this.function = new LiveFunction(deployed.function, {
      lambda: aws.lambda,
      functionName: deployed.outputs.lambda_function_name,
      folder: props.folder,
      python: props.python,
      awsEnvironment: functionAwsEnvironment(props.environment),
      logStreamName,
      onLog: (event) => {
        this.functionLog.write(event);
        for (const line of event.split("\n")) props.onFunctionLog?.(line);
      },
      onReport: (event) => this.functionLog.write(event),
      onNotice: (notice) => props.onNotice?.(notice),
    });
  }

  /** Reads the deployed system and starts to answer requests. */
  static async start(props: LocalSystemProps): Promise<LocalSystem> {
    const aws = connectAws(props);
    const deployed = await readDeployedSystem(aws, props.stack, props.region, props.folder);
    const system = new LocalSystem(props, aws, deployed);
    await system.function.warmUp();
    system.makeGateway().serve(props.apiServer);
    return system;
  }

  get outputs(): SystemOutputs {
    return this.deployed.outputs;
  }

  /** From now on, the next request is answered by whatever is saved in a folder with the function's source. */
  watchSource(source: string): void {
    this.function.watchSource(source);
  }

  async summary(): Promise<SystemSummary> {
    const { deadLetterQueueArn } = this.deployed;
    const deadLetters = deadLetterQueueArn ? await countMessages(this.aws.sqs, deadLetterQueueArn) : 0;
    this.traffic.count("deadLetters", deadLetters);
    return {
      ...summarizeSystem(this.deployed, this.function.runtime, { url: serverUrl(this.props.apiServer), deadLetters }),
      name: basename(this.props.stack.folder),
      alarms: this.traffic.alarms(),
    };
  }

  async diagram(): Promise<string> {
    return this.props.drawDiagram();
  }

  async items(limit: number): Promise<Item[]> {
    return this.requestItems.latest(limit);
  }

  async item(requestId: string): Promise<Item | undefined> {
    return this.requestItems.read(requestId);
  }

  async archivedLog(limit: number): Promise<ArchivedLog> {
    await this.accessLog?.flush();
    return readArchivedLog(this.aws.s3, this.outputs.s3_bucket_name, limit);
  }

  /** Fires the schedule once, even if it is disabled. */
  async fireSchedule(): Promise<ScheduleRun> {
    const { schedule, api, policy, invokeConfig, functionArn, outputs } = this.deployed;
    if (!schedule) throw new Error(`No rule runs ${outputs.lambda_function_name} on a schedule`);
    const { id: eventId, payload } = scheduledEvent(schedule, api.region, api.accountId, new Date());
    this.requestItems.note(eventId);
    if (!mayInvoke(policy, "events.amazonaws.com", schedule.rule.Arn ?? "")) {
      const queueArn = schedule.target.DeadLetterConfig?.Arn;
      if (queueArn) await sendToQueue(this.aws.sqs, queueArn, payload);
      const error = "The function's policy does not let the rule invoke it";
      return { eventId, outcome: queueArn ? "sent to the dead-letter queue" : "lost", error };
    }
    const { error, failureDestination } = await invokeAsynchronously(payload, {
      invoke: (event, requestId) => this.invokeOnce(event, requestId, ""),
      functionArn,
      sqs: this.aws.sqs,
      invokeConfig,
    });
    if (!error) return { eventId, outcome: "processed" };
    return { eventId, outcome: failureDestination ? "sent to the dead-letter queue" : "lost", error };
  }

  async send({ method, path, headers, body }: TestRequest): Promise<TestAnswer> {
    const response = await fetch(serverUrl(this.props.apiServer) + path, { method, headers, body, redirect: "manual" });
    const requestId = response.headers.get("apigw-requestid") ?? "";
    return { status: response.status, requestId, body: await response.text() };
  }

  runs(_limit: number): RunSummary[] {
    throw new Error("The system keeps no runs yet");
  }

  async run(_id: string): Promise<Run | undefined> {
    throw new Error("The system keeps no runs yet");
  }

  logLines(_limit: number): LogLine[] {
    throw new Error("The system keeps no log lines yet");
  }

  metrics(): MetricSeries {
    throw new Error("The system keeps no series yet");
  }

  async replay(_id: string): Promise<TestAnswer | ScheduleRun | InvokeResult | undefined> {
    throw new Error("The system keeps no runs yet");
  }

  async invoke(_event: string): Promise<InvokeResult> {
    throw new Error("The system takes no events yet");
  }

  async deadLetters(_limit: number): Promise<DeadLetter[]> {
    throw new Error("The system lists no dead letters yet");
  }

  async putBackDeadLetter(_id: string): Promise<{ readonly runId: string } | undefined> {
    throw new Error("The system lists no dead letters yet");
  }

  async purgeDeadLetters(): Promise<number> {
    throw new Error("The system lists no dead letters yet");
  }

  subscribe(_listener: (change: Change) => void): () => void {
    throw new Error("The system tells no changes yet");
  }

  /** Answers the requests that are under way, closes the API, ends the function's processes and sends the rest of the logs. */
  async stop(): Promise<void> {
    await close(this.props.apiServer, LAST_ANSWERS_MS);
    await this.function.stop();
    // The gateway first logs the requests that have just ended.
    await setImmediate();
    await Promise.all([this.functionLog.flush(), this.accessLog?.flush()]);
  }

  private makeGateway(): HttpGateway {
    return new HttpGateway({
      deployed: this.deployed.api,
      functionArn: this.deployed.functionArn,
      mayInvoke: (sourceArn) => mayInvoke(this.deployed.policy, "apigateway.amazonaws.com", sourceArn),
      invoke: (event, requestId, traceId) => this.invokeOnce(event, requestId, traceId),
      onAccessLog: (line) => this.accessLog?.write(line),
      onAnswer: (request) => {
        this.traffic.countRequest(request);
        this.requestItems.note(request.requestId);
        this.props.onRequest?.(request);
      },
      onError: ({ stack }) => this.props.onNotice?.(`The API failed: ${stack}`),
    });
  }

  private openLog(logGroupName: string, logStreamName: string): LogStream {
    return new LogStream({
      logs: this.aws.logs,
      logGroupName,
      logStreamName,
      onError: ({ message }) => this.props.onNotice?.(`Log lines for ${logGroupName} are lost: ${message}`),
    });
  }

  private async invokeOnce(event: string, requestId: string, traceId: string): Promise<Outcome> {
    try {
      const outcome = await this.function.invoke(event, requestId, traceId);
      this.traffic.count("functionErrors", outcome.isError ? 1 : 0);
      return outcome;
    } catch (error) {
      const isThrottled = error instanceof InvokeError && error.name === "TooManyRequestsException";
      if (isThrottled) this.traffic.count("functionThrottles", 1);
      throw error;
    }
  }
}

/** A log stream's name in Lambda's format. */
function newLogStreamName(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
}

/** Selects the variables for AWS SDKs and for Python. */
function functionAwsEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const wanted = Object.entries(environment).filter(([name]) => /^(AWS_.*|HOME|PATH|PYTHONPATH|TMPDIR)$/.test(name));
  return Object.fromEntries(wanted);
}
