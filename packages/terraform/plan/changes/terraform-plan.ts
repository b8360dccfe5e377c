import type { TerraformMessage } from "@local/command-line/progress";
import type { Rename } from "../renames/find-renames";

/**
 * A part of `terraform show -json`: https://developer.hashicorp.com/terraform/internals/json-format
 *
 * `warnings` are from `terraform plan -json`, and `renamed` is our own: see `PlanSummary`.
 */
export interface TerraformPlan {
  readonly resource_changes?: readonly ResourceChange[];
  readonly output_changes?: Readonly<Record<string, TerraformChange>>;
  readonly configuration?: { readonly root_module?: ConfigurationModule };
  readonly warnings?: readonly NonNullable<TerraformMessage["diagnostic"]>[];
  readonly renamed?: readonly Rename[];
}

export interface ResourceChange {
  readonly address: string;
  /** The address in the state, where the plan moves the resource. */
  readonly previous_address?: string;
  readonly mode: string;
  readonly type: string;
  /** Terraform's key of an object that a replacement could not delete. */
  readonly deposed?: string;
  readonly change: TerraformChange;
}

export interface TerraformChange {
  /** A replacement has two. */
  readonly actions: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
  readonly after_unknown?: unknown;
  readonly before_sensitive?: unknown;
  readonly after_sensitive?: unknown;
  readonly replace_paths?: readonly (readonly (string | number)[])[];
  readonly importing?: { readonly id: string };
}

/** Whether a change is this action, and no replacement. */
export function isOnly({ actions }: TerraformChange, action: "no-op" | "create" | "update" | "delete"): boolean {
  return actions.join() === action;
}

/** The expressions and their references, without those in modules. */
interface ConfigurationModule {
  readonly resources?: readonly ConfigurationResource[];
  readonly outputs?: Readonly<Record<string, { readonly expression?: unknown }>>;
}

export interface ConfigurationResource {
  readonly address: string;
  readonly expressions?: Readonly<Record<string, unknown>>;
  readonly depends_on?: readonly string[];
}
