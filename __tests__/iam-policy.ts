import type {
  DataAwsIamPolicyDocumentStatement,
  DataAwsIamPolicyDocumentStatementCondition,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";

/** A statement of an IAM policy that allows something. */
export interface Statement {
  readonly Action: string | string[];
  readonly Resource: string | string[];
  /** The values, by operator and condition key. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

/** What AWS asks IAM about a call. */
export interface IamRequest {
  readonly action: string;
  /** An ARN, or `*` for an action without resource level. */
  readonly resource: string;
  /** The values of condition keys; IAM does not know others of this request. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

type Operator = (actual: readonly string[] | undefined, expected: readonly string[]) => boolean;

const equals: Operator = (actual, expected) => actual?.length === 1 && expected.includes(actual[0] ?? "");

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: equals,
  StringEqualsIfExists: (actual, expected) => !actual || equals(actual, expected),
  "ForAllValues:StringLike": (actual = [], expected) =>
    actual.every((value) => expected.some((pattern) => matches(pattern, value))),
  "ForAllValues:StringEquals": (actual = [], expected) => actual.every((value) => expected.includes(value)),
};

/**
 * Whether one of the statements allows a request. It knows what this project's policies use.
 *
 * @throws Error for a condition's operator that it does not know
 */
export function allows(statements: readonly Statement[], { action, resource, context = {} }: IamRequest): boolean {
  const holds = ([name, keys]: [string, Readonly<Record<string, string | string[]>>]) => {
    const operator = OPERATORS[name];
    if (!operator) throw new Error(`${name} is not an operator that this evaluates; add it to OPERATORS`);
    return Object.entries(keys).every(([key, expected]) => {
      const actual = context[key];
      return operator(actual === undefined ? undefined : list(actual), list(expected));
    });
  };
  return statements.some(
    ({ Action, Resource, Condition = {} }) =>
      list(Action).includes(action) &&
      list(Resource).some((pattern) => matches(pattern, resource)) &&
      Object.entries(Condition).every(holds),
  );
}

/** A statement as IAM takes it, from one of Terraform's. */
export function iamStatement({ actions, resources, condition }: DataAwsIamPolicyDocumentStatement): Statement {
  const Condition: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of (condition ?? []) as DataAwsIamPolicyDocumentStatementCondition[])
    Condition[test] = { ...Condition[test], [variable]: values };
  return { Action: actions ?? [], Resource: resources ?? [], Condition };
}

type Blocks<T> = Readonly<Record<string, T>>;

/** What a synthesized stack has of roles and their policies. */
interface Roles {
  readonly resource: {
    readonly aws_iam_role: Blocks<{ readonly name: string }>;
    readonly aws_iam_role_policy_attachment: Blocks<{ readonly role: string; readonly policy_arn: string }>;
    readonly aws_iam_policy: Blocks<{ readonly policy: string }>;
  };
  readonly data: {
    readonly aws_iam_policy_document: Blocks<{ readonly statement: DataAwsIamPolicyDocumentStatement[] }>;
  };
}

/** The statements of all policies that are attached to a role in a synthesized stack, of an account of AWS's `aws`. */
export function statementsOfRole(stack: object, name: string, account: string): Statement[] {
  const text = JSON.stringify(stack)
    .replace(/\$\{data\.aws_caller_identity[^}]*\}/g, account)
    .replace(/\$\{data\.aws_partition[^}]*\}/g, "aws");
  const { resource, data }: Roles = JSON.parse(text);
  const id = (reference = "") => reference.split(".").at(-2) ?? "";
  return Object.values(resource.aws_iam_role_policy_attachment)
    .filter(({ role }) => resource.aws_iam_role[id(role)]?.name === name)
    .map(({ policy_arn }) => id(resource.aws_iam_policy[id(policy_arn)]?.policy))
    .flatMap((document) => data.aws_iam_policy_document[document]?.statement.map(iamStatement) ?? []);
}

/** Whether an ARN is one of those that IAM's pattern means. */
function matches(pattern: string, arn: string): boolean {
  const escaped = pattern.split("*").map((text) => text.replace(/[.$^?+()[\]{}|\\/]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`).test(arn);
}

/** IAM takes one value without a list. */
export function list<T>(values: T | readonly T[]): readonly T[] {
  return [values].flat() as readonly T[];
}
