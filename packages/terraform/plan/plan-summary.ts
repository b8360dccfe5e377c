import { type AttributeChange, compareValues } from "./changes/compare";
import { warnOfEndedReleases } from "./changes/ended-releases";
import { UnknownValues } from "./changes/explain-unknown";
import { findLosses, type Losses } from "./changes/losses";
import { findSubstitutions, type Substitution } from "./changes/substitutions";
import { isOnly, type ResourceChange, type TerraformChange, type TerraformPlan } from "./changes/terraform-plan";
import { findUndoneRestores } from "./changes/undone-restores";
import { joinWarnings, type PlanWarning } from "./changes/warnings";
import { formatPath, UNKNOWN_VALUE } from "./json-value";
import type { LeftBehind } from "./left-behind";
import type { Rename } from "./renames/find-renames";

export type { TerraformPlan };

/** A plan's action on a resource. `forget` takes it out of the state, and leaves it in AWS. */
export type PlannedAction = "create" | "update" | "replace" | "delete" | "move" | "forget" | "import";

/** A changed resource. A resource that is moved and updated has two of them. */
export interface PlannedChange {
  readonly address: string;
  readonly type: string;
  readonly action: PlannedAction;
  /** The address before a move. */
  readonly from?: string;
  /** AWS's id of an imported resource. */
  readonly id?: string;
  /** Terraform's key of an object that a replacement could not delete. */
  readonly deposed?: string;
  /** The changed attributes; none for an action on the whole resource, such as `create` or `delete`. */
  readonly attributes: readonly AttributeChange[];
  /** The attributes that AWS cannot change in place. */
  readonly replacedBecause: readonly string[];
}

/** A changed output. Without attributes, only its sensitivity changes. */
export interface OutputChange {
  readonly name: string;
  readonly attributes: readonly AttributeChange[];
}

export interface PlanSummary extends Losses {
  /** The state's resources in another Region or account, which the plan does not touch. */
  readonly leftBehind?: LeftBehind;
  readonly warnings: readonly PlanWarning[];
  readonly changes: readonly PlannedChange[];
  readonly outputs: readonly OutputChange[];
  /** Undefined if there are none. */
  readonly substitutions?: readonly Substitution[];
  /** Resources under a new address that are in the state under another. A plan with such resources must not be applied. */
  readonly renamed?: readonly Rename[];
}

/**
 * Summarizes a plan, without sensitive values.
 *
 * @param elsewhere the state's resources in another Region or account
 */
export function summarizePlan(plan: TerraformPlan, elsewhere?: LeftBehind): PlanSummary {
  const unknown = new UnknownValues(plan);
  const managed = (plan.resource_changes ?? []).filter(({ mode }) => mode === "managed");
  const changes = managed.flatMap((resource) => plannedChanges(resource, unknown));
  const outputs = Object.entries(plan.output_changes ?? {})
    .filter(([, change]) => !isOnly(change, "no-op"))
    .map(([name, change]) => ({ name, attributes: compareValues(trees(change), () => unknown.ofOutput(name)) }));
  // Since version 6, the AWS provider knows the Region of each resource and can delete it there.
  const deleted = changes.filter(({ action }) => action === "delete" || action === "replace");
  const addresses = elsewhere?.addresses.filter((address) => !deleted.some((change) => change.address === address));
  const substitutions = findSubstitutions(plan);
  const undoneRestores = findUndoneRestores(plan);
  return {
    ...(elsewhere && addresses?.length ? { leftBehind: { ...elsewhere, addresses } } : {}),
    warnings: [...joinWarnings(plan.warnings), ...warnOfEndedReleases(plan)],
    changes,
    outputs,
    ...findLosses(deleted, changes),
    ...(undoneRestores.length > 0 ? { undoneRestores } : {}),
    ...(substitutions.length > 0 ? { substitutions } : {}),
    ...(plan.renamed ? { renamed: plan.renamed } : {}),
  };
}

/** Whether an apply of the plan has no effect. Warnings alone are no change. */
export function isEmpty({ changes, outputs }: PlanSummary): boolean {
  return changes.length === 0 && outputs.length === 0;
}

/**
 * Whether a change only imports an unchanged resource. An import does not set force_destroy, because AWS does not have it.
 * Every reference to an imported resource is unknown in the plan.
 */
export function isOnlyImported({ action, attributes }: PlannedChange): boolean {
  return (
    action === "import" && attributes.every(({ path, after }) => path === "force_destroy" || after === UNKNOWN_VALUE)
  );
}

function plannedChanges(resource: ResourceChange, unknown: UnknownValues): PlannedChange[] {
  const { address, type, deposed, previous_address: from, change } = resource;
  const { importing, replace_paths = [] } = change;
  return plannedActions(resource).map((action) => {
    const isCompared = action === "update" || action === "replace" || (action === "import" && !isReplaced(change));
    return {
      address,
      type,
      action,
      ...(action === "move" && from ? { from } : {}),
      ...(action === "import" && importing ? { id: importing.id } : {}),
      ...(deposed ? { deposed } : {}),
      attributes: isCompared ? compareValues(trees(change), (path) => unknown.ofResource(address, path)) : [],
      replacedBecause: action === "replace" ? replace_paths.map(formatPath) : [],
    };
  });
}

function plannedActions({ previous_address, change }: ResourceChange): PlannedAction[] {
  const { actions, importing } = change;
  const happens: Readonly<Record<PlannedAction, boolean>> = {
    move: previous_address !== undefined,
    import: importing !== undefined,
    forget: actions.includes("forget"),
    replace: isReplaced(change),
    create: actions.includes("create") && !isReplaced(change),
    // The import also shows the update.
    update: actions.includes("update") && importing === undefined,
    delete: actions.includes("delete") && !isReplaced(change),
  };
  return (Object.keys(happens) as PlannedAction[]).filter((action) => happens[action]);
}

function isReplaced({ actions }: TerraformChange): boolean {
  return actions.includes("create") && actions.includes("delete");
}

function trees({ before, after, after_unknown, before_sensitive, after_sensitive }: TerraformChange): unknown[] {
  return [before, after, after_unknown, before_sensitive, after_sensitive];
}
