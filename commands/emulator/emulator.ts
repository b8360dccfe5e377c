import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startChild } from "../cli/child-process";
import { PROJECT_FOLDER } from "../cli/project";
import { UserError } from "../cli/user-error";

/** A running AWS emulator. */
export interface Emulator {
  /** The endpoint of every AWS service, such as `http://127.0.0.1:41235`. */
  readonly endpoint: string;
  /** Something else whenever the emulator could answer in another way, because its code or its libraries changed. */
  readonly version: string;
  stop(): Promise<void>;
}

/** An emulator that is still loading, for seconds. Requests to it wait. */
export interface StartingEmulator {
  readonly endpoint: string;
  /** Rejects with a UserError if the emulator fails. */
  readonly started: Promise<Emulator>;
}

/**
 * Starts the AWS emulator on a free port of 127.0.0.1, until this process ends. Throws a UserError if that fails.
 *
 * @param python a Python with the packages of requirements-dev.txt
 * @param logFile the file for the emulator's log, with a line for each request
 */
export async function startEmulator(python: string, logFile: string): Promise<Emulator> {
  return (await launchEmulator(python, logFile)).started;
}

/** Like `startEmulator`, for those who have something to do while it loads. */
export async function launchEmulator(python: string, logFile: string): Promise<StartingEmulator> {
  const log = openSync(logFile, "w");
  // -B: nothing is written into the project's folder.
  const child = startChild(python, ["-B", join(PROJECT_FOLDER, "commands", "emulator", "emulator.py")], {
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  // A failed start ends the output, which is handled below.
  const ended = once(child, "close").catch(() => {});
  if (!child.stdout) throw new Error("The emulator has no standard output");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<Record<string, string>> => {
    const line = await lines.next();
    if (!line.done) return JSON.parse(line.value);
    throw new UserError(`The AWS emulator does not start: ${readFileSync(logFile, "utf8").trim().split("\n").at(-1)}`);
  };
  const stop = async () => {
    child.stdin?.end();
    await ended;
  };
  const { endpoint = "" } = await read();
  const started = read().then(({ version = "" }) => ({ endpoint, version, stop }));
  // Whoever waits for it gets the error, however late.
  started.catch(() => {});
  return { endpoint, started };
}
