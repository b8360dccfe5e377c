import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { killChild, startChild } from "../../cli/child-process";
import { PROJECT_FOLDER } from "../../cli/project";

/** A function's error, as Lambda reports it. */
export interface FunctionError {
  readonly errorMessage: string;
  readonly errorType: string;
  readonly stackTrace?: string[];
}

/** Formats an error as a line. */
export function describeError({ errorType, errorMessage }: FunctionError): string {
  return `${errorType}: ${errorMessage}`;
}

interface Invocation {
  readonly requestId: string;
  readonly event: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
  /** Value of the header `x-amzn-trace-id`. */
  readonly traceId: string;
}

/** The outcome of an invocation. */
export interface Outcome {
  /** The function's result, or a `FunctionError`, as JSON. */
  readonly payload: string;
  readonly isError: boolean;
}

export interface FunctionProcessProps {
  readonly python: string;
  readonly codeFolder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Called with each line of the function's output. */
  readonly onLog: (line: string) => void;
}

/** A Python process with the function. It handles one event at a time. */
export class FunctionProcess {
  /** The maximum memory, in MB. */
  usedMemoryMb = 0;
  /** Whether the process has ended, for any reason. */
  hasEnded = false;
  /** Resolves after the handler is loaded, with the error if that failed. */
  readonly loaded: Promise<FunctionError | undefined>;
  private readonly child: ChildProcess;
  private readonly channel: Duplex;
  /** Receives the process's next message, or nothing if it ends. */
  private receiver: ((message?: Outcome) => void) | undefined;

  constructor(props: FunctionProcessProps) {
    const script = join(PROJECT_FOLDER, "commands", "local-system", "function", "bootstrap.py");
    this.child = startChild(props.python, [script], {
      cwd: props.codeFolder,
      env: props.environment,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    for (const output of [this.child.stdout, this.child.stderr]) {
      if (output) createInterface({ input: output }).on("line", props.onLog);
    }
    // Not "close": a process that the function started may keep the outputs open.
    for (const event of ["exit", "error"]) this.child.once(event, () => this.end());
    this.channel = this.child.stdio[3] as Duplex;
    // Writing to a process that has just ended fails. The event "exit" handles its end.
    this.channel.on("error", () => {});
    createInterface({ input: this.channel }).on("line", (line) => {
      const [head = "", payload = ""] = line.split("\t");
      const { usedMemoryMb, isError = false } = JSON.parse(head);
      this.usedMemoryMb = usedMemoryMb;
      this.receiver?.({ payload, isError });
    });
    this.loaded = this.load();
  }

  /** Handles an event. The process may end: at the timeout, or because the function exits. */
  async invoke({ requestId, event, functionArn, timeoutMs, traceId }: Invocation): Promise<Outcome> {
    const loadError = await this.loaded;
    if (loadError) {
      this.kill();
      return { payload: JSON.stringify(loadError), isError: true };
    }
    const head = { requestId, functionArn, traceId, deadlineMs: Date.now() + timeoutMs };
    let hasTimedOut = false;
    const timer = setTimeout(() => {
      hasTimedOut = true;
      this.kill();
    }, timeoutMs);
    const answer = this.receive();
    this.channel.write(`${JSON.stringify(head)}\t${event}\n`);
    const outcome = await answer;
    clearTimeout(timer);
    if (outcome) return outcome;
    return hasTimedOut
      ? failed("Sandbox.Timedout", `RequestId: ${requestId} Error: Task timed out after ${timeoutMs / 1000} seconds`)
      : failed("Runtime.ExitError", `RequestId: ${requestId} Error: ${this.describeEnd()}`);
  }

  kill(): void {
    killChild(this.child);
    this.end();
  }

  private async load(): Promise<FunctionError | undefined> {
    const message = await this.receive();
    if (!message) return { errorType: "Runtime.ExitError", errorMessage: this.describeEnd() };
    return JSON.parse(message.payload) ?? undefined;
  }

  private async receive(): Promise<Outcome | undefined> {
    if (this.hasEnded) return undefined;
    return new Promise((done) => {
      this.receiver = done;
    });
  }

  private end(): void {
    this.hasEnded = true;
    this.receiver?.();
  }

  private describeEnd(): string {
    const { signalCode, exitCode } = this.child;
    return `Runtime exited with error: ${signalCode ? `signal: ${signalCode}` : `exit status ${exitCode}`}`;
  }
}

function failed(errorType: string, errorMessage: string): Outcome {
  return { payload: JSON.stringify({ errorType, errorMessage } satisfies FunctionError), isError: true };
}
