import type { DataAwsIamPolicyDocumentStatement } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { Construct } from "constructs";
import { addressOf, idOf, plainName } from "../address";
import { rolePolicy } from "./role-policy";

/** A role, or a function with its role. */
export type Grantee = IamRole | FunctionWithRole;

interface FunctionWithRole {
  readonly role: IamRole;
  /**
   * Whether older versions of the function can be live. They have the variables of their time.
   * @default false
   */
  readonly servesOlderVersions?: boolean;
}

/** IAM's limit of a policy's name. */
const MAX_POLICY_NAME = 128;

/**
 * Lets a role do something with a construct. The policy has the construct's path in its name: a role keeps one policy of
 * each name, and a second one would replace the first without an error. The same grant twice is one policy.
 *
 * @param verb what the role may do, such as `write`
 */
export function grant(
  granted: Construct,
  verb: string,
  grantee: Grantee,
  ...statement: DataAwsIamPolicyDocumentStatement[]
): IamRolePolicy {
  const role = grantee instanceof IamRole ? grantee : grantee.role;
  const id = `grant-${verb}-${idOf(role)}`;
  const existing = granted.node.tryFindChild(id);
  if (existing) return existing as IamRolePolicy;
  const policyName = plainName(`${verb}-${addressOf(granted)}`, MAX_POLICY_NAME);
  return rolePolicy(granted, id, { policyName, role, statement });
}
