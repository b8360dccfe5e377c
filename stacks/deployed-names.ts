import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Aspects, type TerraformStack } from "cdktf";
import { addressOf } from "../constructs/address";

// Systems were deployed before ids and names followed from the paths of what is granted or called. Their resources keep
// the addresses and the names that they have: Terraform would replace a policy or a permission with another name.

/** The former paths of parts whose ids follow from a path now. */
const FORMER_PATHS: Readonly<Record<string, string>> = {
  "api/OPTIONS ---permission": "api/root-preflight-permission",
  "api/OPTIONS ---route": "api/root-preflight-route",
  "api/OPTIONS --{proxy+}-permission": "api/preflight-permission",
  "api/OPTIONS --{proxy+}-route": "api/preflight-route",
  "api/integration-processor": "api/integration",
  "dead-letter-queue/grant-send-processor--execution-role": "dead-letter-queue/grant-send-execution-role",
  "dead-letter-queue/grant-send-processor--execution-role-document":
    "dead-letter-queue/grant-send-execution-role-document",
  "log-archive/subscription-api--access-log-group": "log-archive/subscription",
  "monitoring/api-server-error-rate": "monitoring/server-error-rate",
  "monitoring/api-server-errors": "monitoring/server-errors",
  "monitoring/dead-letter-queue-messages": "monitoring/dead-letters",
  "monitoring/processor-errors": "monitoring/function-errors",
  "monitoring/processor-throttles": "monitoring/function-throttles",
  "schedule/permission-processor": "schedule/permission",
  "schedule/target-processor": "schedule/target",
  "table/grant-store-processor--execution-role": "table/grant-write-execution-role",
  "table/grant-store-processor--execution-role-document": "table/grant-write-execution-role-document",
};

/** The names of policies and the ids of permissions, by their present paths. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  "api/OPTIONS ---permission": "AllowApiGateway-root-preflight",
  "api/OPTIONS --{proxy+}-permission": "AllowApiGateway-preflight",
  "api/default-permission": "AllowApiGateway-default",
  "dead-letter-queue/grant-send-processor--execution-role": "send-to-dead-letter-queue",
  "schedule/permission-processor": "AllowEventBridge",
  "table/grant-store-processor--execution-role": "write-request-table",
};

const TAKEN = new Set(Object.values(FORMER_PATHS));

/** The path from which a resource's name in Terraform follows: its own, or the former one of its like in deployed systems. */
export function namingPath(path: readonly string[]): readonly string[] {
  const own = path.join("/");
  // A function with the id `function` would have the alarm `monitoring/function-errors`: two resources of one name.
  return FORMER_PATHS[own]?.split("/") ?? (TAKEN.has(own) ? [...path, "added"] : path);
}

/** Keeps the names of deployed policies and permissions. */
export function keepDeployedNames(stack: TerraformStack): void {
  Aspects.of(stack).add({
    visit: (node) => {
      const name = FORMER_NAMES[addressOf(node)];
      if (name && node instanceof IamRolePolicy) node.name = name;
      if (name && node instanceof LambdaPermission) node.statementId = name;
    },
  });
}
