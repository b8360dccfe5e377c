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
  stop(): Promise<void>;
}

/**
 * Starts the AWS emulator on a free port of 127.0.0.1, until this process ends. Throws a UserError if that fails.
 *
 * @param python a Python with the packages of requirements-dev.txt
 * @param logFile the file for the emulator's log, with a line for each request
 */
export async function startEmulator(python: string, logFile: string): Promise<Emulator> {
  const log = openSync(logFile, "w");
  // -B: nothing is written into the project's folder.
  const child = startChild(python, ["-B", join(PROJECT_FOLDER, "commands", "emulator", "emulator.py")], {
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  // A failed start ends the output, which is handled below.
  const ended = once(child, "close").catch(() => {});
  if (!child.stdout) throw new Error("The emulator has no standard output");
  for await (const line of createInterface({ input: child.stdout })) {
    const { endpoint } = JSON.parse(line) as { endpoint: string };
    return {
      endpoint,
      stop: async () => {
        child.stdin?.end();
        await ended;
      },
    };
  }
  throw new UserError(`The AWS emulator does not start: ${readFileSync(logFile, "utf8").trim().split("\n").at(-1)}`);
}
