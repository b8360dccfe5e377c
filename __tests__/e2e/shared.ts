import { type Emulator, startEmulator } from "@local/aws-on-this-machine/emulator/emulator";
import { describeUnlessSkipped } from "@local/command-line/testing/skip";
import type { Application } from "@local/terraform/application";
import type { TerraformProviders } from "@local/terraform/run/providers";
import { APPLICATION } from "../../commands/application/application";
import { stopAwsProviders } from "./aws-provider";

export const RUN_VARIABLE = "E2E_RUN";

/** What the set-up found and started. */
export interface SharedRun {
  readonly application: Application;
  readonly folder: string;
  readonly endpoint: string;
  readonly providers: TerraformProviders;
  readonly python: string;
  readonly emulatorLog: string;
  /** The file of the AWS provider that Terraform has installed. */
  readonly awsProvider: string;
}

/** The emulators that this suite uses beside the one that all share. */
const own: string[] = [];

/**
 * `describe`, where the machine has what end-to-end tests need. A last test asks whether AWS, by its own service models,
 * would have refused a request: one of this suite, or of another one that runs beside it.
 */
export function describeE2e(name: string, tests: () => void): void {
  describeUnlessSkipped("E2E_SKIP", name, () => {
    tests();
    afterAll(stopAwsProviders);
    test("by AWS's service models, it has made no wrong request", async () => {
      const answers = [sharedRun().endpoint, ...own].map(async (endpoint) => {
        // DELETE, so that only one suite tells of a request.
        const response = await fetch(`${endpoint}/_emulator/violations`, { method: "DELETE" });
        const { violations, unidentified } = (await response.json()) as Record<string, string[]>;
        return [violations, unidentified];
      });
      expect((await Promise.all(answers)).flat(2)).toEqual([]);
    });
  });
}

/** Has the last test ask the emulator of this suite, too. */
export function checkRequestsOf(endpoint: string): void {
  own.push(endpoint);
}

/** An empty emulator for this suite alone. */
export async function startOwnEmulator(logFile: string): Promise<Emulator> {
  const emulator = await startEmulator(sharedRun().python, logFile);
  checkRequestsOf(emulator.endpoint);
  return emulator;
}

export function sharedRun(): SharedRun {
  return { ...JSON.parse(process.env[RUN_VARIABLE] ?? "{}"), application: APPLICATION };
}
