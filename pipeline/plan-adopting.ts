import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Aws } from "../local/aws";
import type { Terraform } from "../local/terraform";
import { FINDERS, type Planned } from "./existing-resources";
import { PLAN_FILE } from "./plan-artifact";
import type { TerraformPlan } from "./plan-summary";

/**
 * Plans into `PLAN_FILE`; what the plan would create although it is there, it imports instead. That happens after an
 * apply was killed before it could save its state, or where a state was lost: without it the next apply would fail on
 * names that are taken, and leave a second API and a second key behind.
 *
 * @param options Terraform's, for `plan`
 * @returns the plan as `terraform show -json` tells it
 */
export async function planAdopting(terraform: Terraform, aws: Aws, ...options: string[]): Promise<TerraformPlan> {
  // https://developer.hashicorp.com/terraform/language/block/import
  const file = join(terraform.folder, "import.tf.json");
  const imported = new Map<string, string>();
  try {
    for (;;) {
      const plan = await terraform.planTo<TerraformPlan>(PLAN_FILE, ...options);
      const found = await findExisting(aws, plan, terraform.configuration().resource);
      if (found.size === 0) return plan;
      for (const [address, id] of found) imported.set(address, id);
      writeFileSync(file, JSON.stringify({ import: [...imported].map(([to, id]) => ({ to, id })) }));
    }
  } finally {
    rmSync(file, { force: true });
  }
}

type Resources = ReturnType<Terraform["configuration"]>["resource"];

/** What a plan would create although it is there: what the provider imports it by, by the resource's address. */
async function findExisting(
  aws: Aws,
  { resource_changes = [] }: TerraformPlan,
  resources: Resources,
): Promise<Map<string, string>> {
  const created = resource_changes.filter(({ change }) => change.actions.join() === "create");
  const found = new Map<string, string>();
  // A stage is looked for by its API's id: it is found once the API is.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    const missing = created.filter(({ address }) => !found.has(address));
    await Promise.all(
      missing.map(async ({ address, type, change }) => {
        const [, name = ""] = address.split(".");
        const planned = { ...knownFrom(resources[type]?.[name] ?? {}, found), ...(change.after as Planned) };
        // AWS answers with an error for what is not there, and for what may not be seen. Either is created as planned.
        const id = await FINDERS[type]?.(aws, planned).catch(() => undefined);
        if (id) found.set(address, id);
      }),
    );
  }
  return found;
}

/** The attributes that are known once the ids of what was found stand in place of the references to them. */
function knownFrom(configuration: object, found: ReadonlyMap<string, string>): Planned {
  const texts = Object.entries(configuration).filter(([, value]) => typeof value === "string");
  const resolved = texts.map(([key, value]: [string, string]) => [
    key,
    value.replace(/\$\{([\w.-]+)\.id\}/g, (reference, address) => found.get(address) ?? reference),
  ]);
  return Object.fromEntries(resolved.filter(([, value = ""]) => !value.includes("${")));
}
