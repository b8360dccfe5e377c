import { existsSync } from "node:fs";
import { join } from "node:path";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
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

/** `npm run bootstrap`: makes the state bucket, or sees that it is as it should be. */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, { adopt: { type: "boolean" } });
  // The state of the bucket itself is a local file, which must outlive this run.
  const { deployment, description } = await openTarget(join(PROJECT_FOLDER, "cdktf.out"));
  const warnings = await deployment.synthesize();
  if (warnings) console.error(warnings);
  const { bucket } = deployment.backend();
  const terraform = deployment.stack("state-backend");
  const outcome = await step(`State bucket ${bucket}`, async (current) => {
    current.says(description);
    const exists = await bucketExists(bucket, await deployment.connect());
    await terraform.init();
    const { changes } = summarizePlan(await planAdopting(terraform, deployment, { adopt: true }));
    const isAdopted = changes.some(({ action }) => action === "adopt");
    // Whether Terraform may empty the bucket is known to Terraform only, so that no import finds it; and while that is to
    // be noted, what refers to the bucket is not known.
    const isAsItShouldBe = changes.every(
      ({ action, attributes }) =>
        action === "adopt" &&
        attributes.every(({ path, after }) => path === "force_destroy" || after === UNKNOWN_VALUE),
    );
    if (isAdopted && !isAsItShouldBe && !values.adopt) {
      console.error(renderText({ changes, outputs: [], dataLoss: [] }));
      throw new UserError(
        `The bucket ${bucket} is there already, but not in the local state, and would be changed as above. If it is this environment's, npm run bootstrap -- --adopt takes it over; else set another name in cdktf.json as state.bucket of the environment.`,
      );
    }
    if (changes.length > 0) await terraform.applyPlan(PLAN_FILE, current.follow);
    if (isAdopted) return "adopted: it was there already, but not in the local state";
    if (!exists) return "created";
    return changes.length > 0 ? "brought up to date" : "as it should be; nothing changed";
  }).catch(explainFailure);
  const stateFile = `terraform.${bucket}.tfstate`;
  console.log(`State bucket ${bucket}: ${outcome}.`);
  if (existsSync(join(PROJECT_FOLDER, stateFile)))
    console.log(`Its own state is ${stateFile}: keep it, or lose nothing but a minute.`);
  return 0;
}

/**
 * Whether the bucket exists and may be seen, which somebody else's may not.
 *
 * @throws UserError where its name is taken by another account, or AWS cannot be asked
 */
async function bucketExists(bucket: string, { s3 }: Aws): Promise<boolean> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return true;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode;
    if (status === 404) return false;
    if (status === 403 || status === 301) {
      const where = status === 403 ? "belongs to another account, or you may not see it" : "is in another Region";
      throw new UserError(
        `The bucket ${bucket} ${where}. Bucket names are unique in all of AWS: set another one in cdktf.json as state.bucket of the environment.`,
      );
    }
    throw new UserError(`AWS cannot be asked for the bucket ${bucket}: ${name}: ${message}`);
  }
}

runCommand(main);
