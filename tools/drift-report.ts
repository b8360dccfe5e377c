import { isEmpty, isOnlyImported, type PlanSummary } from "@local/terraform/plan/plan-summary";
import { renderMarkdown } from "@local/terraform/plan/render-plan";
import type { StackName } from "../stacks/names";

/** The way to deploy each stack. */
const REMEDIES: Readonly<Record<StackName, string>> = {
  "serverless-infrastructure": "Deploy the default branch, or change it to what is deployed.",
  "state-backend":
    "Run `npm run bootstrap -- --adopt` for this environment, or change the default branch to what is deployed.",
  "github-access":
    "An administrator runs `npx cdktf deploy` for this stack, or changes the default branch to what is deployed.",
};

/**
 * A stack's drift as Markdown; empty if there is none.
 *
 * The state bucket's own state is on the machine of the person who created it. So its plan imports everything, and only
 * further changes are drift. Warnings alone are no drift.
 *
 * @param log takes the whole plan as text if the Markdown is cut
 */
export function renderDrift(
  stack: StackName,
  stackId: string,
  summary: PlanSummary,
  log?: (whole: string) => void,
): string {
  const drift =
    stack === "state-backend"
      ? { ...summary, changes: summary.changes.filter((change) => !isOnlyImported(change)), outputs: [] }
      : summary;
  if (isEmpty(drift)) return "";
  return `${REMEDIES[stack]}\n\n${renderMarkdown(drift, stackId, log)}\n`;
}
