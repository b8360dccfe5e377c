import { makeRunFolder } from "../cli/run-folder";
import { ownEmulator, requireEmulator } from "../emulator/emulator";
import { Deployment } from "../terraform/deployment";
import { resolveTerraformProviders } from "../terraform/providers";
import { letTerraformFinish, terraformVersion } from "../terraform/terraform";

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
  const endpoint = ownEmulator();
  if (endpoint) await requireEmulator(endpoint);
  await terraformVersion();
  const folder = makeRunFolder();
  letTerraformFinish();
  const providers = await resolveTerraformProviders(folder);
  return {
    deployment: new Deployment({ folder, endpoint, providers, outputFolder }),
    folder,
    description: endpoint ? `on the emulator at ${endpoint}` : "on AWS",
  };
}
