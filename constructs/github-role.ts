import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { Construct } from "constructs";

/** The issuer of the tokens that GitHub gives its workflows. */
export const GITHUB_ISSUER = "token.actions.githubusercontent.com";

/** What aws-actions/configure-aws-credentials asks GitHub to make the token for. */
export const GITHUB_AUDIENCE = "sts.amazonaws.com";

/** How long a session may last, in seconds (3600 to 43200); the longest job has an hour. */
const MAX_SESSION_SECONDS = 3600;

export interface GithubRoleProps {
  /** Role name, unique in the account. */
  readonly roleName: string;
  readonly description: string;
  /** ARN of the account's OIDC provider for GitHub. */
  readonly providerArn: string;
  /** The repository, as the subject of its tokens names it. */
  readonly repository: string;
  /** What may assume the role, after `repo:<repository>:`, such as `environment:production`; taken literally. */
  readonly subjects: readonly string[];
}

/**
 * Adds an IAM role that workflows of one repository may assume, without any long-lived key. It can do nothing until
 * something grants it.
 *
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export function githubRole(scope: Construct, id: string, props: GithubRoleProps): IamRole {
  const trust = new DataAwsIamPolicyDocument(scope, `${id}-trust`, {
    statement: [
      {
        actions: ["sts:AssumeRoleWithWebIdentity"],
        principals: [{ type: "Federated", identifiers: [props.providerArn] }],
        condition: [
          { test: "StringEquals", variable: `${GITHUB_ISSUER}:aud`, values: [GITHUB_AUDIENCE] },
          {
            test: "StringEquals",
            variable: `${GITHUB_ISSUER}:sub`,
            values: props.subjects.map((subject) => `repo:${props.repository}:${subject}`),
          },
        ],
      },
    ],
  });
  return new IamRole(scope, id, {
    name: props.roleName,
    description: props.description,
    assumeRolePolicy: trust.json,
    maxSessionDuration: MAX_SESSION_SECONDS,
  });
}
