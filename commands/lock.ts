import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER, writeGenerated } from "@local/command-line/project";
import { Deployment } from "@local/terraform/deployment";
import { explainFailure } from "@local/terraform/plan/explain-failure";
import { LOCK_FILE } from "@local/terraform/plan/plan-artifact";
import { findTerraform } from "@local/terraform/run/find-terraform";
import { APPLICATION } from "./application/application";

/** The platforms on which people and CI run Terraform. */
const PLATFORMS = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64"];

/** `npm run lock`: writes the dependency lock file of both stacks, with the checksums for all usual platforms. */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  await findTerraform();
  const deployment = new Deployment({ application: APPLICATION, folder: makeRunFolder() });
  await deployment.synthesize();
  // The system has the providers of the state backend, and one more.
  const terraform = deployment.system;
  const [own, locked] = [join(PROJECT_FOLDER, LOCK_FILE), join(terraform.folder, LOCK_FILE)];
  // Terraform keeps the versions in it.
  if (existsSync(own)) copyFileSync(own, locked);
  // This asks the registry, even if the CLI configuration names a mirror.
  await step(`Providers for ${PLATFORMS.length} platforms`, () =>
    terraform.run(["providers", "lock", "-no-color", ...PLATFORMS.map((platform) => `-platform=${platform}`)]),
  ).catch(explainFailure);
  writeGenerated(LOCK_FILE, readFileSync(locked, "utf8"));
  return 0;
}

runCommand(main);
