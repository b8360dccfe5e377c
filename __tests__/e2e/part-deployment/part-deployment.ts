import { join } from "node:path";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { connectAws } from "@local/terraform/aws";
import { Deployment } from "@local/terraform/deployment";
import type { Terraform } from "@local/terraform/run/terraform";
import { synthesizeTo } from "../../synthesize-to";
import { shareAwsProvider } from "../aws-provider";
import { sharedRun, startOwnEmulator } from "../shared";

/**
 * Prepares the apply of a part of the system to an emulator of its own. The whole system would take a minute.
 *
 * @param log a file for the provider's log with each call of AWS
 */
export async function preparePart(folder: string, log?: string) {
  const { endpoint } = await startOwnEmulator(join(folder, "emulator.log"));
  const aws = connectAws({ endpoint, region: "us-west-2" });
  await aws.s3.send(new CreateBucketCommand({ Bucket: "serverless-infrastructure-state" }));
  await synthesizeTo(folder, {});
  const deployment = new Deployment({
    ...sharedRun(),
    endpoint,
    folder,
    outputFolder: folder,
    environment: "production",
  });
  const terraform = deployment.stack("serverless-infrastructure");
  await deployment.serveArchiveProvider(terraform.folder);
  await shareAwsProvider({ endpoint, folder: terraform.folder, log, isInstalled: true });
  await terraform.init();
  return { aws, endpoint, deployment, terraform };
}

/** Terraform's options that select all synthesized resources of some types, with what they need. */
export function targetsOf(terraform: Terraform, types: readonly string[]): string[] {
  const { resource } = terraform.configuration();
  return types.flatMap((type) => Object.keys(resource[type] ?? {}).map((name) => `-target=${type}.${name}`));
}
