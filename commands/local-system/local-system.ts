import { randomBytes } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import type { Server } from "node:http";
import { setImmediate } from "node:timers/promises";
import { DescribeAlarmsCommand, type MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import { close, serverUrl } from "../cli/server";
import { readArchitecture } from "../diagram/architecture";
import { drawArchitecture } from "../diagram/draw";
import { type Aws, connectAws } from "../terraform/aws";
import type { Terraform } from "../terraform/terraform";
import { evaluateAlarms } from "./alarms";
import { invokeAsynchronously } from "./function/asynchronous-invocation";
import { readFunction, readInvokeConfig, readPolicy, updateFunctionCode } from "./function/function-code";
import { describeError, type FunctionError, type Outcome } from "./function/function-process";
import { FunctionRuntime, InvokeError } from "./function/function-runtime";
import { mayInvoke } from "./function/invoke-permission";
import { readApi } from "./gateway/deployed-api";
import { type AnsweredRequest, type DeployedApi, HttpGateway } from "./gateway/http-gateway";
import { readArchivedLog } from "./log-archive";
import { LogStream } from "./log-stream";
import { type MetricId, Metrics } from "./metrics";
import { countMessages, sendToQueue } from "./queue";
import { readItem, readLatestItems } from "./request-items";
import { type DeployedSchedule, readSchedule, scheduledEvent } from "./schedule";
import type {
  ArchivedLog,
  ConsoleSource,
  Item,
  RequestSummary,
  ScheduleRun,
  SystemSummary,
  TestAnswer,
  TestRequest,
} from "./system";

/** How many of the latest requests are kept. */
const KEPT_REQUESTS = 100;

/** Editors save in several steps. */
const SAVED_MS = 50;

/** The outputs of the deployed stack. */
export interface SystemOutputs {
  readonly api_endpoint: string;
  readonly lambda_function_name: string;
  readonly dynamodb_table_name: string;
  readonly s3_bucket_name: string;
}

export interface LocalSystemProps {
  /** The emulator's endpoint. */
  readonly endpoint: string;
  readonly region: string;
  /** The deployed stack. */
  readonly stack: Terraform;
  /** What AWS SDKs need to reach the emulator. */
  readonly environment: NodeJS.ProcessEnv;
  readonly python: string;
  /** Where the function's code is unpacked. */
  readonly folder: string;
  /** The server that is to answer as the API. */
  readonly apiServer: Server;
  readonly onRequest?: (request: RequestSummary) => void;
  /** Called with each line of the function's log. */
  readonly onFunctionLog?: (line: string) => void;
  /** Called with what the person at the terminal should know. */
  readonly onNotice?: (notice: string) => void;
}

/** What was read of the deployment. */
interface Deployed {
  readonly outputs: SystemOutputs;
  readonly api: DeployedApi;
  readonly policy: string | undefined;
  readonly invokeConfig: FunctionEventInvokeConfig | undefined;
  readonly schedule: DeployedSchedule | undefined;
  readonly alarms: readonly MetricAlarm[];
}

/** The deployed system, running on this machine: the API answers, the function runs, the schedule fires on demand. */
export class LocalSystem implements ConsoleSource {
  private readonly metrics = new Metrics();
  private readonly requests: RequestSummary[] = [];
  private readonly permissions = new Map<string, boolean>();
  private watcher: FSWatcher | undefined;
  private saved: NodeJS.Timeout | undefined;
  private readonly gateway: HttpGateway;
  private readonly metricIds: ReturnType<typeof metricIdsOf>;

  private constructor(
    private readonly props: LocalSystemProps,
    private readonly aws: Aws,
    private readonly deployed: Deployed,
    private readonly runtime: FunctionRuntime,
    private readonly functionLog: LogStream,
    private readonly accessLog: LogStream | undefined,
  ) {
    this.metricIds = metricIdsOf(deployed);
    for (const id of Object.values(this.metricIds)) this.metrics.declare(id);
    this.gateway = new HttpGateway({
      deployed: deployed.api,
      functionArn: runtime.configuration.FunctionArn ?? "",
      mayInvoke: (sourceArn) => this.mayInvoke("apigateway.amazonaws.com", sourceArn),
      invoke: (event, requestId, traceId) => this.invoke(event, requestId, traceId),
      onAccessLog: (line) => accessLog?.write(line),
      onAnswer: (answered) => this.count(answered),
      onError: ({ stack }) => props.onNotice?.(`The API failed: ${stack}`),
    });
  }

  /** Reads what is deployed and begins to answer. */
  static async start(props: LocalSystemProps): Promise<LocalSystem> {
    const { endpoint, region, onNotice = () => {} } = props;
    const state = await props.stack.state();
    const outputs = state.outputs as unknown as SystemOutputs;
    const alarmNames = state.resources.flatMap(({ values }) => values.alarm_name ?? []);
    const aws = connectAws({ endpoint, region });
    const functionName = outputs.lambda_function_name;
    const deployedFunction = await readFunction(aws.lambda, functionName, props.folder);
    const functionArn = deployedFunction.configuration.FunctionArn ?? "";
    const [, , , , accountId = ""] = functionArn.split(":");
    const [apiId = ""] = new URL(outputs.api_endpoint).host.split(".");
    const [api, policy, invokeConfig, schedule, { MetricAlarms: alarms = [] }] = await Promise.all([
      readApi(aws.apigateway, { apiId, region, accountId }),
      readPolicy(aws.lambda, functionName),
      readInvokeConfig(aws.lambda, functionName),
      readSchedule(aws.events, functionArn),
      aws.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: alarmNames })),
    ]);

    const logStreamName = `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]${randomBytes(16).toString("hex")}`;
    const openLog = (logGroupName: string) =>
      new LogStream({
        logs: aws.logs,
        logGroupName,
        logStreamName,
        onError: ({ message }) => onNotice(`Log lines for ${logGroupName} are lost: ${message}`),
      });
    const functionLog = openLog(
      deployedFunction.configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${functionName}`,
    );
    const accessLogGroup = accessLogGroupName(api);
    const runtime = new FunctionRuntime(deployedFunction, {
      python: props.python,
      awsEnvironment: functionAwsEnvironment(props.environment),
      logStreamName,
      onLog: (line) => {
        functionLog.write(line);
        props.onFunctionLog?.(line);
      },
      onReport: (line) => functionLog.write(line),
    });
    const system = new LocalSystem(
      props,
      aws,
      { outputs, api, policy, invokeConfig, schedule, alarms },
      runtime,
      functionLog,
      accessLogGroup ? openLog(accessLogGroup) : undefined,
    );
    system.noticeLoadError(await runtime.warmUp());
    props.apiServer.removeAllListeners("request").on("request", system.gateway.handle);
    return system;
  }

  get outputs(): SystemOutputs {
    return this.deployed.outputs;
  }

  /** Deploys a folder as the function's code each time that something in it is saved. */
  watchSource(source: string): void {
    const notice = ({ message }: Error) => this.props.onNotice?.(`Saved code is not noticed: ${message}`);
    let updated = Promise.resolve();
    try {
      this.watcher = watch(source, { recursive: true }, (_event, file) => {
        if (file?.includes("__pycache__")) return;
        clearTimeout(this.saved);
        this.saved = setTimeout(() => {
          updated = updated.then(() => this.updateCode(source));
        }, SAVED_MS);
      });
      this.watcher.on("error", notice);
    } catch (error) {
      notice(error as Error);
    }
  }

  async summary(): Promise<SystemSummary> {
    const { api, invokeConfig, schedule, alarms } = this.deployed;
    const { stage } = api;
    const { configuration } = this.runtime;
    const { outputs } = this;
    const queueArn = invokeConfig?.DestinationConfig?.OnFailure?.Destination;
    const messages = queueArn ? await countMessages(this.aws.sqs, queueArn) : 0;
    this.metrics.record(this.metricIds.deadLetters, messages);
    return {
      api: {
        name: api.api.Name ?? "",
        url: serverUrl(this.props.apiServer),
        routes: api.routes.map(({ RouteKey = "" }) => RouteKey),
        cors: api.api.CorsConfiguration !== undefined,
        rateLimit: stage?.DefaultRouteSettings?.ThrottlingRateLimit ?? 0,
        burstLimit: stage?.DefaultRouteSettings?.ThrottlingBurstLimit ?? 0,
        logGroup: accessLogGroupName(api) ?? "",
      },
      function: {
        name: outputs.lambda_function_name,
        runtime: configuration.Runtime ?? "",
        timeoutSeconds: configuration.Timeout ?? 0,
        memoryMb: configuration.MemorySize ?? 0,
        usedMemoryMb: Math.ceil(this.runtime.usedMemoryMb),
        processes: this.runtime.processCount,
        busyProcesses: this.runtime.busyCount,
        logGroup: configuration.LoggingConfig?.LogGroup ?? "",
      },
      schedule: {
        name: schedule?.rule.Name ?? "none",
        expression: schedule?.rule.ScheduleExpression ?? "",
        state: schedule?.rule.State ?? "",
      },
      table: { name: outputs.dynamodb_table_name },
      logArchive: { bucket: outputs.s3_bucket_name },
      deadLetterQueue: { name: queueArn?.split(":").at(-1) ?? "none", messages },
      requests: this.requests,
      alarms: evaluateAlarms(alarms, this.metrics, Date.now()),
    };
  }

  async diagram(): Promise<string> {
    return drawArchitecture(readArchitecture(this.props.stack.configuration()));
  }

  async items(limit: number): Promise<Item[]> {
    return readLatestItems(this.aws.dynamodb, this.outputs.dynamodb_table_name, limit);
  }

  /** The item of one request; nothing where there is none. */
  async item(requestId: string): Promise<Item | undefined> {
    return readItem(this.aws.dynamodb, this.outputs.dynamodb_table_name, requestId);
  }

  async archivedLog(limit: number): Promise<ArchivedLog> {
    await this.accessLog?.flush();
    return readArchivedLog(this.aws.s3, this.outputs.s3_bucket_name, limit);
  }

  /** Fires the schedule once, whatever its expression and its state. */
  async fireSchedule(): Promise<ScheduleRun> {
    const { schedule, api, invokeConfig } = this.deployed;
    if (!schedule) throw new Error(`No rule runs ${this.outputs.lambda_function_name} on a schedule`);
    const { id: eventId, payload } = scheduledEvent(schedule, api.region, api.accountId, new Date());
    if (!this.mayInvoke("events.amazonaws.com", schedule.rule.Arn ?? "")) {
      const queueArn = schedule.target.DeadLetterConfig?.Arn;
      if (queueArn) await sendToQueue(this.aws.sqs, queueArn, payload);
      const error = "The function's policy does not let the rule invoke it";
      return { eventId, outcome: queueArn ? "sent to the dead-letter queue" : "lost", error };
    }
    const { error, failureDestination } = await invokeAsynchronously(payload, {
      invoke: (event, requestId) => this.invoke(event, requestId, ""),
      functionArn: this.runtime.configuration.FunctionArn ?? "",
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

  /** Ends answering, writes what is left of the logs, and ends the function's processes. */
  async stop(): Promise<void> {
    this.watcher?.close();
    clearTimeout(this.saved);
    await close(this.props.apiServer);
    await this.runtime.stop();
    // The gateway writes the log of what has just ended.
    await setImmediate();
    await Promise.all([this.functionLog.flush(), this.accessLog?.flush()]);
  }

  private async invoke(event: string, requestId: string, traceId: string): Promise<Outcome> {
    try {
      const invocation = await this.runtime.invoke(event, requestId, traceId);
      this.metrics.record(this.metricIds.functionErrors, invocation.isError ? 1 : 0);
      return invocation;
    } catch (error) {
      const isThrottled = error instanceof InvokeError && error.name === "TooManyRequestsException";
      if (isThrottled) this.metrics.record(this.metricIds.functionThrottles, 1);
      throw error;
    }
  }

  private mayInvoke(service: string, sourceArn: string): boolean {
    const known = this.permissions.get(sourceArn);
    if (known !== undefined) return known;
    const isPermitted = mayInvoke(this.deployed.policy, service, sourceArn);
    this.permissions.set(sourceArn, isPermitted);
    return isPermitted;
  }

  private count({ request, status, latencyMs }: AnsweredRequest): void {
    const { requestId, time, method, path } = request;
    const summary = { requestId, time, method, path, status, milliseconds: latencyMs };
    this.requests.unshift(summary);
    this.requests.splice(KEPT_REQUESTS);
    this.metrics.record(this.metricIds.requests, 1);
    this.metrics.record(this.metricIds.clientErrors, status >= 400 && status < 500 ? 1 : 0);
    this.metrics.record(this.metricIds.serverErrors, status >= 500 ? 1 : 0);
    this.props.onRequest?.(summary);
  }

  private async updateCode(source: string): Promise<void> {
    const { outputs } = this;
    const { folder, onNotice = () => {} } = this.props;
    const started = performance.now();
    try {
      await updateFunctionCode(this.aws.lambda, outputs.lambda_function_name, source);
      const error = await this.runtime.replace(
        await readFunction(this.aws.lambda, outputs.lambda_function_name, folder),
      );
      if (error) this.noticeLoadError(error);
      else
        onNotice(`${outputs.lambda_function_name} runs the saved code (${Math.round(performance.now() - started)} ms)`);
    } catch (error) {
      onNotice(`${outputs.lambda_function_name} could not be updated: ${(error as Error).message}`);
    }
  }

  private noticeLoadError(error: FunctionError | undefined): void {
    if (error) this.props.onNotice?.(`The function cannot be loaded: ${describeError(error)}`);
  }
}

/** The metrics that are counted here. */
function metricIdsOf({ outputs, api, invokeConfig }: Deployed) {
  const ofApi = { namespace: "AWS/ApiGateway", dimensions: { ApiId: api.api.ApiId ?? "" } };
  const ofFunction = { namespace: "AWS/Lambda", dimensions: { FunctionName: outputs.lambda_function_name } };
  const queueArn = invokeConfig?.DestinationConfig?.OnFailure?.Destination ?? "";
  return {
    requests: { ...ofApi, metricName: "Count" },
    clientErrors: { ...ofApi, metricName: "4xx" },
    serverErrors: { ...ofApi, metricName: "5xx" },
    functionErrors: { ...ofFunction, metricName: "Errors" },
    functionThrottles: { ...ofFunction, metricName: "Throttles" },
    deadLetters: {
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queueArn.split(":").at(-1) ?? "" },
    },
  } satisfies Record<string, MetricId>;
}

function accessLogGroupName({ stage }: DeployedApi): string | undefined {
  return stage?.AccessLogSettings?.DestinationArn?.split(":")[6];
}

/** Of all variables, the function gets those that lead to the emulator and what Python itself needs. */
function functionAwsEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const wanted = Object.entries(environment).filter(([name]) => /^(AWS_.*|HOME|PATH|PYTHONPATH|TMPDIR)$/.test(name));
  return Object.fromEntries(wanted);
}
