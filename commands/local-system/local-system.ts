import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { setImmediate } from "node:timers/promises";
import { close, serverUrl } from "../cli/server";
import { type Aws, connectAws } from "../terraform/aws";
import type { Terraform } from "../terraform/terraform";
import { type DeployedSystem, readDeployedSystem, type SystemOutputs } from "./deployed-system";
import { invokeAsynchronously } from "./function/asynchronous-invocation";
import { readFunction, updateFunctionCode } from "./function/function-code";
import { describeError, type FunctionError, type Outcome } from "./function/function-process";
import { FunctionRuntime, InvokeError } from "./function/function-runtime";
import { mayInvoke } from "./function/invoke-permission";
import { watchSource } from "./function/source-watcher";
import { HttpGateway } from "./gateway/http-gateway";
import { Traffic } from "./monitoring/traffic";
import { readArchivedLog } from "./records/log-archive";
import { LogStream } from "./records/log-stream";
import { countMessages, sendToQueue } from "./records/queue";
import { readItem, readLatestItems } from "./records/request-items";
import { scheduledEvent } from "./schedule";
import type {
  ArchivedLog,
  Item,
  RequestSummary,
  RunningSystem,
  ScheduleRun,
  SystemSummary,
  TestAnswer,
  TestRequest,
} from "./system";
import { summarizeSystem } from "./system-summary";

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
  readonly onFunctionLog?: (line: string) => void;
  /** Called with messages for the user. */
  readonly onNotice?: (notice: string) => void;
}

/** Runs the deployed system on this machine: its API, its function and, on demand, its schedule. */
export class LocalSystem implements RunningSystem {
  private readonly traffic: Traffic;
  private readonly runtime: FunctionRuntime;
  private readonly functionLog: LogStream;
  private readonly accessLog: LogStream | undefined;
  private stopWatching = () => {};

  private constructor(
    private readonly props: LocalSystemProps,
    private readonly aws: Aws,
    private readonly deployed: DeployedSystem,
  ) {
    this.traffic = new Traffic(deployed);
    const logStreamName = newLogStreamName();
    this.functionLog = this.openLog(deployed.functionLogGroup, logStreamName);
    this.accessLog = deployed.accessLogGroup ? this.openLog(deployed.accessLogGroup, logStreamName) : undefined;
    this.runtime = new FunctionRuntime(deployed.function, {
      python: props.python,
      awsEnvironment: functionAwsEnvironment(props.environment),
      logStreamName,
      onLog: (line) => {
        this.functionLog.write(line);
        props.onFunctionLog?.(line);
      },
      onReport: (line) => this.functionLog.write(line),
    });
  }

  /** Reads the deployed system and starts to answer requests. */
  static async start(props: LocalSystemProps): Promise<LocalSystem> {
    const aws = connectAws(props);
    const deployed = await readDeployedSystem(aws, props.stack, props.region, props.folder);
    const system = new LocalSystem(props, aws, deployed);
    system.noticeLoadError(await system.runtime.warmUp());
    props.apiServer.removeAllListeners("request").on("request", system.makeGateway().handle);
    return system;
  }

  get outputs(): SystemOutputs {
    return this.deployed.outputs;
  }

  /** Updates the function's code whenever a file in a folder is saved. */
  watchSource(source: string): void {
    this.stopWatching = watchSource({
      source,
      onSave: () => this.updateCode(source),
      onError: ({ message }) => this.props.onNotice?.(`Cannot watch ${source} for saved code: ${message}`),
    });
  }

  async summary(): Promise<SystemSummary> {
    const { deadLetterQueueArn } = this.deployed;
    const deadLetters = deadLetterQueueArn ? await countMessages(this.aws.sqs, deadLetterQueueArn) : 0;
    this.traffic.count("deadLetters", deadLetters);
    return {
      ...summarizeSystem(this.deployed, this.runtime, { url: serverUrl(this.props.apiServer), deadLetters }),
      requests: this.traffic.requests,
      alarms: this.traffic.alarms(),
    };
  }

  async diagram(): Promise<string> {
    return this.props.drawDiagram();
  }

  async items(limit: number): Promise<Item[]> {
    return readLatestItems(this.aws.dynamodb, this.outputs.dynamodb_table_name, limit);
  }

  async item(requestId: string): Promise<Item | undefined> {
    return readItem(this.aws.dynamodb, this.outputs.dynamodb_table_name, requestId);
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
    if (!mayInvoke(policy, "events.amazonaws.com", schedule.rule.Arn ?? "")) {
      const queueArn = schedule.target.DeadLetterConfig?.Arn;
      if (queueArn) await sendToQueue(this.aws.sqs, queueArn, payload);
      const error = "The function's policy does not let the rule invoke it";
      return { eventId, outcome: queueArn ? "sent to the dead-letter queue" : "lost", error };
    }
    const { error, failureDestination } = await invokeAsynchronously(payload, {
      invoke: (event, requestId) => this.invoke(event, requestId, ""),
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

  /** Closes the API, ends the function's processes and sends the rest of the logs. */
  async stop(): Promise<void> {
    this.stopWatching();
    await close(this.props.apiServer);
    await this.runtime.stop();
    // The gateway first logs the requests that have just ended.
    await setImmediate();
    await Promise.all([this.functionLog.flush(), this.accessLog?.flush()]);
  }

  private makeGateway(): HttpGateway {
    return new HttpGateway({
      deployed: this.deployed.api,
      functionArn: this.deployed.functionArn,
      mayInvoke: (sourceArn) => mayInvoke(this.deployed.policy, "apigateway.amazonaws.com", sourceArn),
      invoke: (event, requestId, traceId) => this.invoke(event, requestId, traceId),
      onAccessLog: (line) => this.accessLog?.write(line),
      onAnswer: (request) => {
        this.traffic.countRequest(request);
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

  private async invoke(event: string, requestId: string, traceId: string): Promise<Outcome> {
    try {
      const outcome = await this.runtime.invoke(event, requestId, traceId);
      this.traffic.count("functionErrors", outcome.isError ? 1 : 0);
      return outcome;
    } catch (error) {
      const isThrottled = error instanceof InvokeError && error.name === "TooManyRequestsException";
      if (isThrottled) this.traffic.count("functionThrottles", 1);
      throw error;
    }
  }

  private async updateCode(source: string): Promise<void> {
    const { lambda_function_name: name } = this.outputs;
    const { folder, onNotice = () => {} } = this.props;
    const started = performance.now();
    try {
      await updateFunctionCode(this.aws.lambda, name, source);
      const error = await this.runtime.replace(await readFunction(this.aws.lambda, name, folder));
      if (error) this.noticeLoadError(error);
      else onNotice(`${name} runs the saved code (${Math.round(performance.now() - started)} ms)`);
    } catch (error) {
      onNotice(`${name} could not be updated: ${(error as Error).message}`);
    }
  }

  private noticeLoadError(error: FunctionError | undefined): void {
    if (error) this.props.onNotice?.(`The function cannot be loaded: ${describeError(error)}`);
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
