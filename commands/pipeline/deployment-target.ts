import { makeRunFolder } from "../cli/run-folder";
import { requireEmulator, userEmulator } from "../emulator/environment";
import { Deployment } from "../terraform/deployment";
import { resolveTerraformProviders } from "../terraform/providers";
import { letTerraformFinish, terraformVersion } from "../terraform/terraform";

/**
 * Opens a deployment to the emulator at `AWS_ENDPOINT_URL`, else to AWS, with a temporary folder for the run and a
 * description such as `on AWS`. Throws a UserError if Terraform, its providers or the emulator are missing.
 *
 * @param outputFolder the folder for the synthesized application; by default a temporary one
 */
export async function openTarget(outputFolder?: string) {
  const endpoint = userEmulator();
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
