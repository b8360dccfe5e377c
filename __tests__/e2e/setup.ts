import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeRunFolder } from "../../commands/cli/run-folder";
import { UserError } from "../../commands/cli/user-error";
import { startEmulator } from "../../commands/emulator/emulator";
import { findPython } from "../../commands/emulator/python";
import { Deployment, STACKS, type StackName } from "../../commands/terraform/deployment";
import { findMirror, resolveTerraformProviders } from "../../commands/terraform/providers";
import { Terraform, terraformVersion } from "../../commands/terraform/terraform";
import build from "../build";
import {
  type DeployedStack,
  providerLog,
  RUN_VARIABLE,
  resultFile,
  type SharedResult,
  type SharedRun,
  SKIP_VARIABLE,
} from "./shared";

/** What runs inside of jest's own process and has to be stopped. */
export const servers: { stop(): void }[] = [];

/**
 * Starts the emulator and begins to deploy production to it, the deployment that all end-to-end tests share. It does
 * not wait for the end: tests that do not need it run meanwhile. Where this machine lacks what it takes, the tests are
 * skipped; with `E2E=required` that is a failure.
 */
export default async function setup(): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!(error instanceof UserError) || process.env.E2E === "required") throw error;
    process.env[SKIP_VARIABLE] = "1";
    console.warn(`End-to-end tests are skipped: ${error.message}`);
  }
}

async function start(): Promise<void> {
  const folder = makeRunFolder();
  await terraformVersion();
  // A machine with a mirror needs no network, and tests should not ask for any.
  const mirror = process.env.TF_PROVIDER_MIRROR ?? findMirror();
  if (mirror) process.env.TF_PROVIDER_MIRROR = mirror;
  const providers = await resolveTerraformProviders(folder);
  const python = await findPython(console.log);
  await build();

  const emulatorLog = join(folder, "emulator.log");
  const { endpoint } = await startEmulator(python, emulatorLog);
  const shared: SharedRun = { folder, endpoint, providers, python, emulatorLog };
  process.env[RUN_VARIABLE] = JSON.stringify(shared);

  const deployment = new Deployment({ ...shared, environment: "production" });
  servers.push(deployment);
  await deployment.synthesize();
  // Where providers are downloaded, they are now: two runs of init must not fill the same cache at the same time.
  await deployment.stack("serverless-infrastructure").run(["init", "-backend=false", "-no-color"]);

  void deploy(deployment, shared).then((result) => writeFileSync(resultFile(shared), JSON.stringify(result)));
}

async function deploy(deployment: Deployment, shared: SharedRun): Promise<SharedResult> {
  const warnings: string[] = [];
  try {
    for (const stack of STACKS) {
      const terraform = logged(deployment, shared, stack, "apply");
      await terraform.init();
      await terraform.apply(({ diagnostic }) => {
        if (diagnostic?.severity === "warning") warnings.push(diagnostic.summary);
      });
    }
    // Once, because each takes seconds of both cores.
    const stacks = await Promise.all(
      STACKS.map(async (stack): Promise<[StackName, DeployedStack]> => {
        const terraform = logged(deployment, shared, stack, "plan");
        return [stack, { nextPlan: await terraform.plan(), resources: await terraform.resources() }];
      }),
    );
    return {
      environment: deployment.environment,
      outputFolder: deployment.outputFolder,
      warnings,
      stacks: Object.fromEntries(stacks) as Record<StackName, DeployedStack>,
    };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Terraform, whose provider writes down what it calls. */
function logged(deployment: Deployment, shared: SharedRun, stack: StackName, during: "apply" | "plan"): Terraform {
  const log = { TF_LOG_PROVIDER: "DEBUG", TF_LOG_PATH: providerLog(shared, stack, during) };
  return new Terraform(deployment.stack(stack).folder, { ...deployment.environment, ...log });
}
