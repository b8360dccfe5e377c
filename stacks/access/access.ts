import type { DataAwsIamPolicyDocumentStatementCondition as Condition } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";

/** The IAM actions that Terraform's AWS provider needs for one kind of resource. */
export interface Access {
  /** The kind's name in the statements' ids. Resources with the same name and conditions share their statements. */
  readonly name: string;
  readonly resources: readonly string[];
  /** The actions for a plan. */
  readonly read?: readonly string[];
  /** The further actions for a deploy. */
  readonly write?: readonly string[];
  /** The actions that delete data, for a deploy while `dataProtection` is off. */
  readonly deleteData?: readonly string[];
  /**
   * The condition for the actions of a deploy.
   * @default - none
   */
  readonly condition?: Condition[];
}

/** The IAM actions of a service, from their names, separated by spaces. */
export const actions = (service: string, ...names: string[]) =>
  names.flatMap((line) => line.split(" ")).map((name) => `${service}:${name}`);

/** Holds if each of the keys has one of the values or is absent from the request. */
export const unlessOther = (values: string | string[], ...keys: string[]): Condition[] =>
  keys.map((variable) => ({ test: "StringEqualsIfExists", variable, values: [values].flat() }));

/** The access of all kinds, each name and condition once. */
export function merge(all: readonly Access[]): Access[] {
  const merged = new Map<string, Access>();
  const both = (one: readonly string[] = [], other: readonly string[] = []) => [...new Set([...one, ...other])];
  for (const access of all) {
    const key = JSON.stringify([access.name, access.condition]);
    const known = merged.get(key);
    merged.set(key, {
      ...access,
      resources: both(known?.resources, access.resources),
      read: both(known?.read, access.read),
      write: both(known?.write, access.write),
      deleteData: both(known?.deleteData, access.deleteData),
    });
  }
  return [...merged.values()];
}
