import { UserError } from "@local/command-line/user-error";
import { z } from "zod";
import { isOnly } from "./changes/terraform-plan";
import type { TerraformPlan } from "./plan-summary";

const table = z.object({ ttl: z.tuple([z.object({ attribute_name: z.string(), enabled: z.literal(true) })]) });

/**
 * Throws a UserError for a plan that gives a table another TTL attribute while TTL is on: DynamoDB would refuse that
 * in the middle of the apply.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
 */
export function refuseOtherTtlAttribute({ resource_changes = [], renamed }: TerraformPlan): void {
  // A plan with renames is refused, and must be shown.
  if (renamed) return;
  const refused = resource_changes.flatMap(({ address, type, change }) => {
    if (type !== "aws_dynamodb_table" || !isOnly(change, "update")) return [];
    const [before, after] = [change.before, change.after].map((value) => table.safeParse(value).data?.ttl[0]);
    const [former, wanted] = [before?.attribute_name, after?.attribute_name];
    return former && wanted && former !== wanted ? [`${address}: ${former} → ${wanted}`] : [];
  });
  if (refused.length === 0) return;
  throw new UserError(
    `DynamoDB takes no other TTL attribute while TTL is on (${refused.join(", ")}). Apply a plan without TTL first. Then set the new attribute; AWS takes the second change after up to an hour.`,
  );
}
