import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "./cli/options";
import { step } from "./cli/progress";
import { PROJECT_FOLDER, writeGenerated } from "./cli/project";
import { runCommand } from "./cli/run-command";
import { makeRunFolder } from "./cli/run-folder";
import { explainFailure } from "./pipeline/explain-failure";
import { LOCK_FILE } from "./pipeline/plan-artifact";
import { Deployment } from "./terraform/deployment";
import { findTerraform } from "./terraform/find-terraform";

/** The platforms on which people and CI run Terraform. */
const PLATFORMS = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64"];

/** `npm run lock`: writes the dependency lock file of both stacks, with the checksums for all usual platforms. */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  await findTerraform();
  const deployment = new Deployment({ folder: makeRunFolder() });
  await deployment.synthesize();
  // The system has the providers of the state backend, and one more.
  const terraform = deployment.stack("serverless-infrastructure");
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
