import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { addressOf } from "./address";
import type { FunctionDefaults } from "./function/function-props";
import type { TableDefaults } from "./storage/table-props";

/** The values that all constructs of a stack share. A construct's own props override them. */
export interface Environment {
  /** The physical name of a resource, from its name in production: other environments get a suffix. */
  readonly physicalName: (base: string) => string;
  /** AWS's partition, such as `aws` or `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  /** Whether Terraform and AWS refuse to delete data. */
  readonly protectFromDeletion: boolean;
  /** The bucket for zip files of functions, where one is too large for Lambda's API. */
  readonly artifactsBucket: string;
  readonly function: FunctionDefaults;
  readonly table: TableDefaults;
  /** The names of the tables into which a table was restored, by that table's name. The last one is in use. */
  readonly restoredTables: Readonly<Record<string, readonly string[]>>;
}

const environments = new WeakMap<TerraformStack, Environment>();

/** Gives a stack's constructs their shared values. Call it before the first of these constructs. */
export function provideEnvironment(stack: TerraformStack, environment: Environment): void {
  environments.set(stack, environment);
}

/** The shared values of a construct's stack. */
export function environmentOf(construct: Construct): Environment {
  const environment = environments.get(TerraformStack.of(construct));
  if (!environment) throw new Error("The stack has no environment; call provideEnvironment(this, ...) in it first.");
  return environment;
}

/**
 * The physical name of a resource that has none of its own: the construct's path below the stack, such as
 * `orders-dead-letters`. Outside production, the environment's name follows.
 */
export function nameOf(construct: Construct): string {
  return environmentOf(construct).physicalName(addressOf(construct).replaceAll("/", "-"));
}
