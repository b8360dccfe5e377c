import { formatPath, isContainer } from "./json-value";

/** What a plan does to one resource. */
export type PlannedAction = "adopt" | "create" | "update" | "replace" | "delete";

/** An attribute that a plan changes; values are as they are shown. */
export interface AttributeChange {
  /** Such as `environment[0].variables.DYNAMODB_TABLE_NAME`. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** One resource that a plan changes. */
export interface PlannedChange {
  readonly address: string;
  readonly type: string;
  readonly action: PlannedAction;
  /** Of what exists and stays or is replaced; a resource that is created or deleted changes as a whole. */
  readonly attributes: readonly AttributeChange[];
  /** The attributes that cannot be changed in place. */
  readonly replacedBecause: readonly string[];
}

/** What a plan would do. */
export interface PlanSummary {
  readonly changes: readonly PlannedChange[];
  /** Names of the outputs that change. */
  readonly outputs: readonly string[];
  /** Addresses of resources that hold data, and that the plan deletes or replaces. */
  readonly dataLoss: readonly string[];
}

/** The part of `terraform show -json` that is summarized: https://developer.hashicorp.com/terraform/internals/json-format */
export interface TerraformPlan {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly mode: string;
    readonly type: string;
    readonly change: TerraformChange;
  }[];
  readonly output_changes?: Readonly<Record<string, { readonly actions: readonly string[] }>>;
}

interface TerraformChange {
  readonly actions: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
  readonly after_unknown?: unknown;
  readonly before_sensitive?: unknown;
  readonly after_sensitive?: unknown;
  readonly replace_paths?: readonly (readonly (string | number)[])[];
  /** Of what exists and is taken into the state. */
  readonly importing?: { readonly id: string };
}

/** Resources whose deletion loses what nothing can make again. */
const DATA_TYPES = new Set(["aws_cloudwatch_log_group", "aws_dynamodb_table", "aws_s3_bucket"]);

/** Stands for a value that only the apply tells. */
export const UNKNOWN_VALUE = "(known after apply)";

/** How long a value may be before it is cut. */
const VALUE_WIDTH = 100;

/** Reads a plan. Sensitive values do not get into the summary. */
export function summarizePlan(plan: TerraformPlan): PlanSummary {
  const changes = (plan.resource_changes ?? []).flatMap(({ address, mode, type, change }): PlannedChange[] => {
    const action = mode === "managed" ? plannedAction(change.actions, change.importing !== undefined) : undefined;
    if (!action) return [];
    const isCompared = action !== "create" && action !== "delete";
    const replacedBecause = action === "replace" ? (change.replace_paths ?? []).map(formatPath) : [];
    return [{ address, type, action, attributes: isCompared ? changedAttributes(change) : [], replacedBecause }];
  });
  const outputs = Object.entries(plan.output_changes ?? {}).filter(([, { actions }]) => plannedAction(actions));
  return {
    changes,
    outputs: outputs.map(([name]) => name),
    dataLoss: changes
      .filter(({ type, action }) => DATA_TYPES.has(type) && (action === "delete" || action === "replace"))
      .map(({ address }) => address),
  };
}

/**
 * What a plan would lose although nobody allowed it.
 *
 * @param allowed addresses of resources whose data may be lost
 */
export function refusedDataLoss({ dataLoss }: PlanSummary, allowed: readonly string[]): string[] {
  return dataLoss.filter((address) => !allowed.includes(address));
}

function plannedAction(actions: readonly string[], isImported = false): PlannedAction | undefined {
  if (actions.includes("create") && actions.includes("delete")) return "replace";
  if (isImported) return "adopt";
  return (["create", "update", "delete"] as const).find((action) => actions.includes(action));
}

function changedAttributes(change: TerraformChange): AttributeChange[] {
  const found: AttributeChange[] = [];
  compare(
    {
      path: [],
      before: change.before,
      after: change.after,
      unknown: change.after_unknown,
      sensitive: [change.before_sensitive, change.after_sensitive],
    },
    found,
  );
  return found;
}

interface Comparison {
  readonly path: readonly (string | number)[];
  readonly before: unknown;
  readonly after: unknown;
  readonly unknown: unknown;
  readonly sensitive: readonly unknown[];
}

/** Goes down to the values that differ. What is sensitive or not known yet is so as a whole where its mark is `true`. */
function compare({ path, before, after, unknown, sensitive }: Comparison, found: AttributeChange[]): void {
  const isSensitive = sensitive.includes(true);
  if (unknown !== true && !isSensitive && isContainer(before) && isContainer(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(Object(unknown))]);
    for (const key of keys) {
      compare(
        {
          path: [...path, Array.isArray(before) && Array.isArray(after) ? Number(key) : key],
          before: before[key],
          after: after[key],
          unknown: child(unknown, key),
          sensitive: sensitive.map((mark) => child(mark, key)),
        },
        found,
      );
    }
    return;
  }
  if (unknown !== true && JSON.stringify(before ?? null) === JSON.stringify(after ?? null)) return;
  const hidesPart = sensitive.some((mark) => containsTrue(mark));
  found.push({
    path: formatPath(path),
    before: isSensitive || hidesPart ? "(sensitive)" : formatValue(before),
    after: unknown === true ? UNKNOWN_VALUE : isSensitive || hidesPart ? "(sensitive)" : formatValue(after),
  });
}

function child(value: unknown, key: string): unknown {
  return isContainer(value) ? value[key] : undefined;
}

function containsTrue(mark: unknown): boolean {
  return mark === true || (isContainer(mark) && Object.values(mark).some(containsTrue));
}

function formatValue(value: unknown): string {
  if (value === undefined || value === null) return "(none)";
  const text = JSON.stringify(value);
  return text.length > VALUE_WIDTH ? `${text.slice(0, VALUE_WIDTH)}…` : text;
}
