import { availableParallelism } from "node:os";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { afterAwake } from "@local/command-line/process/awake";
import { type FunctionDebugger, FunctionProcess, type LoadFailure, type Outcome } from "./function-process";
import {
  BoundedLog,
  type Code,
  type InvocationRecord,
  InvokeError,
  type LogEntry,
  type NamedVersion,
} from "./invocation";
import { renderReport } from "./report";
import { functionEnvironment } from "./sandbox/environment";

const MAX_CONCURRENCY = 10;

/** More processes at once would only make each load more slowly. */
const MAX_STARTING = availableParallelism();

/** The maximum wait of an event for a process, in milliseconds. */
const MAX_WAIT_MS = 10_000;

/** Lambda's limit for a synchronous event: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

export interface DeployedFunction {
  readonly configuration: FunctionConfiguration;
  readonly codeFolder: string;
  /** The folder of the source, relative to the project. */
  readonly source: string;
  /** The folder of the packages that its `requirements.txt` names, for this machine. */
  readonly packages?: string;
  /** The folders of the packages that its layers have. */
  readonly layers?: readonly string[];
  readonly reservedConcurrency?: number;
}

export interface FunctionRuntimeProps {
  readonly python: string;
  /** A folder for the unpacked versions of the function's code and for the files of its processes. */
  readonly folder: string;
  readonly libraries?: string;
  /** The function gets the variables for AWS SDKs among these. */
  readonly awsEnvironment: NodeJS.ProcessEnv;
  readonly logStreamName: string;
  /** With a debugger, the function has one process, and no event is refused because it waits too long. */
  readonly debugger?: FunctionDebugger;
  /** Called with each event of the function's log and, after each invocation, with Lambda's report. */
  readonly onLog: (entry: LogEntry) => void;
}

interface ProcessState {
  readonly deployed: DeployedFunction;
  readonly code: Code;
  /** The output before its first event. */
  startLog: BoundedLog;
  /** The latest one. It also gets the output that follows it. */
  invocation?: InvocationRecord;
}

/** A process for an event, with the time of its start if the event waited for that. */
interface Acquired {
  readonly process: FunctionProcess;
  readonly initMs?: number;
}

interface Waiting {
  readonly take: (acquired: Acquired) => void;
  readonly refuse: (error: InvokeError) => void;
  readonly cancel: (() => void) | undefined;
}

/** Runs the function as Lambda does: reuses processes with one event at a time, and starts more while all are busy. */
export class FunctionRuntime {
  /** The maximum memory of a process, in MB. */
  usedMemoryMb = 0;
  private readonly processes = new Map<FunctionProcess, ProcessState>();
  /** Processes without an event. The last one is used first. */
  private readonly idle: FunctionProcess[] = [];
  private readonly waiting: Waiting[] = [];
  private readonly underWay = new Set<Promise<unknown>>();
  /** Processes that are still loading the function. */
  private readonly starting = new Set<FunctionProcess>();
  private isStopped = false;
  private static logEntries = 0;

  constructor(
    private deployed: DeployedFunction,
    private readonly props: FunctionRuntimeProps,
  ) {
    props.debugger?.port.serve(() => this.findDebuggee());
  }

  get processCount(): number {
    return this.processes.size;
  }

  get busyCount(): number {
    return this.processes.size - this.idle.length - this.starting.size;
  }

  get configuration(): FunctionConfiguration {
    return this.deployed.configuration;
  }

  /** Starts a process before the first event. Returns the reason if the function cannot be loaded. */
  async warmUp(): Promise<LoadFailure | undefined> {
    return this.processes.size < this.limit ? this.start() : undefined;
  }

  /**
   * Continues at once with another version of the function. Running events end with the old one. Resolves after the new
   * one is loaded, with the reason if that failed.
   */
  async replace(deployed: DeployedFunction): Promise<LoadFailure | undefined> {
    this.deployed = deployed;
    for (const process of [...this.idle.splice(0), ...this.starting]) this.remove(process);
    return this.warmUp();
  }

  /**
   * Handles an event. Throws InvokeError if no process becomes free in time, or the event is too large.
   *
   * @param onStart called as soon as the event has a process, with what becomes known of the invocation
   * @param named by default, the deployed version
   */
  async invoke(
    event: string,
    requestId: string,
    traceId: string,
    onStart?: (invocation: InvocationRecord) => void,
    named?: NamedVersion,
  ): Promise<Outcome> {
    if (Buffer.byteLength(event) > MAX_EVENT_BYTES) {
      const message = `Request must be smaller than ${MAX_EVENT_BYTES} bytes for the InvokeFunction operation`;
      throw new InvokeError("RequestTooLargeException", message);
    }
    const arrived = performance.now();
    const acquired = await this.acquire();
    const { process } = acquired;
    const started = performance.now();
    const state = this.processes.get(process) as ProcessState;
    const invocation = this.begin(state, acquired, requestId, started - arrived);
    onStart?.(invocation);
    const { FunctionArn = "", Version = "" } = this.configuration;
    const { functionArn, version } = named ?? { functionArn: FunctionArn, version: Version };
    const handled = process.invoke({ requestId, event, traceId, functionArn, version, timeoutMs: this.timeoutMs });
    this.underWay.add(handled);
    const outcome = await handled;
    this.underWay.delete(handled);
    invocation.durationMs = performance.now() - started;
    invocation.usedMemoryMb = process.usedMemoryMb;
    invocation.outcome = outcome;
    this.usedMemoryMb = Math.max(this.usedMemoryMb, process.usedMemoryMb);
    this.log(state, { raw: renderReport(invocation, this.configuration) }, true);
    this.release(process);
    return outcome;
  }

  /** Kills all processes. Running events fail, and waiting events are refused. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const { refuse, cancel } of this.waiting.splice(0)) {
      cancel?.();
      refuse(stopped());
    }
    for (const process of this.processes.keys()) process.kill();
    await Promise.all(this.underWay);
  }

  private get limit(): number {
    if (this.isStopped) return 0;
    return Math.min(this.props.debugger ? 1 : MAX_CONCURRENCY, this.deployed.reservedConcurrency ?? Infinity);
  }

  /** Finds the process, after the function is loaded. Starts one if there is none. */
  private async findDebuggee(): Promise<FunctionProcess | undefined> {
    for (const ended of this.idle.filter(({ hasEnded }) => hasEnded)) this.remove(ended);
    await this.warmUp();
    const [process] = this.processes.keys();
    return process?.loaded.then(() => process);
  }

  private get timeoutMs(): number {
    return (this.configuration.Timeout ?? 3) * 1000;
  }

  /** Assigns the process's output to the invocation from now on; also that of its start, if the event waited for the start. */
  private begin(state: ProcessState, { initMs }: Acquired, requestId: string, waitedMs: number): InvocationRecord {
    const invocation = {
      owner: { requestId },
      time: Date.now(),
      waitMs: Math.max(0, waitedMs - (initMs ?? 0)),
      initMs,
      code: state.code,
      memoryMb: state.deployed.configuration.MemorySize ?? 0,
      log: initMs === undefined ? new BoundedLog() : state.startLog,
      durationMs: 0,
      usedMemoryMb: 0,
    };
    for (const entry of invocation.log.entries) entry.owner = invocation.owner;
    state.startLog = new BoundedLog();
    state.invocation = invocation;
    return invocation;
  }

  private log({ code, invocation, startLog }: ProcessState, event: Pick<LogEntry, "raw">, isReport: boolean): void {
    FunctionRuntime.logEntries += 1;
    const { logEntries: number } = FunctionRuntime;
    const entry = { ...event, number, time: Date.now(), isReport, code, owner: invocation?.owner };
    (invocation?.log ?? startLog).add(entry);
    this.props.onLog(entry);
  }

  private async acquire(): Promise<Acquired> {
    if (this.isStopped) throw stopped();
    if (this.limit === 0) throw new InvokeError("TooManyRequestsException", "Rate Exceeded.", true);
    for (let process = this.idle.pop(); process; process = this.idle.pop()) {
      if (!process.hasEnded) return { process };
      this.remove(process);
    }
    return new Promise((take, refuse) => {
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        refuse(new InvokeError("TooManyRequestsException", "Rate Exceeded."));
      };
      const cancel = this.props.debugger ? undefined : afterAwake(MAX_WAIT_MS, giveUp);
      const waiting = { take, refuse, cancel };
      this.waiting.push(waiting);
      this.startMissing();
    });
  }

  private release(process: FunctionProcess, initMs?: number): void {
    if (process.hasEnded || !this.isCurrent(process)) this.remove(process);
    else if (!this.handOver({ process, initMs })) this.idle.push(process);
    this.startMissing();
  }

  /** Whether a process runs the deployed version. */
  private isCurrent(process: FunctionProcess): boolean {
    return this.processes.get(process)?.deployed === this.deployed;
  }

  /** Gives a process to the oldest waiting event. Returns false if there is none. */
  private handOver(acquired: Acquired): boolean {
    const next = this.waiting.shift();
    if (!next) return false;
    next.cancel?.();
    next.take(acquired);
    return true;
  }

  /** Starts a process for each waiting event, up to the limits. */
  private startMissing(): void {
    while (this.starting.size < Math.min(this.waiting.length, MAX_STARTING) && this.processes.size < this.limit) {
      void this.start();
    }
  }

  private async start(): Promise<LoadFailure | undefined> {
    const started = performance.now();
    const { codeFolder: folderOfCode, source, configuration, packages, layers } = this.deployed;
    const code = { functionName: configuration.FunctionName ?? "", folder: folderOfCode, source };
    const state: ProcessState = { deployed: this.deployed, code, startLog: new BoundedLog() };
    const { python, folder, libraries, debugger: debug } = this.props;
    const process = new FunctionProcess({
      python,
      codeFolder: folderOfCode,
      folder,
      libraries: [packages ?? [], layers ?? [], libraries ?? [], debug?.packages ?? []].flat(),
      debugger: debug,
      environment: functionEnvironment(this.deployed, this.props),
      timeoutMs: this.timeoutMs,
      onLog: (event) => this.log(state, event, false),
    });
    this.processes.set(process, state);
    this.starting.add(process);
    const failure = await process.loaded;
    const initMs = performance.now() - started;
    this.starting.delete(process);
    // Without a loaded function, the process answers an event with the error.
    if (!failure) this.release(process, initMs);
    else if (!this.isCurrent(process) || !this.handOver({ process, initMs })) this.remove(process);
    this.startMissing();
    return failure;
  }

  private remove(process: FunctionProcess): void {
    this.processes.delete(process);
    this.starting.delete(process);
    process.kill();
  }
}

/** On AWS, the event would go on. Here it ends with the system, and does not become a dead letter. */
function stopped(): InvokeError {
  return new InvokeError("ServiceException", "The local system has ended.");
}
