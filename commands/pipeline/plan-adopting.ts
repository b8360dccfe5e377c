import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../cli/user-error";
import type { Deployment } from "../terraform/deployment";
import type { Terraform } from "../terraform/terraform";
import type { Attributes } from "./existing-resources";
import { PLAN_FILE } from "./plan-artifact";
import type { TerraformPlan } from "./plan-summary";

export interface PlanProps {
  /** Whether what is there is imported; where not, it makes the plan fail. */
  readonly adopt: boolean;
  /** Terraform's options for `plan`. */
  readonly options?: readonly string[];
}

/** What is in AWS, but not in the state: what the provider imports it by, by the resource's address. */
type Existing = ReadonlyMap<string, string>;

/**
 * Plans into `PLAN_FILE`, and looks for what the plan would create although it is there, as after an apply that was
 * killed before it could save its state, or where a state was lost: an apply would fail on names that are taken, and
 * leave a second API and a second key behind.
 *
 * @returns the plan as `terraform show -json` tells it
 * @throws UserError where something is there that may not be adopted, or AWS does not tell
 */
export async function planAdopting(
  terraform: Terraform,
  deployment: Deployment,
  { adopt, options = [] }: PlanProps,
): Promise<TerraformPlan> {
  // https://developer.hashicorp.com/terraform/language/block/import
  const file = join(terraform.folder, "import.tf.json");
  const imported = new Map<string, string>();
  try {
    for (;;) {
      const plan = await terraform.planTo<TerraformPlan>(PLAN_FILE, ...options);
      const existing = await findExisting(deployment, plan, terraform.configuration().resource);
      if (existing.size === 0) return plan;
      if (!adopt) throw new UserError(refusal(existing));
      for (const [address, id] of existing) imported.set(address, id);
      writeFileSync(file, JSON.stringify({ import: [...imported].map(([to, id]) => ({ to, id })) }));
    }
  } finally {
    rmSync(file, { force: true });
  }
}

function refusal(existing: Existing): string {
  const [[address, id] = []] = existing;
  const others = existing.size > 1 ? ` and ${existing.size - 1} more are` : " is";
  return `${address} (${id})${others} in AWS already, but not in the state. If an apply was killed or the state was lost, npm run plan -- --adopt takes over what is there; else it is somebody else's, and needs another name.`;
}

type Resources = ReturnType<Terraform["configuration"]>["resource"];

async function findExisting(
  deployment: Deployment,
  { resource_changes = [] }: TerraformPlan,
  resources: Resources,
): Promise<Existing> {
  const created = resource_changes.filter(({ change }) => change.actions.join() === "create");
  const found = new Map<string, string>();
  if (created.length === 0) return found;
  // Loading AWS's clients takes as long as much of a plan.
  const { findResource } = await import("./existing-resources");
  const aws = await deployment.connect();
  // A stage is looked for by its API's id: it is found once the API is.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    const missing = created.filter(({ address }) => !found.has(address));
    await Promise.all(
      missing.map(async ({ address, type, change }) => {
        const [, name = ""] = address.split(".");
        const attributes = { ...knownFrom(resources[type]?.[name] ?? {}, found), ...(change.after as Attributes) };
        const id = await findResource(aws, type, attributes);
        if (id) found.set(address, id);
      }),
    );
  }
  return found;
}

/** The attributes that are known once the ids of what was found stand in place of the references to them. */
function knownFrom(configuration: object, found: Existing): Attributes {
  const texts = Object.entries(configuration).filter(([, value]) => typeof value === "string");
  const resolved = texts.map(([key, value]: [string, string]) => [
    key,
    value.replace(/\$\{([\w.-]+)\.id\}/g, (reference, address) => found.get(address) ?? reference),
  ]);
  return Object.fromEntries(resolved.filter(([, value = ""]) => !value.includes("${")));
}
