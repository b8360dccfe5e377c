import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { oneOrMore, policyWith } from "../inventory/policy";
import { matchesWildcard } from "../system/wildcard";

const policy = policyWith({ Action: oneOrMore.default([]), Resource: oneOrMore.default([]) });

/** Returns whether a role may read a parameter of SSM, by the role's policies. The policies that AWS manages do not count. */
export async function mayRead(iam: IAMClient, roleArn: string): Promise<(parameterName: string) => boolean> {
  const RoleName = roleArn.replace(/^.*\//, "");
  const [{ PolicyNames = [] }, { AttachedPolicies = [] }] = await Promise.all([
    iam.send(new ListRolePoliciesCommand({ RoleName })),
    iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
  ]);
  const own = AttachedPolicies.flatMap(({ PolicyArn = "" }) => (PolicyArn.includes("::aws:") ? [] : PolicyArn));
  const documents = await Promise.all([
    ...PolicyNames.map(async (PolicyName) => {
      const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return PolicyDocument;
    }),
    ...own.map(async (PolicyArn) => {
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
      const VersionId = Policy?.DefaultVersionId;
      const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
      return PolicyVersion?.Document;
    }),
  ]);
  const allowed = documents
    .flatMap((document = "{}") => policy.safeParse(JSON.parse(decodeURIComponent(document))).data?.Statement ?? [])
    .filter(
      ({ Effect, Action }) =>
        Effect === "Allow" &&
        Action.some(
          (action) => matchesWildcard(action, "ssm:GetParameter") || matchesWildcard(action, "ssm:GetParameters"),
        ),
    )
    .flatMap(({ Resource }) => Resource);
  return (name) =>
    allowed.some((resource) =>
      matchesWildcard(resource.replace(/^arn:[^:]*:ssm:[^:]*:[^:]*:/, ""), `parameter${name}`),
    );
}
