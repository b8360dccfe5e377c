import { formatPath, isContainer } from "./json-value";
import type { LeftBehind } from "./left-behind";
import type { Rename } from "./renames/find-renames";

/** A plan's action on a resource. */
export type PlannedAction = "adopt" | "create" | "update" | "replace" | "delete";

/** A changed attribute. The values are formatted. */
export interface AttributeChange {
  /** Such as `environment[0].variables.DYNAMODB_TABLE_NAME`. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** A changed resource. */
export interface PlannedChange {
  readonly address: string;
  readonly type: string;
  readonly action: PlannedAction;
  /** The changed attributes; none for an action on the whole resource, `create` or `delete`. */
  readonly attributes: readonly AttributeChange[];
  /** The attributes that AWS cannot change in place. */
  readonly replacedBecause: readonly string[];
}

/** A summary of a plan. */
export interface PlanSummary {
  /** What the state has in another Region or account, and the plan does not touch. */
  readonly leftBehind?: LeftBehind;
  readonly changes: readonly PlannedChange[];
  readonly outputs: readonly string[];
  /** Addresses of resources with data that the plan deletes or replaces. */
  readonly dataLoss: readonly string[];
  /** Resources under a new address that are in the state under another. No such plan may be applied. */
  readonly renamed?: readonly Rename[];
}

/** A part of `terraform show -json`: https://developer.hashicorp.com/terraform/internals/json-format */
export interface TerraformPlan {
  readonly resource_changes?: readonly { address: string; mode: string; type: string; change: TerraformChange }[];
  readonly output_changes?: Readonly<Record<string, { readonly actions: readonly string[] }>>;
  /** Not Terraform's: see `PlanSummary.renamed`. */
  readonly renamed?: readonly Rename[];
}

interface TerraformChange {
  readonly actions: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
  readonly after_unknown?: unknown;
  readonly before_sensitive?: unknown;
  readonly after_sensitive?: unknown;
  readonly replace_paths?: readonly (readonly (string | number)[])[];
  readonly importing?: { readonly id: string };
}

/** Resources with data that Terraform cannot create again. */
const DATA_TYPES = new Set(["aws_cloudwatch_log_group", "aws_dynamodb_table", "aws_s3_bucket"]);

/** The format of a value that is unknown before the apply. */
const UNKNOWN_VALUE = "(known after apply)";

const VALUE_WIDTH = 100;

/**
 * Summarizes a plan, without sensitive values.
 *
 * @param elsewhere what the state has in another Region or account
 */
export function summarizePlan(plan: TerraformPlan, elsewhere?: LeftBehind): PlanSummary {
  const changes = (plan.resource_changes ?? []).flatMap(({ address, mode, type, change }): PlannedChange[] => {
    const action = mode === "managed" ? plannedAction(change.actions, change.importing !== undefined) : undefined;
    if (!action) return [];
    const isCompared = action !== "create" && action !== "delete";
    const replacedBecause = action === "replace" ? (change.replace_paths ?? []).map(formatPath) : [];
    const { before, after, after_unknown, before_sensitive, after_sensitive } = change;
    const trees = [before, after, after_unknown, before_sensitive, after_sensitive];
    return [{ address, type, action, attributes: isCompared ? compare([], trees) : [], replacedBecause }];
  });
  const outputs = Object.entries(plan.output_changes ?? {}).filter(([, { actions }]) => plannedAction(actions));
  // Since version 6, the AWS provider knows the Region of each resource and can delete it there.
  const deleted = changes.filter(({ action }) => action === "delete" || action === "replace");
  const addresses = elsewhere?.addresses.filter((address) => !deleted.some((change) => change.address === address));
  return {
    ...(elsewhere && addresses?.length ? { leftBehind: { ...elsewhere, addresses } } : {}),
    changes,
    outputs: outputs.map(([name]) => name),
    dataLoss: deleted.filter(({ type }) => DATA_TYPES.has(type)).map(({ address }) => address),
    ...(plan.renamed ? { renamed: plan.renamed } : {}),
  };
}

/**
 * Whether a change only adopts a resource as it is. An import does not set force_destroy, which only Terraform knows. Every
 * reference to what is imported is unknown in the plan.
 */
export function isOnlyAdopted({ action, attributes }: PlannedChange): boolean {
  return (
    action === "adopt" && attributes.every(({ path, after }) => path === "force_destroy" || after === UNKNOWN_VALUE)
  );
}

/** The addresses of a plan's data loss that are not allowed. */
export function refusedDataLoss({ dataLoss }: PlanSummary, allowed: readonly string[]): string[] {
  return dataLoss.filter((address) => !allowed.includes(address));
}

function plannedAction(actions: readonly string[], isImported = false): PlannedAction | undefined {
  if (actions.includes("create") && actions.includes("delete")) return "replace";
  if (isImported) return "adopt";
  return (["create", "update", "delete"] as const).find((action) => actions.includes(action));
}

/**
 * Finds the values that differ. The trees are: before, after, unknown, and sensitive before and after. In the last
 * three, `true` marks a whole value.
 */
function compare(path: readonly (string | number)[], trees: readonly unknown[]): AttributeChange[] {
  const [before, after, unknown, ...sensitive] = trees;
  const isWhole = unknown === true || sensitive.includes(true);
  if (!isWhole && isContainer(before) && isContainer(after)) {
    const isList = Array.isArray(before) && Array.isArray(after);
    const keys = new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(Object(unknown))]);
    return [...keys].flatMap((key) => {
      const children = trees.map((tree) => (isContainer(tree) ? tree[key] : undefined));
      return compare([...path, isList ? Number(key) : key], children);
    });
  }
  if (unknown !== true && JSON.stringify(before ?? null) === JSON.stringify(after ?? null)) return [];
  const format = sensitive.some(containsTrue) ? () => "(sensitive)" : formatValue;
  return [{ path: formatPath(path), before: format(before), after: unknown === true ? UNKNOWN_VALUE : format(after) }];
}

function containsTrue(mark: unknown): boolean {
  return mark === true || (isContainer(mark) && Object.values(mark).some(containsTrue));
}

function formatValue(value: unknown): string {
  if (value === undefined || value === null) return "(none)";
  const text = JSON.stringify(value);
  return text.length > VALUE_WIDTH ? `${text.slice(0, VALUE_WIDTH)}…` : text;
}
