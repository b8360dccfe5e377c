import { LocalBackend, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { plainName } from "../constructs/address";
import { CodeUpload } from "../constructs/function/code-upload";
import { PrivateBucket } from "../constructs/storage/private-bucket";
import type { Settings } from "../settings/settings";
import { configureTerraform } from "./terraform-configuration";

/** How long an old version of the state can be restored, in days. */
const OLD_STATE_DAYS = 365;

/** A bucket's longest name. */
const MAX_BUCKET_NAME = 63;

/** The name of the bucket for large zip files of functions. The state bucket's makes it unique. */
export function artifactsBucketName(stateBucket: string): string {
  return plainName(`artifacts-${stateBucket}`, MAX_BUCKET_NAME);
}

/** The bucket for an environment's Terraform state. Deploy it first, and once: its own state is a local file. */
export class StateBackendStack extends TerraformStack {
  constructor(
    scope: Construct,
    id: string,
    private readonly settings: Settings,
  ) {
    super(scope, id);
    configureTerraform(this, settings);

    new LocalBackend(this, {
      // Terraform runs in <output folder>/stacks/<stack>. The state lies beside the output folder, which may be deleted
      // at any time. CDKTF's default is an absolute path, which would make the output depend on the machine.
      path: `../../../terraform.${settings.state.bucket}.tfstate`,
    });
    const { bucket } = new PrivateBucket(this, "state", {
      bucketName: settings.state.bucket,
      protectFromDeletion: settings.dataProtection,
      noncurrentExpirationDays: OLD_STATE_DAYS,
    });
    new TerraformOutput(this, "state_bucket_name", {
      value: bucket.id,
      description: "The bucket for the Terraform state of the other stacks.",
    });
  }

  /** Adds the bucket for artifacts if a function of a system needs it. */
  keepArtifactsOf(system: TerraformStack): void {
    if (!system.node.findAll().some((node) => node instanceof CodeUpload)) return;
    new PrivateBucket(this, "artifacts", {
      bucketName: artifactsBucketName(this.settings.state.bucket),
      // Each apply can write them again.
      protectFromDeletion: false,
    });
  }
}
