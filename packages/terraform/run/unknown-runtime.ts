import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The first versions of the AWS provider that know a runtime, where 5.100.0 does not.
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/CHANGELOG.md
 */
const FIRST_VERSIONS: Readonly<Record<string, string>> = { "python3.14": "6.21.0" };

/**
 * Explains the AWS provider's error for a runtime of Lambda that it does not know, in a stack's folder, with the version
 * that Terraform has selected. Returns any other error unchanged.
 */
export function explainUnknownRuntime(error: string, folder: string): string {
  const [, runtime] = /expected runtime to be one of \[.*\], got (\S+)/s.exec(error) ?? [];
  if (!runtime) return error;
  const providerVersion = FIRST_VERSIONS[runtime];
  const needed = providerVersion ? `version ${providerVersion} and later do` : "use a newer one";
  return `The AWS provider ${selectedVersion(folder)} does not know the runtime ${runtime}; ${needed}. Delete .terraform.lock.hcl, if there is one, and run npm run lock; or name a mirror with a newer provider in TF_PROVIDER_MIRROR; or set function.runtime to an older one.`;
}

/** The version of the AWS provider in a stack's lock file. */
function selectedVersion(folder: string): string {
  const file = join(folder, ".terraform.lock.hcl");
  const locked = existsSync(file) ? readFileSync(file, "utf8") : "";
  return /hashicorp\/aws"\s*\{\s*version\s*=\s*"([^"]+)"/.exec(locked)?.[1] ?? "that is installed";
}
