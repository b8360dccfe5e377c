import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatementCondition,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { Construct } from "constructs";

export interface ServiceRoleProps {
  /** Role name, unique in the account. */
  readonly roleName: string;
  /** The AWS service that may assume the role, such as `lambda.amazonaws.com`. */
  readonly service: string;
  /**
   * On whose behalf the service may assume it, against the confused deputy.
   * @default - not restricted
   */
  readonly condition?: DataAwsIamPolicyDocumentStatementCondition;
}

/** Adds an IAM role that one AWS service may assume. It can do nothing until something grants it. */
export function serviceRole(scope: Construct, id: string, props: ServiceRoleProps): IamRole {
  const trust = new DataAwsIamPolicyDocument(scope, `${id}-trust`, {
    statement: [
      {
        actions: ["sts:AssumeRole"],
        principals: [{ type: "Service", identifiers: [props.service] }],
        condition: props.condition ? [props.condition] : undefined,
      },
    ],
  });
  return new IamRole(scope, id, { name: props.roleName, assumeRolePolicy: trust.json });
}
