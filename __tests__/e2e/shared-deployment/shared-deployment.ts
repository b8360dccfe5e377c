import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Deployed } from "@local/aws-on-this-machine/start/apply-stacks";
import { deployToNewEmulator, type NewEmulatorProps } from "@local/aws-on-this-machine/start/new-emulator";
import { Deployment } from "@local/terraform/deployment";
import { findTerraform } from "@local/terraform/run/find-terraform";
import { Terraform } from "@local/terraform/run/terraform";
import type { StackName } from "../../../stacks/names";
import { type DeployedResource, planChanges, type ResourceChange } from "../inspect-terraform";
import { checkRequestsOf, type SharedRun, sharedRun } from "../shared";

/** What Terraform said right after a stack was applied. */
export interface DeployedStack {
  /** The changes of the next plan. */
  readonly nextPlan: readonly ResourceChange[];
  readonly resources: readonly DeployedResource[];
}

/** How the shared deployment ended. */
export type SharedResult =
  | {
      readonly endpoint: string;
      readonly environment: NodeJS.ProcessEnv;
      readonly outputFolder: string;
      readonly shown: string;
      readonly stacks: Readonly<Record<StackName, DeployedStack>>;
    }
  | { readonly error: string };

export function resultFile({ folder }: SharedRun): string {
  return join(folder, "deployed.json");
}

/** Where the AWS provider wrote down each call of AWS that it made to apply both stacks, or to plan them afterwards. */
export function providerLog({ folder }: SharedRun, during: "apply" | "plan"): string {
  return join(folder, `${during}.log`);
}

/** The recordings with that of the shared deployment. */
export function recordings({ folder }: SharedRun): string {
  return join(folder, "recordings");
}

/** A failure that another suite tells; jest's environment skips the tests that meet it. */
class ToldElsewhere extends Error {
  override readonly name = "ToldElsewhere";
}

/** The shared deployment of production. */
export class SharedDeployment {
  private constructor(
    readonly endpoint: string,
    readonly environment: NodeJS.ProcessEnv,
    readonly outputFolder: string,
    /** The output of the deployment. */
    readonly shown: string,
    readonly stacks: Readonly<Record<StackName, DeployedStack>>,
  ) {}

  /**
   * Waits until it is deployed.
   *
   * @throws Error with what Terraform said, to the first suite that asks; ToldElsewhere to the others
   */
  static async ready(): Promise<SharedDeployment> {
    const file = resultFile(sharedRun());
    while (!existsSync(file)) await setTimeout(200);
    const result = JSON.parse(readFileSync(file, "utf8")) as SharedResult;
    if ("error" in result) throw isFirst(`${file}.told`) ? new Error(result.error) : new ToldElsewhere(result.error);
    checkRequestsOf(result.endpoint);
    return new SharedDeployment(result.endpoint, result.environment, result.outputFolder, result.shown, result.stacks);
  }

  /** The same deployment on a new emulator, of which the caller is the only user, from its recording. */
  async repeat(folder: string, options: Partial<NewEmulatorProps> = {}): Promise<Deployed> {
    // A failed test ends the emulator, whose end must not end jest's worker.
    process.exit = (() => {}) as never;
    const { version: terraform } = await findTerraform();
    const { application, python, providers } = sharedRun();
    const own = mkdtempSync(join(folder, "run-"));
    const props = { application, folder: own, python, providers, terraform, recordings: recordings(sharedRun()) };
    const deployed = await deployToNewEmulator({ ...props, isFresh: false, listsResources: false, ...options });
    checkRequestsOf(deployed.endpoint);
    await deployed.deployment.system.init();
    return deployed;
  }

  stack(name: StackName): Terraform {
    return new Terraform(join(this.outputFolder, "stacks", name), this.environment);
  }

  /** Plans the system, as another output folder has it, against what is deployed. */
  async planFrom(outputFolder: string, ...options: string[]): Promise<ResourceChange[]> {
    const deployment = new Deployment({
      ...sharedRun(),
      endpoint: this.endpoint,
      folder: outputFolder,
      environment: "production",
    });
    const folder = join(outputFolder, "stacks", "serverless-infrastructure");
    await deployment.serveArchiveProvider(folder);
    try {
      const terraform = new Terraform(folder, { ...deployment.environment, AWS_REGION: "us-west-2" });
      await terraform.init();
      return await planChanges(terraform, "-lock-timeout=60s", ...options);
    } finally {
      deployment.stop();
    }
  }
}

/** Whether no other process has asked this before about a file. */
function isFirst(file: string): boolean {
  try {
    writeFileSync(file, "", { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}
