import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { Construct } from "constructs";
import { policyDocument } from "./role-policy";

/** The issuer of the OIDC tokens for GitHub's workflows. */
export const GITHUB_ISSUER = "token.actions.githubusercontent.com";

/** The audience that aws-actions/configure-aws-credentials requests. */
export const GITHUB_AUDIENCE = "sts.amazonaws.com";

/** The maximum session duration, in seconds (3600 to 43200). The longest job has an hour. */
const MAX_SESSION_SECONDS = 3600;

export interface GithubRoleProps {
  /** Role name, unique in the account. */
  readonly roleName: string;
  readonly description: string;
  /** ARN of the account's OIDC provider for GitHub. */
  readonly providerArn: string;
  /** The repository, as in its tokens' subjects. */
  readonly repository: string;
  /** The allowed subjects, without `repo:<repository>:`, such as `environment:production`. No wildcards. */
  readonly subjects: readonly string[];
}

/**
 * Adds an IAM role for workflows of one repository, which need no long-lived key. It has no permissions yet.
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export function githubRole(scope: Construct, id: string, props: GithubRoleProps): IamRole {
  const subjects = props.subjects.map((subject) => `repo:${props.repository}:${subject}`);
  const assumeRolePolicy = policyDocument(scope, `${id}-trust`, {
    actions: ["sts:AssumeRoleWithWebIdentity"],
    principals: [{ type: "Federated", identifiers: [props.providerArn] }],
    condition: [
      { test: "StringEquals", variable: `${GITHUB_ISSUER}:aud`, values: [GITHUB_AUDIENCE] },
      { test: "StringEquals", variable: `${GITHUB_ISSUER}:sub`, values: subjects },
    ],
  });
  return new IamRole(scope, id, {
    name: props.roleName,
    description: props.description,
    assumeRolePolicy,
    maxSessionDuration: MAX_SESSION_SECONDS,
  });
}
