import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describeSignal, startChild } from "@local/command-line/process/child-process";
import { UserError } from "@local/command-line/user-error";
import { EMULATOR_ACCESS, localEnvironment } from "@local/terraform/environment";

export interface Emulator {
  /** The endpoint of every AWS service, such as `http://127.0.0.1:41235`. */
  readonly endpoint: string;
  /** Changes with the emulator's code and libraries, and so whenever it could answer in another way. */
  readonly version: string;
  stop(): Promise<void>;
}

/** An emulator that loads for some seconds. Requests to it wait. */
export interface StartingEmulator {
  readonly endpoint: string;
  /** Rejects with a UserError if the emulator fails. */
  readonly started: Promise<Emulator>;
}

export interface EmulatorListeners {
  /** Called with each answer of 500 or more: the service and operation, and the reason. */
  readonly onFailure?: (failure: string) => void;
  /** Called with the reason if a running emulator ends although `stop` was not called. */
  readonly onEnd?: (reason: string) => void;
}

/**
 * Starts the AWS emulator on a free port of 127.0.0.1, until this process ends. Throws a UserError if that fails.
 *
 * @param python a Python with the packages of requirements-dev.txt
 * @param logFile the file for the emulator's log, with a line for each request
 */
export async function startEmulator(python: string, logFile: string, listeners?: EmulatorListeners): Promise<Emulator> {
  return (await launchEmulator(python, logFile, listeners)).started;
}

/** Like `startEmulator`, for callers that do other work while it loads. */
export async function launchEmulator(
  python: string,
  logFile: string,
  { onFailure, onEnd }: EmulatorListeners = {},
): Promise<StartingEmulator> {
  const log = openSync(logFile, "w");
  // -B: Python writes no bytecode into the project's folder.
  const child = startChild(python, ["-B", join(__dirname, "emulator.py")], {
    env: { ...localEnvironment(/^EMULATOR_/), ...EMULATOR_ACCESS },
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  const lastLine = () => readFileSync(logFile, "utf8").trim().split("\n").at(-1);
  let isStopped = false;
  // A failed start ends the output, which is handled below.
  const ended = once(child, "close").catch(() => []);
  if (!child.stdout) throw new Error("The emulator has no standard output");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<Record<string, string>> => {
    const line = await lines.next();
    if (!line.done) return JSON.parse(line.value);
    throw new UserError(`The AWS emulator does not start: ${lastLine()}`);
  };
  const stop = async () => {
    isStopped = true;
    child.stdin?.end();
    await ended;
  };
  const follow = async () => {
    for await (const line of lines) onFailure?.(JSON.parse(line).failure);
    const [exitCode, signal] = await ended;
    if (!isStopped) onEnd?.(describeEnd(exitCode, signal, lastLine()));
  };
  const { endpoint = "" } = await read();
  const started = read().then(({ version = "" }) => {
    void follow();
    return { endpoint, version, stop };
  });
  // The error reaches callers that await this promise later.
  started.catch(() => {});
  return { endpoint, started };
}

function describeEnd(exitCode: number, signal: NodeJS.Signals | null, lastLine = ""): string {
  const name = "The AWS emulator";
  const end = signal
    ? describeSignal(name, signal)
    : `${name} ended with exit code ${exitCode}; run the command again.`;
  return `${end} The deployment is gone.${lastLine && ` The emulator's last log line: ${lastLine}`}`;
}
