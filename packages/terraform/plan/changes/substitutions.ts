import { referencesIn } from "./explain-unknown";
import { DATA_TYPES } from "./guarded-types";
import { listNames } from "./shorten";
import { isOnly, type ResourceChange, type TerraformPlan } from "./terraform-plan";

/**
 * A resource with data that Terraform imports in the place of another one, which it forgets, such as a restored table.
 * Both stay in AWS.
 */
export interface Substitution {
  readonly type: string;
  readonly from: Participant;
  readonly to: Participant;
  /** The addresses of the changed resources that use the imported one. */
  readonly users: readonly string[];
}

interface Participant {
  readonly address: string;
  readonly id: string;
}

export function findSubstitutions(plan: TerraformPlan): Substitution[] {
  const managed = (plan.resource_changes ?? []).filter(({ mode, type }) => mode === "managed" && DATA_TYPES.has(type));
  const pairs = pairUp(managed);
  return managed.flatMap((to) => {
    const { importing } = to.change;
    const from = pairs.get(to);
    if (!importing || !from) return [];
    const users = usersOf(plan, to.address);
    const before = { address: from.address, id: String(Object(from.change.before).id ?? "") };
    return [{ type: to.type, from: before, to: { address: to.address, id: importing.id }, users }];
  });
}

/** The forgotten resource of each imported one, each once: a plan can also adopt a resource. The most alike ones come first. */
function pairUp(managed: readonly ResourceChange[]): Map<ResourceChange, ResourceChange> {
  const forgotten = managed.filter(({ change }) => change.actions.includes("forget"));
  const candidates = managed
    .filter(({ change }) => change.importing)
    .flatMap((to) => forgotten.filter(({ type }) => type === to.type).map((from) => ({ to, from })))
    .sort((one, other) => likeness(other.from, other.to) - likeness(one.from, one.to));
  const pairs = new Map<ResourceChange, ResourceChange>();
  const taken = new Set<ResourceChange>();
  for (const { to, from } of candidates) {
    if (pairs.has(to) || taken.has(from)) continue;
    pairs.set(to, from);
    taken.add(from);
  }
  return pairs;
}

/** The length of the common beginning of two addresses: a plan can have several substitutions. */
function likeness({ address: one }: ResourceChange, { address: other }: ResourceChange): number {
  const differs = [...one].findIndex((character, index) => character !== other[index]);
  return differs < 0 ? one.length : differs;
}

/** The changed resources that refer to a resource, also by way of data sources. */
function usersOf({ resource_changes = [], configuration }: TerraformPlan, address: string): string[] {
  const users = new Set([address]);
  const resources = configuration?.root_module?.resources ?? [];
  // A set takes elements while it is iterated over.
  for (const used of users) {
    for (const { address: user, expressions } of resources) {
      if (referencesIn(expressions).some((each) => each === used || each.startsWith(`${used}.`))) users.add(user);
    }
  }
  users.delete(address);
  return resource_changes
    .filter(({ mode, address: user, change }) => mode === "managed" && users.has(user) && !isOnly(change, "no-op"))
    .map(({ address: user }) => user);
}

/** A title, and the steps of the apply. */
export function renderSubstitution({ type, from, to, users }: Substitution): string[] {
  return [
    `${type}: ${to.id} takes the place of ${from.id}. Both stay in AWS with their data.`,
    `  1. Terraform imports ${to.id} as ${to.address}, and configures it as above.`,
    `  2. ${users.length > 0 ? `These use it from then on: ${listNames(users)}.` : "No other resource refers to it."}`,
    `  3. Terraform forgets ${from.id}, which was ${from.address}. Only you can delete it.`,
  ];
}
