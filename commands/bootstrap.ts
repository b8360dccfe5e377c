import { existsSync } from "node:fs";
import { join } from "node:path";
import { createHostedZones } from "@local/aws-on-this-machine/start/hosted-zones";
import { parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { type Step, step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { checkAccount, openTarget, type Target } from "@local/terraform/deployment-target";
import { explainFailure } from "@local/terraform/plan/explain-failure";
import { planAdopting } from "@local/terraform/plan/plan-adopting";
import { PLAN_FILE } from "@local/terraform/plan/plan-artifact";
import { isEmpty, isOnlyImported, summarizePlan } from "@local/terraform/plan/plan-summary";
import { renderRenames } from "@local/terraform/plan/renames/render-renames";
import { renderText } from "@local/terraform/plan/render-plan";
import { initWithLockFile } from "@local/terraform/run/lock-file";
import { formerStateBuckets, stateBucketExists } from "@local/terraform/state-bucket";
import { APPLICATION, stateBucketNameFor } from "./application/application";
import { offerAccount } from "./application/offer-account";

/** `npm run bootstrap`: creates, updates or adopts the state bucket. */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, { adopt: { type: "boolean" }, account: { type: "string" } });
  // The bucket's own state is a local file beside this folder. It must outlive this run.
  const target = await openTarget(APPLICATION, join(PROJECT_FOLDER, "cdktf.out"));
  const { deployment } = target;
  let warnings = await deployment.synthesize();
  if (await offerAccount(target, values.account).catch(explainFailure)) warnings = await deployment.synthesize();
  if (warnings) console.error(warnings);
  if (target.isEmulator) await createHostedZones(deployment, deployment.system, console.error);
  const { bucket } = deployment.backend();
  const outcome = await step(`State bucket ${bucket}`, (current) => applyBucket(target, current, values.adopt)).catch(
    explainFailure,
  );
  const stateFile = `terraform.${bucket}.tfstate`;
  console.log(`State bucket ${bucket}: ${outcome}.`);
  if (existsSync(join(PROJECT_FOLDER, stateFile)))
    console.log(`Its own state is ${stateFile}. If you lose that file, npm run bootstrap adopts the bucket again.`);
  return 0;
}

/** Returns the outcome, such as `brought up to date`. */
async function applyBucket(target: Target, current: Step, mayChange = false): Promise<string> {
  const { deployment } = target;
  const { bucket, region } = deployment.backend();
  const terraform = deployment.stateBackend;
  const { id: account, description } = await checkAccount(target, terraform);
  current.setNote(description);
  const aws = await deployment.connect();
  const exists = await stateBucketExists(aws, bucket, { account, region });
  if (!exists) {
    for (const former of await formerStateBuckets(aws, bucket, stateBucketNameFor(deployment))) {
      current.print(
        `Warning: the bucket ${former} exists, too. If it has this environment's state, a plan with ${bucket} does not know what is deployed; set state.bucket to ${former} to go on with it.`,
      );
    }
  }
  await initWithLockFile(terraform, false);
  const summary = summarizePlan(await planAdopting(terraform, deployment, { adopt: true }));
  if (summary.renamed) {
    const message = `The plan takes renamed parts of the bucket ${bucket} for new ones, so it was not applied. The lines above say what to add.`;
    throw new UserError(message, renderRenames(summary.renamed));
  }
  const isAdopted = summary.changes.some(({ action }) => action === "import");
  if (isAdopted && !summary.changes.every(isOnlyImported) && !mayChange) {
    throw new UserError(
      `The bucket ${bucket} exists but is not in the local state, and adopting it would change it as above. If the bucket belongs to this environment, run npm run bootstrap -- --adopt. If not, set another state.bucket for the environment in cdktf.json.`,
      [renderText({ ...summary, outputs: [] })],
    );
  }
  if (!isEmpty(summary)) await terraform.applyPlan(PLAN_FILE, current.follow);
  if (isAdopted) return "adopted: it existed but was not in the local state";
  if (!exists) return "created";
  return isEmpty(summary) ? "up to date; nothing changed" : "brought up to date";
}

runCommand(main);
