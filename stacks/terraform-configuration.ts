import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, S3Backend, type TerraformStack } from "cdktf";
import type { Settings } from "../settings";

/** Locking the state without a DynamoDB table (`use_lockfile`) came with 1.10. */
const TERRAFORM_VERSION = ">= 1.10.0";

/**
 * The bindings are those of version 6, and would demand it. This application uses only attributes that version 5.100
 * has as well, so that it also runs where a mirror of providers holds nothing newer.
 */
const AWS_PROVIDER_VERSION = ">= 5.100.0, < 7.0.0";

/** Adds what every stack has in common: the versions, and the AWS provider that tags whatever it creates. */
export function configureTerraform(stack: TerraformStack, settings: Settings): void {
  new AwsProvider(stack, "aws", {
    region: settings.region,
    defaultTags: [{ tags: { Environment: settings.environmentTag, ...settings.tags } }],
  });
  stack.addOverride("terraform.required_providers.aws.version", AWS_PROVIDER_VERSION);
  // CDKTF cannot write this one as HCL.
  if (!App.of(stack).hclOutput) stack.addOverride("terraform.required_version", TERRAFORM_VERSION);
}

/**
 * Keeps a stack's state in the environment's state bucket, locked while it is in use.
 *
 * @param key the object key of the state
 */
export function keepStateInBucket(stack: TerraformStack, { state, region }: Settings, key: string): void {
  const backend = new S3Backend(stack, { bucket: state.bucket, key, region, encrypt: true });
  // CDKTF's last release is older than this argument.
  backend.addOverride("use_lockfile", true);
}
