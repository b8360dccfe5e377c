import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { deployToNewEmulator } from "@local/aws-on-this-machine/start/new-emulator";
import { skipUnless } from "@local/command-line/testing/skip";
import { Deployment } from "@local/terraform/deployment";
import { findTerraform } from "@local/terraform/run/find-terraform";
import { APPLICATION } from "../../../commands/application/application";
import { findChromium } from "../../../packages/aws-on-this-machine/__tests__/local/chromium";
import { STACKS, type StackName } from "../../../stacks/names";
import { type SharedAwsProvider, shareAwsProvider } from "../aws-provider";
import { deployedResources, planChanges } from "../inspect-terraform";
import { prepareOnce, stops } from "../setup";
import type { SharedRun } from "../shared";
import { type DeployedStack, providerLog, recordings, resultFile, type SharedResult } from "./shared-deployment";

/**
 * Begins to deploy production, as npm start does. It does not wait for the end: tests that do not need the deployment run
 * meanwhile.
 */
export default async function setup(): Promise<void> {
  const shared = await prepareOnce();
  if (!shared) return;
  await skipUnless("BROWSER_SKIP", findChromium);
  // Jest compiles no module that is first loaded when the set-up has ended.
  await new Deployment({ application: APPLICATION, folder: shared.folder, endpoint: shared.endpoint }).connect(
    "us-west-2",
  );
  console.error("Set-up: begins to deploy production, which takes about two minutes beside the first suites");
  void deploy(shared).then((result) => writeFileSync(resultFile(shared), JSON.stringify(result)));
}

async function deploy(shared: SharedRun): Promise<SharedResult> {
  let shown = "";
  const print = console.error;
  console.error = (text) => {
    shown += `${stripVTControlCharacters(text)}\n`;
    print(text);
  };
  try {
    const folder = join(shared.folder, "production");
    mkdirSync(folder);
    const { version: terraform } = await findTerraform();
    const { python, providers } = shared;
    const props = { application: APPLICATION, folder, python, providers, terraform, recordings: recordings(shared) };
    const share = (deployment: Deployment, log?: string) => {
      const endpoint = deployment.environment.AWS_ENDPOINT_URL ?? "";
      return shareAwsProvider({ endpoint, folder: deployment.stack("serverless-infrastructure").folder, log });
    };
    let applies: SharedAwsProvider | undefined;
    const { deployment, endpoint, stop } = await deployToNewEmulator({
      ...props,
      isFresh: true,
      listsResources: false,
      beforeApply: async (deployment) => {
        applies = await share(deployment, providerLog(shared, "apply"));
      },
    });
    stops.push(stop);
    applies?.stop();
    const plans = await share(deployment, providerLog(shared, "plan"));
    const stacks = await Promise.all(
      STACKS.map(async (stack): Promise<[StackName, DeployedStack]> => {
        const terraform = deployment.stack(stack);
        return [stack, { nextPlan: await planChanges(terraform), resources: await deployedResources(terraform) }];
      }),
    );
    plans.stop();
    await share(deployment);
    const { environment, outputFolder } = deployment;
    return { endpoint, environment, outputFolder, shown, stacks: Object.fromEntries(stacks) as SharedStacks };
  } catch (error) {
    return { error: String(error) };
  } finally {
    console.error = print;
  }
}

type SharedStacks = Readonly<Record<StackName, DeployedStack>>;
