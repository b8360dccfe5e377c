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
 */
export function findByName<T extends Named>(all: readonly T[], name: string, kind: string): T {
  const found = name ? all.find((each) => each.name === name || each.address === name) : all.length === 1 && all[0];
  if (found) return found;
  if (all.length === 0) throw new UserError(`The system has no ${kind}.`);
  const names = all.map((each) => each.name).join(", ");
  throw new UserError(name ? `There is no ${kind} ${name}; there are ${names}.` : `Choose a ${kind}: ${names}.`);
}
