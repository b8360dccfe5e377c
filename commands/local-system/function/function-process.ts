import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { killChild, startChild } from "../../cli/child-process";
import { PROJECT_FOLDER } from "../../cli/project";

/** How an error looks that Lambda reports of a function. */
export interface FunctionError {
  readonly errorMessage: string;
  readonly errorType: string;
  readonly stackTrace?: string[];
}

/** An error in one line. */
export function describeError({ errorType, errorMessage }: FunctionError): string {
  return `${errorType}: ${errorMessage}`;
}

/** One event for the function. */
export interface Invocation {
  /** Lambda's id of the invocation. */
  readonly requestId: string;
  /** The event as JSON. */
  readonly event: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
  /** Value of the header `x-amzn-trace-id`. */
  readonly traceId: string;
}

/** How an invocation ended. */
export interface Outcome {
  /** The function's result, or a `FunctionError`, as JSON. */
  readonly payload: string;
  readonly isError: boolean;
}

interface Pair {
  readonly head: { readonly isError?: boolean; readonly usedMemoryMb: number };
  readonly body: string;
}

export interface FunctionProcessProps {
  readonly python: string;
  /** The folder with the function's code. */
  readonly codeFolder: string;
  /** All environment variables. */
  readonly environment: NodeJS.ProcessEnv;
  /** Called with each line that the function writes. */
  readonly onLog: (line: string) => void;
}

/** A Python process that has loaded the function and handles one event at a time. */
export class FunctionProcess {
  /** The most memory that it has used. */
  usedMemoryMb = 0;
  /** Whether it is gone, by whatever cause. */
  hasEnded = false;
  /** Settles when the handler is loaded: with what went wrong, if something did. */
  readonly loaded: Promise<FunctionError | undefined>;
  private readonly child: ChildProcess;
  private readonly channel: Duplex;
  /** Takes the next pair that the process writes, or nothing where it ends before. */
  private receiver: ((pair?: Pair) => void) | undefined;

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
    // "exit" and not "close": a process that the function left behind may keep the outputs open.
    for (const event of ["exit", "error"]) this.child.once(event, () => this.end());
    this.channel = this.child.stdio[3] as Duplex;
    // Writing to a process that has just ended fails; its end is noticed anyway.
    this.channel.on("error", () => {});
    let head: string | undefined;
    createInterface({ input: this.channel }).on("line", (line) => {
      if (head === undefined) {
        head = line;
        return;
      }
      const pair = { head: JSON.parse(head), body: line };
      head = undefined;
      this.usedMemoryMb = pair.head.usedMemoryMb;
      this.receiver?.(pair);
    });
    this.loaded = this.load();
  }

  /** Handles one event. Afterwards the process may have ended: by a timeout, or by the function's own doing. */
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
    this.channel.write(`${JSON.stringify(head)}\n${event}\n`);
    const pair = await answer;
    clearTimeout(timer);
    if (pair) return { payload: pair.body, isError: pair.head.isError ?? false };
    return hasTimedOut
      ? failed("Sandbox.Timedout", `RequestId: ${requestId} Error: Task timed out after ${timeoutMs / 1000} seconds`)
      : failed("Runtime.ExitError", `RequestId: ${requestId} Error: ${this.describeEnd()}`);
  }

  /** Ends the process, and what it started, at once. */
  kill(): void {
    killChild(this.child);
    this.end();
  }

  private async load(): Promise<FunctionError | undefined> {
    const pair = await this.receive();
    if (!pair) return { errorType: "Runtime.ExitError", errorMessage: this.describeEnd() };
    return JSON.parse(pair.body) ?? undefined;
  }

  private async receive(): Promise<Pair | undefined> {
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
