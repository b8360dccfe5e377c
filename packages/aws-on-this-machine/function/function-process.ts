import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { afterAwake } from "@local/command-line/process/awake";
import { killChild, startChild } from "@local/command-line/process/child-process";
import { Channel, type Message } from "./channel";
import type { DebugPort } from "./debugging/debug-port";
import { type LogEvent, readLogEvents } from "./log-events";

/** Lambda's time limit for loading a function: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const INIT_TIMEOUT_MS = 10_000;

/** A function's error, as Lambda reports it. */
export interface FunctionError {
  readonly errorMessage: string;
  readonly errorType: string;
  /** The request's id; empty if the function could not be loaded. Lambda's own errors have it in their message. */
  readonly requestId?: string;
  readonly stackTrace?: string[];
}

/** Formats an error as a line. */
export function describeError({ errorType, errorMessage }: FunctionError): string {
  return `${errorType}: ${errorMessage}`.replace(/\s*\n\s*/g, " ");
}

export interface LoadFailure {
  readonly error: FunctionError;
  /** The place in the function's code, such as `index.py:12`, if it is known. */
  readonly location?: string;
}

interface Invocation {
  readonly requestId: string;
  readonly event: string;
  readonly functionArn: string;
  readonly version: string;
  readonly timeoutMs: number;
  /** Value of the header `x-amzn-trace-id`; may be empty. */
  readonly traceId: string;
}

export interface Outcome {
  /** The function's result, or a `FunctionError`, as JSON. */
  readonly payload: string;
  readonly isError: boolean;
  /** The version that handled it, if the event names a version or an alias. */
  readonly version?: string;
  /** Set if the event did not reach the function because it cannot be loaded. */
  readonly loadFailure?: LoadFailure;
}

/** A function's debugger. While there is one, no time limit holds for the function. */
export interface FunctionDebugger {
  /** The port at which debuggers attach. */
  readonly port: DebugPort;
  /** The folder of debugpy. */
  readonly packages: string;
  /** The folder of the function's source, with the files that an editor shows, if it is known. */
  readonly source?: string;
}

export interface FunctionProcessProps {
  readonly python: string;
  readonly codeFolder: string;
  /** Folders with libraries that the function can import. */
  readonly libraries: readonly string[];
  /** The folder in which the process makes its `TMPDIR`. The latter is removed at the process's end. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly debugger?: FunctionDebugger;
  /** Called with each event of the function's log. */
  readonly onLog: (event: LogEvent) => void;
}

/** A Python process with the function. It handles one event at a time. */
export class FunctionProcess {
  /** The maximum memory, in MB. */
  usedMemoryMb = 0;
  /** The port of its debug adapter; `undefined` without one, and until the handler is loaded. */
  adapterPort: number | undefined;
  /** Whether the process has ended, for any reason. */
  hasEnded = false;
  /** Resolves after the handler is loaded, with the reason if that failed. */
  readonly loaded: Promise<LoadFailure | undefined>;
  private readonly child: ChildProcess;
  private readonly channel: Channel;
  /** The fault of the function for which its process was killed. */
  private fault: string | undefined;
  private static started = 0;

  constructor(private readonly props: FunctionProcessProps) {
    FunctionProcess.started += 1;
    const script = join(__dirname, "bootstrap.py");
    // Short: multiprocessing makes sockets below it, whose paths have 103 bytes at most on macOS.
    const temporaryFolder = join(props.folder, FunctionProcess.started.toString(36));
    // Unbuffered, like Lambda's: a killed process loses no output. Without bytecode beside the script.
    // Without the emulator's packages.
    const args = ["-u", "-B", "-S", ...startOf(props, script), temporaryFolder, ...props.libraries];
    this.child = startChild(props.python, args, {
      cwd: props.codeFolder,
      env: { TMPDIR: temporaryFolder, ...props.environment, ...pathMapping(props) },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    for (const output of [this.child.stdout, this.child.stderr]) readLogEvents(output as Readable, props.onLog);
    this.channel = new Channel(this.child.stdio[3] as Duplex, (reason) => {
      this.fault ??= `the function ${reason}`;
      this.kill();
    });
    // Not "close": a process that the function started may keep the outputs open.
    for (const event of ["exit", "error"]) this.child.once(event, () => this.end());
    this.child.once("exit", () => removeFolder(temporaryFolder));
    // If loading takes too long, Lambda repeats it within the first event's time.
    this.loaded = this.load(Math.max(INIT_TIMEOUT_MS, props.timeoutMs));
  }

  /** Handles an event. The process may end: at the timeout, or because the function exits. */
  async invoke({ requestId, event, functionArn, version, timeoutMs, traceId }: Invocation): Promise<Outcome> {
    const loadFailure = await this.loaded;
    if (loadFailure) {
      this.kill();
      return { ...failed(loadFailure.error, requestId), loadFailure };
    }
    const answer = this.receive(requestId, timeoutMs);
    this.channel.send({ id: requestId, functionArn, version, traceId, deadlineMs: Date.now() + timeoutMs }, event);
    const message = await answer;
    return "body" in message ? { payload: message.body, isError: message.isError } : failed(message, requestId);
  }

  kill(): void {
    killChild(this.child);
    this.end();
  }

  private async load(timeoutMs: number): Promise<LoadFailure | undefined> {
    const message = await this.receive("init", timeoutMs);
    if (!("body" in message)) return { error: message };
    this.adapterPort = message.adapterPort ?? undefined;
    return message.isError ? { error: JSON.parse(message.body), location: message.location ?? undefined } : undefined;
  }

  /**
   * Waits for the process's next message. At the timeout, kills the process, unless it has a debugger. Returns Lambda's error if
   * there is none.
   */
  private async receive(id: string, timeoutMs: number): Promise<Message | FunctionError> {
    let hasTimedOut = false;
    const timeOut = () => {
      hasTimedOut = true;
      this.kill();
    };
    const cancel = this.props.debugger ? undefined : afterAwake(timeoutMs, timeOut);
    const message = await this.channel.receive(id);
    cancel?.();
    // The function's earlier output is in other pipes, which this turn of the event loop reads, too.
    await setImmediate();
    if (!message) {
      const errorMessage = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
      if (hasTimedOut) return { errorType: "Sandbox.Timedout", errorMessage };
      return { errorType: "Runtime.ExitError", errorMessage: this.describeEnd() };
    }
    this.usedMemoryMb = message.usedMemoryMb;
    return message;
  }

  private end(): void {
    this.hasEnded = true;
    this.channel.close();
  }

  private describeEnd(): string {
    const { signalCode, exitCode } = this.child;
    if (exitCode === 0) return "Runtime exited without providing a reason";
    const reason = this.fault ?? (signalCode ? `signal: ${signalCode}` : `exit status ${exitCode}`);
    return `Runtime exited with error: ${reason}`;
  }
}

/** Without frozen modules, which a debugger cannot stop in. */
function startOf({ debugger: debug }: FunctionProcessProps, script: string): string[] {
  return debug ? ["-X", "frozen_modules=off", script, `--debug=${debug.port.port}`] : [script];
}

/** Shows the files of the source in place of the deployed copies. It holds for debuggers that send no mapping. */
function pathMapping({ debugger: debug, codeFolder }: FunctionProcessProps): NodeJS.ProcessEnv {
  return debug?.source ? { PATHS_FROM_ECLIPSE_TO_PYTHON: JSON.stringify([[debug.source, codeFolder]]) } : {};
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // A killed process may still write for a moment. The run's folder is removed at the end.
  }
}

function failed(error: FunctionError, requestId: string): Outcome {
  const isOwn = error.requestId === undefined;
  const errorMessage = isOwn ? `RequestId: ${requestId} Error: ${error.errorMessage}` : error.errorMessage;
  return { payload: JSON.stringify({ ...error, errorMessage }), isError: true };
}
