import { ArchiveProvider } from "@cdktf/provider-archive/lib/provider";
import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, Aspects, S3Backend, type TerraformStack } from "cdktf";
import { checkNames } from "../constructs/name-limits";
import type { Settings } from "../settings/settings";
import { RECENT_REGIONS } from "./regions";

/** 1.10 introduced `use_lockfile`, which locks the state without a DynamoDB table. */
const TERRAFORM_VERSION = ">= 1.10.0";

/**
 * The bindings are generated from version 6 and would require it. This application uses only attributes that version
 * 5.100 also has, so that it runs with an older provider mirror, too.
 */
const AWS_PROVIDER_VERSION = ">= 5.100.0, < 7.0.0";

/** Adds the version constraints, the AWS provider with its default tags, the boundary of all roles, and the check of names. */
export function configureTerraform(stack: TerraformStack, settings: Settings): void {
  new AwsProvider(stack, "aws", {
    region: settings.region,
    skipRegionValidation: isRecent(settings.region),
    allowedAccountIds: settings.account ? [settings.account] : undefined,
    defaultTags: [{ tags: { Environment: settings.environmentTag, ...settings.tags } }],
  });
  stack.addOverride("terraform.required_providers.aws.version", AWS_PROVIDER_VERSION);
  // CDKTF cannot render this override as HCL.
  if (!App.of(stack).hclOutput) stack.addOverride("terraform.required_version", TERRAFORM_VERSION);
  checkNames(stack);
  const { permissionsBoundary } = settings;
  if (!permissionsBoundary) return;
  Aspects.of(stack).add({
    visit: (node) => {
      if (node instanceof IamRole) node.permissionsBoundary = permissionsBoundary;
    },
  });
}

/** The AWS account's id: from the settings, else from the logged-in account. */
export function accountId(stack: TerraformStack, { account }: Settings): string {
  return account ?? new DataAwsCallerIdentity(stack, "account").accountId;
}

/** Keeps a stack's state in the environment's state bucket, under an object key, with locking. */
export function keepStateInBucket(stack: TerraformStack, { state, region }: Settings, key: string): void {
  const skipRegionValidation = isRecent(region);
  const backend = new S3Backend(stack, { bucket: state.bucket, key, region, skipRegionValidation, encrypt: true });
  // CDKTF's typed configuration lacks this argument.
  backend.addOverride("use_lockfile", true);
}

/** `undefined` for other Regions: a changed backend has to be initialized anew in every checkout. */
function isRecent(region: string): true | undefined {
  return RECENT_REGIONS.includes(region) || undefined;
}

/** Adds the provider for the zip file of the function's source. */
export function useArchiveProvider(stack: TerraformStack): void {
  new ArchiveProvider(stack, "archive");
  // The bindings would require exactly their own version.
  stack.addOverride("terraform.required_providers.archive.version", "~> 2.7");
}
