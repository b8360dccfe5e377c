import { closeSync, openSync, readFileSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startChild } from "../cli/child-process";
import { PROJECT_FOLDER } from "../cli/project";
import { UserError } from "../cli/user-error";

/** A running AWS emulator. */
export interface Emulator {
  /** Where it answers every AWS service, such as `http://127.0.0.1:41235`. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts the AWS emulator on a free port of 127.0.0.1. It ends when this process does, however that ends.
 *
 * @param python a Python that has requirements-dev.txt
 * @param logFile where it writes a line for each request that it answers
 * @throws UserError where it does not start
 */
export async function startEmulator(python: string, logFile: string): Promise<Emulator> {
  const log = openSync(logFile, "w");
  const child = startChild(python, [join(PROJECT_FOLDER, "commands", "emulator", "emulator.py")], {
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  // Its output just ends then, which is told below.
  child.once("error", () => {});
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

/**
 * Checks that an endpoint is on this machine, because what runs here deploys with made-up credentials and without asking.
 *
 * @returns the endpoint with 127.0.0.1 for localhost: with an IP address, S3 clients put the bucket into the path
 * @throws UserError where it is elsewhere
 */
export function loopbackEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.hostname === "localhost") url.hostname = "127.0.0.1";
  if (!url || !/^(127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    throw new UserError(
      `AWS_ENDPOINT_URL is ${endpoint}, which is not on this machine; unset it, or set it to an emulator at http://127.0.0.1:PORT.`,
    );
  }
  return url.origin;
}

/**
 * The emulator of `AWS_ENDPOINT_URL`; nothing where that is not set.
 *
 * @throws UserError where it is not on this machine
 */
export function ownEmulator(): string | undefined {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  return endpoint ? loopbackEndpoint(endpoint) : undefined;
}

/**
 * Checks that an emulator answers.
 *
 * @throws UserError where nothing does
 */
export async function requireEmulator(endpoint: string): Promise<void> {
  try {
    await fetch(endpoint);
  } catch {
    throw new UserError(`Nothing answers at AWS_ENDPOINT_URL ${endpoint}; start \`npm run emulator\`, or unset it.`);
  }
}

/**
 * The environment in which Terraform, the CDKTF CLI and AWS SDKs talk to the emulator and nothing else: every AWS and
 * Terraform variable and every AWS configuration file of the person who runs this is left out.
 */
export function emulatorEnvironment(endpoint: string): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(AWS|TF)_/.test(name));
  return {
    ...Object.fromEntries(others),
    AWS_ENDPOINT_URL: loopbackEndpoint(endpoint),
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
  };
}
