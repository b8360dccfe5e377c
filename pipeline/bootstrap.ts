import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { connectAws } from "../local/aws";
import { step } from "../local/progress";
import { PROJECT_FOLDER } from "../local/project";
import type { Terraform } from "../local/terraform";
import { exitWithError, UserError } from "../local/user-error";
import { openTarget } from "./deployment-target";
import { explainFailure } from "./explain-failure";

/** `npm run bootstrap`: makes the state bucket, or sees that it is as it should be. */
async function main(): Promise<void> {
  // The state of the bucket itself is a local file, which must outlive this run.
  const { deployment, description } = await openTarget(join(PROJECT_FOLDER, "cdktf.out"));
  const warnings = await deployment.synthesize();
  if (warnings) console.error(warnings);
  const { bucket, region } = deployment.backend();
  const terraform = deployment.stack("state-backend");
  const outcome = await step(`State bucket ${bucket}`, async (current) => {
    current.says(description);
    const exists = await bucketExists(bucket, region, deployment.environment);
    await terraform.init();
    const isAdopted = exists && (await terraform.resources()).length === 0;
    const changes = await plan(terraform, isAdopted ? bucket : undefined);
    if (changes > 0) await terraform.applyPlan("plan", current.follow);
    if (isAdopted) return "adopted: it was there already, but not in the local state";
    if (!exists) return "created";
    return changes > 0 ? "brought up to date" : "as it should be; nothing changed";
  }).catch(explainFailure);
  const stateFile = `terraform.${bucket}.tfstate`;
  console.log(`State bucket ${bucket}: ${outcome}.`);
  if (existsSync(join(PROJECT_FOLDER, stateFile)))
    console.log(`Its own state is ${stateFile}: keep it, or lose nothing but a minute.`);
  process.exit(0);
}

/** Plans, where the bucket is to be adopted with an import of it; the settings on it are put anew, which changes nothing. */
async function plan(terraform: Terraform, adopted: string | undefined): Promise<number> {
  const importFile = join(terraform.folder, "import.tf.json");
  try {
    if (adopted) {
      const [to] = Object.keys(terraform.configuration().resource.aws_s3_bucket ?? {}).map(
        (name) => `aws_s3_bucket.${name}`,
      );
      writeFileSync(importFile, JSON.stringify({ import: [{ to, id: adopted }] }));
    }
    return (await terraform.plan()).length;
  } finally {
    rmSync(importFile, { force: true });
  }
}

/**
 * Whether the bucket exists and belongs to this account.
 *
 * @throws UserError where its name is taken by another account, or AWS cannot be asked
 */
async function bucketExists(bucket: string, region: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const endpoint = environment.AWS_ENDPOINT_URL;
  const s3 = endpoint ? connectAws({ endpoint, region }).s3 : new S3Client({ region });
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

main().catch(exitWithError);
