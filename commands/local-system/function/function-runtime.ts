import { availableParallelism } from "node:os";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { type FunctionError, FunctionProcess, type Outcome } from "./function-process";

/** What runs at most at once, where the deployment does not say less. */
const MAX_CONCURRENCY = 10;

/** How long an event waits for a process before it is refused, in milliseconds. */
const MAX_WAIT_MS = 10_000;

/** Lambda's limit of a synchronous event: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** Lambda refuses an event: its name and its message are those of the service's exception. */
export class InvokeError extends Error {
  constructor(
    override readonly name: "TooManyRequestsException" | "RequestTooLargeException",
    message: string,
    /** Whether trying again is in vain: no concurrency is left to the function at all. */
    readonly isFinal = false,
  ) {
    super(message);
  }
}

/** A function as it is deployed. */
export interface DeployedFunction {
  readonly configuration: FunctionConfiguration;
  /** The folder with the unpacked code. */
  readonly codeFolder: string;
  /** How many may run at once, where the deployment limits it. */
  readonly reservedConcurrency?: number;
}

export interface FunctionRuntimeProps {
  readonly python: string;
  /** How processes find Python's packages and reach AWS. */
  readonly awsEnvironment: NodeJS.ProcessEnv;
  readonly logStreamName: string;
  /** Called with each line that the function writes. */
  readonly onLog: (line: string) => void;
  /** Called with the line that Lambda logs after each invocation. */
  readonly onReport: (line: string) => void;
}

interface Waiting {
  readonly take: (process: FunctionProcess) => void;
  readonly refuse: (error: InvokeError) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Runs the function as Lambda does: warm processes that handle one event at a time, and another one where all are busy,
 * up to a limit.
 */
export class FunctionRuntime {
  /** The most memory that a process has used, in MB. */
  usedMemoryMb = 0;
  /** Each process, with the code that it loaded. */
  private readonly processes = new Map<FunctionProcess, DeployedFunction>();
  /** Processes without an event; the one that was busy last is taken first. */
  private readonly idle: FunctionProcess[] = [];
  private readonly waiting: Waiting[] = [];
  private readonly underWay = new Set<Promise<unknown>>();
  private starting = 0;
  private isStopped = false;

  constructor(
    private deployed: DeployedFunction,
    private readonly props: FunctionRuntimeProps,
  ) {}

  get processCount(): number {
    return this.processes.size;
  }

  get busyCount(): number {
    return this.processes.size - this.idle.length - this.starting;
  }

  get configuration(): FunctionConfiguration {
    return this.deployed.configuration;
  }

  /**
   * Starts a process before the first event comes.
   *
   * @returns what is wrong with the function, where it cannot be loaded
   */
  async warmUp(): Promise<FunctionError | undefined> {
    return this.processes.size < this.limit ? this.start() : undefined;
  }

  /** Goes on with another version of the function. Events under way end with the old one. */
  async replace(deployed: DeployedFunction): Promise<FunctionError | undefined> {
    this.deployed = deployed;
    for (const process of this.idle.splice(0)) this.remove(process);
    return this.warmUp();
  }

  /**
   * Handles one event, given as JSON.
   *
   * @throws InvokeError where no process becomes free in time, or the event is too large
   */
  async invoke(event: string, requestId: string, traceId: string): Promise<Outcome> {
    if (Buffer.byteLength(event) > MAX_EVENT_BYTES) {
      const message = `Request must be smaller than ${MAX_EVENT_BYTES} bytes for the InvokeFunction operation`;
      throw new InvokeError("RequestTooLargeException", message);
    }
    const process = await this.acquire();
    const { FunctionArn = "", Timeout = 3 } = this.configuration;
    const started = performance.now();
    const invocation = { requestId, event, traceId, functionArn: FunctionArn, timeoutMs: Timeout * 1000 };
    const handled = process.invoke(invocation);
    this.underWay.add(handled);
    const outcome = await handled;
    this.underWay.delete(handled);
    const durationMs = performance.now() - started;
    this.usedMemoryMb = Math.max(this.usedMemoryMb, process.usedMemoryMb);
    this.props.onReport(this.report(requestId, process, outcome, durationMs));
    this.release(process);
    return outcome;
  }

  /** Ends all processes at once; events under way have failed when it is done, those that waited are refused. */
  async stop(): Promise<void> {
    this.isStopped = true;
    const refusal = new InvokeError("TooManyRequestsException", "The function is stopped.", true);
    for (const { refuse, timer } of this.waiting.splice(0)) {
      clearTimeout(timer);
      refuse(refusal);
    }
    for (const process of this.processes.keys()) process.kill();
    await Promise.all(this.underWay);
  }

  private get limit(): number {
    if (this.isStopped) return 0;
    return Math.min(MAX_CONCURRENCY, this.deployed.reservedConcurrency ?? Infinity);
  }

  private async acquire(): Promise<FunctionProcess> {
    if (this.limit === 0) throw new InvokeError("TooManyRequestsException", "Rate Exceeded.", true);
    while (this.idle.length > 0) {
      const process = this.idle.pop();
      if (process && !process.hasEnded) return process;
      if (process) this.remove(process);
    }
    return new Promise((take, refuse) => {
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        refuse(new InvokeError("TooManyRequestsException", "Rate Exceeded."));
      }, MAX_WAIT_MS);
      const waiting = { take, refuse, timer };
      this.waiting.push(waiting);
      this.startMissing();
    });
  }

  private release(process: FunctionProcess): void {
    const isUseless = process.hasEnded || this.processes.get(process) !== this.deployed;
    if (isUseless) this.remove(process);
    else if (!this.handOver(process)) this.idle.push(process);
    this.startMissing();
  }

  /** Gives a process to the event that has waited longest; false where none waits. */
  private handOver(process: FunctionProcess): boolean {
    const next = this.waiting.shift();
    if (!next) return false;
    clearTimeout(next.timer);
    next.take(process);
    return true;
  }

  /** Starts a process for each event that waits, within the limit; starting takes a core, so not more at once than those. */
  private startMissing(): void {
    while (this.starting < Math.min(this.waiting.length, availableParallelism()) && this.processes.size < this.limit) {
      void this.start();
    }
  }

  private async start(): Promise<FunctionError | undefined> {
    const process = new FunctionProcess({
      python: this.props.python,
      codeFolder: this.deployed.codeFolder,
      environment: {
        ...this.props.awsEnvironment,
        ...functionEnvironment(this.deployed, this.props.logStreamName),
      },
      onLog: this.props.onLog,
    });
    this.processes.set(process, this.deployed);
    this.starting += 1;
    const error = await process.loaded;
    this.starting -= 1;
    // Where the function cannot be loaded, an event that gets the process is answered with the reason.
    if (!error) this.release(process);
    else if (!this.handOver(process)) this.remove(process);
    this.startMissing();
    return error;
  }

  private remove(process: FunctionProcess): void {
    this.processes.delete(process);
    process.kill();
  }

  /** The line that Lambda logs after each invocation, in its JSON format. */
  private report(requestId: string, process: FunctionProcess, outcome: Outcome, durationMs: number): string {
    return JSON.stringify({
      time: new Date().toISOString(),
      type: "platform.report",
      record: {
        requestId,
        metrics: {
          durationMs: Math.round(durationMs * 1000) / 1000,
          billedDurationMs: Math.ceil(durationMs),
          memorySizeMB: this.configuration.MemorySize,
          maxMemoryUsedMB: Math.ceil(process.usedMemoryMb),
        },
        status: outcome.isError ? "error" : "success",
      },
    });
  }
}

/** The variables that Lambda sets: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function functionEnvironment(
  { configuration, codeFolder }: DeployedFunction,
  logStreamName: string,
): NodeJS.ProcessEnv {
  return {
    LAMBDA_TASK_ROOT: codeFolder,
    TZ: ":UTC",
    LANG: "en_US.UTF-8",
    _HANDLER: configuration.Handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.Runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: configuration.FunctionName,
    AWS_LAMBDA_FUNCTION_VERSION: configuration.Version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_FORMAT: configuration.LoggingConfig?.LogFormat ?? "Text",
    AWS_LAMBDA_LOG_LEVEL: configuration.LoggingConfig?.ApplicationLogLevel ?? "INFO",
    AWS_LAMBDA_LOG_GROUP_NAME: configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${configuration.FunctionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    ...configuration.Environment?.Variables,
  };
}
