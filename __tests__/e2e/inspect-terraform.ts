import type { TerraformMessage } from "@local/command-line/progress";
import type { StateResource, Terraform } from "@local/terraform/run/terraform";

/** What a plan would do to one resource. */
export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  /** Such as `update`. */
  readonly action: string;
}

/** A resource in the state, with the attributes that tests look at. */
export interface DeployedResource extends StateResource {
  readonly values: StateResource["values"] & {
    readonly name?: string;
    readonly tags_all?: Record<string, string>;
    readonly assume_role_policy?: string;
    readonly policy?: string;
  };
}

interface PlannedChange extends TerraformMessage {
  readonly change?: {
    readonly resource: { readonly addr: string; readonly resource_type: string };
    readonly action: string;
  };
}

/** Plans, and returns what the plan would do. */
export async function planChanges(terraform: Terraform, ...options: string[]): Promise<ResourceChange[]> {
  const changes: ResourceChange[] = [];
  await terraform.run(["plan", "-json", "-detailed-exitcode", ...options], ({ type, change }: PlannedChange) => {
    // A drift is told in the same way.
    if (type === "planned_change" && change)
      changes.push({ address: change.resource.addr, type: change.resource.resource_type, action: change.action });
  });
  return changes;
}

/** The resources in the stack's state, without data sources. */
export async function deployedResources(terraform: Terraform): Promise<DeployedResource[]> {
  return ((await terraform.state())?.resources ?? []) as DeployedResource[];
}
