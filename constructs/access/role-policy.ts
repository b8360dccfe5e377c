import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { Construct } from "constructs";

export interface RolePolicyProps {
  /** Policy name, unique in the role. */
  readonly policyName: string;
  readonly role: IamRole;
  readonly statement: DataAwsIamPolicyDocumentStatement[];
}

/** Adds an inline policy to a role. A resource whose creation needs the permission must depend on it. */
export function rolePolicy(scope: Construct, id: string, { policyName, role, statement }: RolePolicyProps) {
  const policy = policyDocument(scope, `${id}-document`, ...statement);
  return new IamRolePolicy(scope, id, { name: policyName, role: role.name, policy });
}

/** Adds an IAM policy document, and returns it as JSON. */
export function policyDocument(scope: Construct, id: string, ...statement: DataAwsIamPolicyDocumentStatement[]) {
  return new DataAwsIamPolicyDocument(scope, id, { statement }).json;
}
