import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "@local/command-line/user-error";
import type { Deployment } from "../deployment";
import type { Terraform } from "../run/terraform";
import { isOnly } from "./changes/terraform-plan";
import { explainUndoneRestore, findUndoneRestores } from "./changes/undone-restores";
import type { Attributes } from "./finders/finder";
import { PLAN_FILE } from "./plan-artifact";
import type { TerraformPlan } from "./plan-summary";
import { isKept, type Rename, Renames, type Resources } from "./renames/find-renames";
import { isImportIdOf } from "./renames/identity";

/** Resources that exist in AWS but not in the state: their ids for an import, by address. */
type Existing = ReadonlyMap<string, string>;

/**
 * Plans into `PLAN_FILE`, and finds resources that exist although the plan would create them: a killed apply did not save
 * its state, or a state was lost. An apply would fail on their names, and create a second API and key.
 * With `adopt`, the returned plan imports them; without, throws a UserError. `options` are Terraform's, for `plan`.
 *
 * A plan with `renamed` must not be applied. It does not import the renamed resources.
 */
export async function planAdopting(
  terraform: Terraform,
  deployment: Deployment,
  { adopt, options = [] }: { readonly adopt: boolean; readonly options?: readonly string[] },
): Promise<TerraformPlan> {
  // https://developer.hashicorp.com/terraform/language/block/import
  const file = join(terraform.folder, "import.tf.json");
  const imported = new Map<string, string>();
  try {
    for (;;) {
      const plan = await terraform.planTo<TerraformPlan>(PLAN_FILE, ...options);
      const { existing, renamed } = await findExisting(deployment, plan, terraform.configuration().resource);
      if (renamed.length > 0) return { ...plan, renamed };
      if (existing.size === 0) return plan;
      if (!adopt) throw refusal(existing, plan);
      for (const [address, id] of existing) imported.set(address, id);
      writeFileSync(file, JSON.stringify({ import: [...imported].map(([to, id]) => ({ to, id })) }));
    }
  } finally {
    rmSync(file, { force: true });
  }
}

function refusal(existing: Existing, plan: TerraformPlan): UserError {
  const undone = findUndoneRestores(plan).filter(({ to }) => existing.has(to.address));
  if (undone.length > 0) return new UserError(undone.map(explainUndoneRestore).join(" "));
  const lines = [...existing].map(([address, id]) => `${address} (${id})`).sort();
  const what = lines.length > 1 ? `These ${lines.length} resources exist` : `${lines[0]} exists`;
  const message = `${what} in AWS but not in the state. If an apply was killed or the state was lost, run npm run plan -- --adopt to take over what exists. If something else created it, choose another name.`;
  return new UserError(message, lines.length > 1 ? lines : []);
}

async function findExisting(
  deployment: Deployment,
  plan: TerraformPlan,
  resources: Resources,
): Promise<{ readonly existing: Existing; readonly renamed: readonly Rename[] }> {
  const found = new Map<string, string>();
  const changed = (plan.resource_changes ?? []).filter(({ change }) => /create|delete/.test(change.actions.join()));
  if (changed.length === 0) return { existing: found, renamed: [] };
  // AWS's clients load slowly.
  const { findResource, isBeside, ...types }: typeof import("./existing-resources") = require("./existing-resources");
  const renames = new Renames(plan, resources, types, deployment.application.resourceName);
  const created = changed.filter(({ change }) => isOnly(change, "create"));
  if (renames.all.length > 0 || created.length === 0) return { existing: found, renamed: renames.all };
  const kept = (plan.resource_changes ?? []).filter(isKept);
  const aws = await deployment.connect();
  // Some resources are found by the id of another, such as a stage by its API's id. So repeat while there are new ones.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    const missing = created.filter(({ address }) => !found.has(address));
    await Promise.all(
      missing.map(async (resource) => {
        const { address, type, change } = resource;
        const [, name = ""] = address.split(".");
        const attributes = { ...knownFrom(resources[type]?.[name] ?? {}, found), ...(change.after as Attributes) };
        if (kept.some((other) => other.type === type && isBeside(type, attributes, Object(other.change.before))))
          return;
        const id = await findResource(aws, type, attributes);
        if (id && !renames.isInState(resource, (existing) => isImportIdOf(id, existing))) found.set(address, id);
      }),
    );
  }
  return { existing: found, renamed: renames.all };
}

/** The configuration's known attributes, with the ids of the resources that were found in place of references. */
function knownFrom(configuration: object, found: Existing): Attributes {
  const texts = Object.entries(configuration).filter(([, value]) => typeof value === "string");
  const resolved = texts.map(([key, value]: [string, string]): [string, string] => [
    key,
    value.replace(/\$\{([\w.-]+)\.id\}/g, (reference, address) => found.get(address) ?? reference),
  ]);
  return Object.fromEntries(resolved.filter(([, value = ""]) => !value.includes("${")));
}
