import type { DataAwsIamPolicyDocumentStatementCondition } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { Construct } from "constructs";
import { policyDocument } from "./role-policy";

export interface ServiceRoleProps {
  /** Role name, unique in the account. */
  readonly roleName: string;
  /** The AWS service that may assume the role, such as `lambda.amazonaws.com`. */
  readonly service: string;
  /**
   * Limits the service's callers, against the confused deputy problem.
   * @default - no limit
   */
  readonly condition?: DataAwsIamPolicyDocumentStatementCondition;
}

/** Adds an IAM role that one AWS service may assume. It has no permissions yet. */
export function serviceRole(scope: Construct, id: string, props: ServiceRoleProps): IamRole {
  const assumeRolePolicy = policyDocument(scope, `${id}-trust`, {
    actions: ["sts:AssumeRole"],
    principals: [{ type: "Service", identifiers: [props.service] }],
    condition: props.condition && [props.condition],
  });
  return new IamRole(scope, id, { name: props.roleName, assumeRolePolicy });
}
