import type { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { dependable, type TerraformResource, type TerraformResourceLifecycle } from "cdktf";
import type { Construct } from "constructs";
import { addressOf, plainName } from "../address";
import type { PythonFunction } from "../function/python-function";

/** Lambda's limit of a statement's id. */
const MAX_STATEMENT_ID = 100;

export interface InvokePermissionProps {
  readonly fn: PythonFunction;
  /** The AWS service that calls the function, such as `events.amazonaws.com`. */
  readonly service: string;
  /** The ARN of the one resource that may call it. */
  readonly sourceArn: string;
  /**
   * The account of that resource, where its ARN has none.
   * @default - the ARN says it
   */
  readonly sourceAccount?: string;
}

export interface InvokePermissions {
  /** The one that lets the resource invoke what it invokes: the function itself or its alias. */
  readonly required: LambdaPermission;
  /** That of the function's alias, if it has one. Without it, the first requests to the alias would be lost. */
  readonly ofAlias?: LambdaPermission;
  /** The lifecycle of a caller that Terraform must replace to let it invoke the alias, without a gap. */
  readonly lifecycle?: TerraformResourceLifecycle;
}

/** Lets one resource of an AWS service invoke a function. The statement has the caller's path in its id. */
export function invokePermission(caller: Construct, id: string, props: InvokePermissionProps): InvokePermissions {
  return props.fn.permit(caller, id, {
    statementId: plainName(`${addressOf(caller)}-${id}`, MAX_STATEMENT_ID),
    action: "lambda:InvokeFunction",
    principal: props.service,
    sourceArn: props.sourceArn,
    sourceAccount: props.sourceAccount,
  });
}

/** Lets a caller of an alias wait for its permission. A caller of the function itself waits for none. */
export function awaitPermissions(caller: TerraformResource, { ofAlias }: InvokePermissions): void {
  if (ofAlias) caller.dependsOn = [...(caller.dependsOn ?? []), dependable(ofAlias)];
}
