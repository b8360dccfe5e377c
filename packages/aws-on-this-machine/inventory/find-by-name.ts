import { UserError } from "@local/command-line/user-error";

interface Named {
  readonly address: string;
  readonly name: string;
}

/**
 * Finds a resource by its name or its Terraform address; with an empty name the only one. Throws a UserError, which lists
 * the names.
 *
 * @param kind such as `queue`
 * @param isApplying whether Terraform may still create it
 */
export function findByName<T extends Named>(all: readonly T[], name: string, kind: string, isApplying = false): T {
  const found = name ? all.find((each) => each.name === name || each.address === name) : all.length === 1 && all[0];
  if (found) return found;
  const later = isApplying ? " Terraform is applying the stacks, and may still create it." : "";
  if (all.length === 0) throw new UserError(`The system has no ${kind}.${later}`);
  const names = all.map((each) => each.name).join(", ");
  throw new UserError(
    name ? `There is no ${kind} ${name}; there are ${names}.${later}` : `Choose a ${kind}: ${names}.`,
  );
}
