import { join } from "node:path";
import { parseOptions } from "./cli/options";
import { step } from "./cli/progress";
import { PROJECT_FOLDER } from "./cli/project";
import { runCommand } from "./cli/run-command";
import { makeRunFolder } from "./cli/run-folder";
import { UserError } from "./cli/user-error";
import { startEmulator } from "./emulator/emulator";
import { emulatorEnvironment, writeEnvironmentScript } from "./emulator/environment";
import { findPython } from "./emulator/python";
import { EmulatorReports } from "./start/emulator-reports";
import { Deployment } from "./terraform/deployment";
import { findTerraform } from "./terraform/find-terraform";
import { resolveTerraformProviders } from "./terraform/providers";

/** `npm run emulator`: runs an empty AWS emulator until Ctrl-C, for several runs of `npm start` or of tests. */
async function main(args: string[]): Promise<undefined> {
  parseOptions(args, {});
  const folder = makeRunFolder();
  const python = await step("Python", (current) => findPython(current.setNote));
  const { endpoint } = await startEmulator(python, join(folder, "emulator.log"), new EmulatorReports());
  const script = join(folder, "environment.sh");
  await writeScript(script, folder, endpoint);
  console.log(`AWS emulator at ${endpoint}; Ctrl-C ends it. In another terminal:\n`);
  console.log(`  AWS_ENDPOINT_URL=${endpoint} npm start`);
  console.log(`  . ${script}`);
  console.log("\nThe second line lets the AWS CLI, Terraform and every command of this project use the emulator.");
  process.exitCode = 0;
}

/** With this script, Terraform also works in this project's folder, such as for `npx cdktf diff`. */
async function writeScript(script: string, folder: string, endpoint: string): Promise<void> {
  try {
    const terraform = await findTerraform();
    const providers = await resolveTerraformProviders(folder);
    const deployment = new Deployment({ folder, endpoint, providers, outputFolder: join(PROJECT_FOLDER, "cdktf.out") });
    await deployment.synthesize();
    writeEnvironmentScript(script, deployment.environment, terraform);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The emulator needs no Terraform.
    console.error(`Without Terraform: ${error.message}`);
    writeEnvironmentScript(script, emulatorEnvironment(endpoint));
  }
}

runCommand(main);
