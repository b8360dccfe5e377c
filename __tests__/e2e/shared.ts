import type { TerraformProviders } from "../../commands/terraform/providers";
import { describeUnlessSkipped } from "../skip";

export const RUN_VARIABLE = "E2E_RUN";

/** What the set-up found and started. */
export interface SharedRun {
  readonly folder: string;
  readonly endpoint: string;
  readonly providers: TerraformProviders;
  readonly python: string;
  readonly emulatorLog: string;
}

/** `describe`, where the machine has what end-to-end tests need. */
export function describeE2e(name: string, tests: () => void): void {
  describeUnlessSkipped("E2E_SKIP", name, tests);
}

export function sharedRun(): SharedRun {
  return JSON.parse(process.env[RUN_VARIABLE] ?? "{}");
}
