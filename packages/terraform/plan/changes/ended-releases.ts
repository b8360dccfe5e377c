import { isOnly, type TerraformPlan } from "./terraform-plan";
import type { PlanWarning } from "./warnings";

type Values = Readonly<Record<string, unknown>>;

/**
 * Warns of each alias that a plan deletes together with its deployment group in CodeDeploy: the function's newest code then
 * gets all invocations, also code that was rolled back.
 */
export function warnOfEndedReleases({ resource_changes = [] }: TerraformPlan): PlanWarning[] {
  const all = (type: string) => resource_changes.filter((each) => each.mode === "managed" && each.type === type);
  const before = (type: string): Values[] => all(type).map(({ change }) => Object(change.before));
  const kept = all("aws_lambda_function").filter(({ change }) => !isOnly(change, "delete"));
  return all("aws_lambda_alias").flatMap(({ address, change }) => {
    const { name, function_name: functionName, function_version: live }: Values = Object(change.before);
    const isReleased = before("aws_codedeploy_deployment_group").some(
      (group) => group.app_name === functionName && group.deployment_group_name === name,
    );
    const fn = kept
      .map((each): Values => Object(each.change.before))
      .find((each) => each.function_name === functionName);
    if (!isOnly(change, "delete") || !isReleased || !fn) return [];
    const newest = fn.version === live ? "this plan's code" : `the newest code (version ${fn.version})`;
    const detail = `version ${live} is live, and ${newest} gets all invocations at once`;
    return [{ summary: `The gradual release of ${functionName} ends`, detail, places: [address] }];
  });
}
