import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "./cli/options";
import { step } from "./cli/progress";
import { runCommand } from "./cli/run-command";
import { openTarget } from "./pipeline/deployment-target";
import { explainFailure, lockTimeout } from "./pipeline/explain-failure";
import { LOCK_FILE, PLAN_FILE, PLAN_FOLDER, readPlanArtifact } from "./pipeline/plan-artifact";
import { Terraform } from "./terraform/terraform";

/** `npm run apply`: applies a plan that `npm run plan` saved, in this or in another checkout. */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, {
    plan: { type: "string", default: PLAN_FOLDER },
    "lock-timeout": { type: "string" },
  });
  const { stack, names } = readPlanArtifact(values.plan);
  const { deployment, folder, description } = await openTarget();
  const work = join(folder, "apply");
  mkdirSync(work);
  for (const name of names) copyFileSync(join(values.plan, name), join(work, name));
  await deployment.serveArchiveProvider(work);
  const terraform = new Terraform(work, deployment.environment);
  await step(`Apply of ${stack}`, async (current) => {
    current.setNote(description);
    await terraform.init(...(names.includes(LOCK_FILE) ? ["-lockfile=readonly"] : []));
    await terraform.applyPlan(PLAN_FILE, current.follow, lockTimeout(values["lock-timeout"]));
  }).catch(explainFailure);
  for (const [name, value] of Object.entries(await terraform.outputs())) console.log(`${name.padEnd(22)} ${value}`);
  return 0;
}

runCommand(main);
