import { join } from "node:path";
import { parseOptions } from "./cli/options";
import { PROJECT_FOLDER } from "./cli/project";
import { runCommand } from "./cli/run-command";
import { makeRunFolder } from "./cli/run-folder";
import { UserError } from "./cli/user-error";
import { startEmulator } from "./emulator/emulator";
import { emulatorEnvironment, writeEnvironmentScript } from "./emulator/environment";
import { findPython } from "./emulator/python";
import { Deployment } from "./terraform/deployment";
import { resolveTerraformProviders } from "./terraform/providers";

/** `npm run emulator`: runs an empty AWS emulator until Ctrl-C, for several runs of `npm start` or of tests. */
async function main(args: string[]): Promise<undefined> {
  parseOptions(args, {});
  const folder = makeRunFolder();
  const { endpoint } = await startEmulator(await findPython(console.log), join(folder, "emulator.log"));
  const script = join(folder, "environment.sh");
  writeEnvironmentScript(script, await terraformEnvironment(folder, endpoint));
  console.log(`AWS emulator at ${endpoint}; Ctrl-C ends it. In another terminal:\n`);
  console.log(`  AWS_ENDPOINT_URL=${endpoint} npm start`);
  console.log(`  . ${script}`);
  console.log("\nThe second line lets the AWS CLI, Terraform and every command of this project use the emulator.");
  process.exitCode = 0;
}

/** The variables with which Terraform works in this project's folder, too, such as for `npx cdktf diff`. */
async function terraformEnvironment(folder: string, endpoint: string): Promise<NodeJS.ProcessEnv> {
  try {
    const providers = await resolveTerraformProviders(folder);
    const deployment = new Deployment({ folder, endpoint, providers, outputFolder: join(PROJECT_FOLDER, "cdktf.out") });
    await deployment.synthesize();
    return deployment.environment;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The emulator needs no Terraform.
    console.error(`Without Terraform: ${error.message}`);
    return emulatorEnvironment(endpoint);
  }
}

runCommand(main);
