import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import type { Construct } from "constructs";
import { addressOf, plainName } from "../address";

/** Lambda's limit of a statement's id. */
const MAX_STATEMENT_ID = 100;

export interface InvokePermissionProps {
  readonly function: LambdaFunction;
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

/** Lets one resource of an AWS service invoke a function. The statement has the caller's path in its id. */
export function invokePermission(caller: Construct, id: string, props: InvokePermissionProps): LambdaPermission {
  return new LambdaPermission(caller, id, {
    statementId: plainName(`${addressOf(caller)}-${id}`, MAX_STATEMENT_ID),
    action: "lambda:InvokeFunction",
    functionName: props.function.functionName,
    principal: props.service,
    sourceArn: props.sourceArn,
    sourceAccount: props.sourceAccount,
  });
}
