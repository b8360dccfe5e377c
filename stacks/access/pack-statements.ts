import type {
  DataAwsIamPolicyDocumentStatementCondition as Condition,
  DataAwsIamPolicyDocumentStatement as Statement,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";

/**
 * The characters of a managed policy without white space, with some to spare.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_CHARACTERS = 6_100;
const FRAME = '{"Version":"2012-10-17","Statement":[]}'.length;

/** The characters of a reference, when it is a value: an account's id. */
const REFERENCE = /\$\{[^}]*\}+/g;

/** Distributes statements, in their order, to as few policies as hold them. Splits a statement with too many resources. */
export function packStatements(statements: readonly Statement[]): Statement[][] {
  const policies: Statement[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const statement of statements.flatMap(splitLong)) {
    const characters = lengthOf(statement) + 1;
    if (used + characters > MAX_CHARACTERS) {
      policies.push([]);
      used = FRAME;
    }
    policies.at(-1)?.push(statement);
    used += characters;
  }
  return policies;
}

function splitLong(statement: Statement): Statement[] {
  const { resources = [] } = statement;
  if (FRAME + lengthOf(statement) < MAX_CHARACTERS || resources.length < 2) return [statement];
  const half = Math.ceil(resources.length / 2);
  const parts = [resources.slice(0, half), resources.slice(half)];
  return parts.flatMap((part, index) =>
    splitLong({ ...statement, sid: `${statement.sid}${index + 1}`, resources: part }),
  );
}

/** The length of a statement in the JSON that Terraform's data source writes. */
function lengthOf({ sid, actions = [], resources = [], condition = [] }: Statement): number {
  const Condition: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of condition as Condition[]) {
    Condition[test] = { ...Condition[test], [variable]: values };
  }
  const text = JSON.stringify({ Sid: sid, Effect: "Allow", Action: actions, Resource: resources, Condition });
  return text.replace(REFERENCE, "0".repeat(12)).length;
}
