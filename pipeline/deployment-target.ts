import { interruptChildren } from "../local/child-process";
import { Deployment } from "../local/deployment";
import { loopbackEndpoint, requireEmulator } from "../local/emulator";
import { makeRunFolder } from "../local/run-folder";
import { beforeShutdown } from "../local/shutdown";
import { terraformVersion } from "../local/terraform";
import { resolveTerraformProviders } from "../local/terraform-providers";

/** Where a pipeline's command works. */
export interface Target {
  readonly deployment: Deployment;
  /** A folder that is removed at the end. */
  readonly folder: string;
  /** Such as `on AWS`. */
  readonly description: string;
}

/**
 * Finds out where to work: at the emulator of `AWS_ENDPOINT_URL`, else at AWS.
 *
 * @param outputFolder where the application is synthesized, by default a folder that is removed at the end
 * @throws UserError where Terraform or its providers are missing, or the emulator does not answer
 */
export async function openTarget(outputFolder?: string): Promise<Target> {
  const endpoint = process.env.AWS_ENDPOINT_URL ? loopbackEndpoint(process.env.AWS_ENDPOINT_URL) : undefined;
  if (endpoint) await requireEmulator(endpoint);
  await terraformVersion();
  const folder = makeRunFolder();
  // Killed in the middle, it would leave the state locked.
  beforeShutdown(async () => {
    console.error("\nTerraform finishes what it began; once more Ctrl-C kills it.");
    await interruptChildren();
  });
  const providers = await resolveTerraformProviders(folder);
  return {
    deployment: new Deployment({ folder, endpoint, providers, outputFolder }),
    folder,
    description: endpoint ? `on the emulator at ${endpoint}` : "on AWS",
  };
}
