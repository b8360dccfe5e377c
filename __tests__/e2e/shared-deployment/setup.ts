import { writeFileSync } from "node:fs";
import { skipUnless } from "@local/command-line/testing/skip";
import type { Deployment } from "@local/terraform/deployment";
import { Terraform } from "@local/terraform/run/terraform";
import { findChromium } from "../../../packages/aws-on-this-machine/__tests__/local/chromium";
import { STACKS, type StackName } from "../../../stacks/names";
import { deployedResources, planChanges } from "../inspect-terraform";
import { prepareProduction } from "../setup";
import { sharedRun } from "../shared";
import { type DeployedStack, providerLog, resultFile, type SharedResult } from "./shared-deployment";

/**
 * Begins to deploy production, the deployment that all suites beside this file share. It does not wait for the end: tests
 * that do not need it run meanwhile.
 */
export default async function setup(): Promise<void> {
  const deployment = await prepareProduction();
  if (!deployment) return;
  await skipUnless("BROWSER_SKIP", findChromium);
  console.error("Set-up: begins to deploy production, which takes about two minutes beside the first suites");
  void deploy(deployment).then((result) => writeFileSync(resultFile(sharedRun()), JSON.stringify(result)));
}

async function deploy(deployment: Deployment): Promise<SharedResult> {
  const warnings: string[] = [];
  try {
    for (const stack of STACKS) {
      const terraform = logged(deployment, stack, "apply");
      await terraform.init();
      await terraform.apply(({ diagnostic }) => {
        if (diagnostic?.severity === "warning") warnings.push(diagnostic.summary);
      });
    }
    // Once, because each takes seconds of both cores.
    const stacks = await Promise.all(
      STACKS.map(async (stack): Promise<[StackName, DeployedStack]> => {
        const terraform = logged(deployment, stack, "plan");
        return [stack, { nextPlan: await planChanges(terraform), resources: await deployedResources(terraform) }];
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
function logged(deployment: Deployment, stack: StackName, during: "apply" | "plan"): Terraform {
  const log = { TF_LOG_PROVIDER: "DEBUG", TF_LOG_PATH: providerLog(sharedRun(), stack, during) };
  return new Terraform(deployment.stack(stack).folder, { ...deployment.environment, ...log });
}
