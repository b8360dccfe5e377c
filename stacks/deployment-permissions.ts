import type {
  DataAwsIamPolicyDocumentStatement,
  DataAwsIamPolicyDocumentStatementCondition,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { Settings } from "../settings/settings";
import { partitionOf } from "./regions";
import { systemAccess } from "./system-access";
import { type Account, systemArns } from "./system-arns";

/**
 * The permissions to plan the system: to read its state and to describe its resources. They do not cover items, log
 * lines, archived objects and messages. They allow no write, not even of the state's lock: apply refuses a stale plan.
 */
export function planStatements(settings: Settings, account: Account): DataAwsIamPolicyDocumentStatement[] {
  const access = Object.entries(systemAccess(settings, account));
  return access.flatMap(([name, { resources, read }]) => statement(`Read${name}`, resources, read));
}

/**
 * The permissions to deploy the system, besides those to plan it. While `dataProtection` is on, they do not include
 * deleting the table, the bucket, a log group or the key; that takes other credentials.
 *
 * They limit mistakes, not attackers: write access to a role's policies and to the function's code gives access to the
 * whole account, unless `permissionsBoundary` limits the roles. The approval of a deploy is the real limit.
 */
export function deployStatements(settings: Settings, account: Account): DataAwsIamPolicyDocumentStatement[] {
  const arn = systemArns(settings, account);
  const access = Object.entries(systemAccess(settings, account));
  const services = ["firehose.amazonaws.com", "lambda.amazonaws.com", partitionOf(settings.region).logsService];
  return [
    ...access.flatMap(([name, { resources, write = [], deleteData = [], condition }]) =>
      statement(`Write${name}`, resources, settings.dataProtection ? write : [...write, ...deleteData], condition),
    ),
    ...statement(
      "PassRoles",
      arn.roles,
      ["iam:PassRole"],
      [{ test: "StringEquals", variable: "iam:PassedToService", values: services }],
    ),
    ...statement("CreateServiceLinkedRoles", arn.serviceLinkedRoles, ["iam:CreateServiceLinkedRole"]),
  ];
}

function statement(
  sid: string,
  resources: string[],
  actions: string[] = [],
  condition?: DataAwsIamPolicyDocumentStatementCondition[],
): DataAwsIamPolicyDocumentStatement[] {
  return actions.length > 0 ? [{ sid, actions, resources, condition }] : [];
}
