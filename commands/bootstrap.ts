import { existsSync } from "node:fs";
import { join } from "node:path";
import { HeadBucketCommand, type S3ServiceException } from "@aws-sdk/client-s3";
import { parseOptions } from "./cli/options";
import { step } from "./cli/progress";
import { PROJECT_FOLDER } from "./cli/project";
import { runCommand } from "./cli/run-command";
import { UserError } from "./cli/user-error";
import { openTarget } from "./pipeline/deployment-target";
import { explainFailure } from "./pipeline/explain-failure";
import { planAdopting } from "./pipeline/plan-adopting";
import { PLAN_FILE } from "./pipeline/plan-artifact";
import { summarizePlan, UNKNOWN_VALUE } from "./pipeline/plan-summary";
import { renderText } from "./pipeline/render-plan";
import type { Aws } from "./terraform/aws";

/** `npm run bootstrap`: creates, updates or adopts the state bucket. */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, { adopt: { type: "boolean" } });
  // The bucket's own state is a local file beside this folder, and must outlive this run.
  const { deployment, description } = await openTarget(join(PROJECT_FOLDER, "cdktf.out"));
  const warnings = await deployment.synthesize();
  if (warnings) console.error(warnings);
  const { bucket } = deployment.backend();
  const terraform = deployment.stack("state-backend");
  const outcome = await step(`State bucket ${bucket}`, async (current) => {
    current.setNote(description);
    const exists = await bucketExists(bucket, await deployment.connect());
    await terraform.init();
    const { changes } = summarizePlan(await planAdopting(terraform, deployment, { adopt: true }));
    const isAdopted = changes.some(({ action }) => action === "adopt");
    // An import does not set force_destroy, which only Terraform knows. Every reference to the bucket is then unknown in
    // the plan.
    const isUpToDate = changes.every(
      ({ action, attributes }) =>
        action === "adopt" &&
        attributes.every(({ path, after }) => path === "force_destroy" || after === UNKNOWN_VALUE),
    );
    if (isAdopted && !isUpToDate && !values.adopt) {
      console.error(renderText({ changes, outputs: [], dataLoss: [] }));
      throw new UserError(
        `The bucket ${bucket} exists but is not in the local state, and adopting it would change it as above. If the bucket belongs to this environment, run npm run bootstrap -- --adopt. If not, set another state.bucket for the environment in cdktf.json.`,
      );
    }
    if (changes.length > 0) await terraform.applyPlan(PLAN_FILE, current.follow);
    if (isAdopted) return "adopted: it existed but was not in the local state";
    if (!exists) return "created";
    return changes.length > 0 ? "brought up to date" : "up to date; nothing changed";
  }).catch(explainFailure);
  const stateFile = `terraform.${bucket}.tfstate`;
  console.log(`State bucket ${bucket}: ${outcome}.`);
  if (existsSync(join(PROJECT_FOLDER, stateFile)))
    console.log(`Its own state is ${stateFile}. If you lose that file, npm run bootstrap adopts the bucket again.`);
  return 0;
}

/** Throws a UserError if the bucket belongs to another account, or the request fails. */
async function bucketExists(bucket: string, { s3 }: Aws): Promise<boolean> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return true;
  } catch (error) {
    const { name, message, $metadata } = error as S3ServiceException;
    const status = $metadata?.httpStatusCode;
    if (status === 404) return false;
    if (status === 403 || status === 301) {
      const where = status === 403 ? "belongs to another account, or you may not see it" : "is in another Region";
      throw new UserError(
        `The bucket ${bucket} ${where}. Bucket names are unique in all of AWS. Set another state.bucket for the environment in cdktf.json.`,
      );
    }
    throw new UserError(`Cannot ask AWS about the bucket ${bucket}: ${name}: ${message}`);
  }
}

runCommand(main);
