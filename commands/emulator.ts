import { join } from "node:path";
import { startEmulator } from "@local/aws-on-this-machine/emulator/emulator";
import { findPython } from "@local/aws-on-this-machine/emulator/python";
import { EmulatorReports } from "@local/aws-on-this-machine/start/emulator-reports";
import { parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { Deployment } from "@local/terraform/deployment";
import { emulatorEnvironment, writeEnvironmentScript } from "@local/terraform/environment";
import { findTerraform } from "@local/terraform/run/find-terraform";
import { resolveTerraformProviders } from "@local/terraform/run/providers";
import { APPLICATION } from "./application/application";

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
    const deployment = new Deployment({
      application: APPLICATION,
      folder,
      endpoint,
      providers,
      outputFolder: join(PROJECT_FOLDER, "cdktf.out"),
    });
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
