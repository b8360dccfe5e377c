import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { StackName } from "../../commands/terraform/deployment";
import type { TerraformProviders } from "../../commands/terraform/providers";
import { type ResourceChange, type StateResource, Terraform } from "../../commands/terraform/terraform";

export const RUN_VARIABLE = "E2E_RUN";
export const SKIP_VARIABLE = "E2E_SKIP";

/** An apply takes about two minutes, by the AWS provider's own waiting. */
export const DEPLOYMENT_TIMEOUT_MS = 300_000;

/** What the set-up found and started. */
export interface SharedRun {
  readonly folder: string;
  readonly endpoint: string;
  readonly providers: TerraformProviders;
  readonly python: string;
  readonly emulatorLog: string;
}

/** What Terraform said right after a stack was applied. */
export interface DeployedStack {
  /** The changes of the next plan. */
  readonly nextPlan: readonly ResourceChange[];
  readonly resources: readonly StateResource[];
}

/** How the shared deployment ended. */
export type SharedResult =
  | {
      readonly environment: NodeJS.ProcessEnv;
      readonly outputFolder: string;
      readonly warnings: string[];
      readonly stacks: Readonly<Record<StackName, DeployedStack>>;
    }
  | { readonly error: string };

/** `describe`, where the machine has what end-to-end tests need. */
export function describeE2e(name: string, tests: () => void): void {
  (process.env[SKIP_VARIABLE] ? describe.skip : describe)(name, tests);
}

export function sharedRun(): SharedRun {
  return JSON.parse(process.env[RUN_VARIABLE] ?? "{}");
}

export function resultFile({ folder }: SharedRun): string {
  return join(folder, "deployed.json");
}

/** Where the AWS provider wrote down each call of AWS that it made to apply the stack, or to plan it afterwards. */
export function providerLog({ folder }: SharedRun, stack: StackName, during: "apply" | "plan"): string {
  return join(folder, `${stack}-${during}.log`);
}

/** The shared deployment of production. */
export class SharedDeployment {
  private constructor(
    readonly environment: NodeJS.ProcessEnv,
    readonly outputFolder: string,
    readonly warnings: string[],
    readonly stacks: Readonly<Record<StackName, DeployedStack>>,
  ) {}

  /** Waits until it is deployed. */
  static async ready(): Promise<SharedDeployment> {
    const file = resultFile(sharedRun());
    while (!existsSync(file)) await setTimeout(200);
    const result = JSON.parse(readFileSync(file, "utf8")) as SharedResult;
    if ("error" in result) throw new Error(result.error);
    return new SharedDeployment(result.environment, result.outputFolder, result.warnings, result.stacks);
  }

  stack(name: StackName): Terraform {
    return new Terraform(join(this.outputFolder, "stacks", name), this.environment);
  }
}
