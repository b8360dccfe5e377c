import { listNames } from "./shorten";
import type { TerraformPlan } from "./terraform-plan";

/** A warning of Terraform, with all places that it concerns. */
export interface PlanWarning {
  readonly summary: string;
  readonly detail: string;
  /** Such as `aws_s3_bucket.bucket` or `check.healthy`; none for a warning of the whole plan. */
  readonly places: readonly string[];
}

/** Joins equal warnings. Terraform gives each one twice, when it validates and when it plans. */
export function joinWarnings(warnings: TerraformPlan["warnings"] = []): PlanWarning[] {
  const joined = new Map<string, { summary: string; detail: string; places: Set<string> }>();
  for (const { summary, detail, address, snippet } of warnings) {
    const key = JSON.stringify([summary, detail]);
    const warning = joined.get(key) ?? { summary, detail, places: new Set() };
    const place = address ?? snippet?.context?.replace(/\.assert(\[\d+\])?$/, "");
    if (place) warning.places.add(place);
    joined.set(key, warning);
  }
  // Terraform checks resources side by side, so their order changes from run to run.
  const inOrder = [...joined].sort(([a], [b]) => (a < b ? -1 : 1));
  return inOrder.map(([, warning]) => ({ ...warning, places: [...warning.places].sort() }));
}

export function renderWarning({ summary, detail, places }: PlanWarning): string {
  const where = places.length > 0 ? ` (${listNames(places)})` : "";
  const text = `${summary}${where}${detail ? `: ${detail}` : ""}`;
  return `Warning: ${text.replace(/\s+/g, " ").trim()}`;
}
