import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { step } from "@local/command-line/progress";
import { UserError } from "@local/command-line/user-error";
import type { Deployment } from "@local/terraform/deployment";
import { checkAccount, openTarget } from "@local/terraform/deployment-target";
import { findSubstitutions } from "@local/terraform/plan/changes/substitutions";
import { explainFailure, lockTimeout, STALE_PLAN } from "@local/terraform/plan/explain-failure";
import { copyPlanArtifact, LOCK_FILE, PLAN_FILE, PLAN_FOLDER } from "@local/terraform/plan/plan-artifact";
import { gradualFunctions } from "@local/terraform/release/gradual-functions";
import { releaseNewest } from "@local/terraform/release/release-actions";
import { runReleases } from "@local/terraform/release/run-releases";
import { Terraform } from "@local/terraform/run/terraform";
import { APPLICATION } from "./application/application";

/** `npm run apply`: applies a plan that `npm run plan` saved, in this or in another checkout, and releases the new versions. */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, {
    plan: { type: "string", default: PLAN_FOLDER },
    "lock-timeout": { type: "string" },
  });
  const target = await openTarget(APPLICATION);
  const { deployment } = target;
  const work = join(target.folder, "apply");
  const stackId = copyPlanArtifact(values.plan, work);
  if (stackId !== deployment.stackId(APPLICATION.system)) {
    throw new UserError(
      `The plan is one of ${stackId}, and the environment is ${deployment.environmentName}; set ENVIRONMENT to the planned one, or plan again.`,
    );
  }
  const terraform = new Terraform(work, deployment.environment);
  deployment.allowEmulator(terraform);
  await deployment.serveArchiveProvider(work);
  await step(`Apply of ${stackId}`, async (current) => {
    const { description } = await checkAccount(target, terraform);
    current.setNote(description);
    await terraform.init(...(existsSync(join(work, LOCK_FILE)) ? ["-lockfile=readonly"] : []));
    try {
      await terraform.applyPlan(PLAN_FILE, current.follow, lockTimeout(values["lock-timeout"]));
    } catch (error) {
      // After an apply of the plan, its configuration has no more changes. The state does not say who applied it.
      if (!STALE_PLAN.test((error as Error).message)) throw error;
      if (!(await terraform.isUpToDate().catch(() => false))) throw error;
      current.setNote(`${description}, nothing to do: what was planned is there`);
    }
  }).catch(explainFailure);
  const { outputs = {} } = (await terraform.state()) ?? {};
  for (const [name, value] of Object.entries(outputs)) console.log(`${name.padEnd(22)} ${value}`);
  return release(deployment, terraform);
}

/** Does not repeat a release that was rolled back: an apply with other changes would bring the bad version back. */
async function release(deployment: Deployment, terraform: Terraform): Promise<number> {
  const functions = gradualFunctions(terraform.configuration());
  if (functions.length === 0) return 0;
  const aws = await deployment.connect(terraform.region);
  // Two live versions would use two tables. The alarms may fire for the very reason of the restore.
  const atOnce = findSubstitutions(await terraform.showPlan(PLAN_FILE)).length > 0;
  return runReleases(aws, functions, (client, progress) => {
    if (atOnce) progress.print("  A resource with data takes another one's place: all invocations move at once.");
    return releaseNewest(client, { progress, again: false, ignoresAlarms: atOnce, atOnce });
  }).catch(explainFailure);
}

runCommand(main);
