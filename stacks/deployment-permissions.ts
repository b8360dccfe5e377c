import type { DataAwsIamPolicyDocumentStatement } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { Settings } from "../settings";
import { systemAccess } from "./system-access";
import { type Account, systemArns } from "./system-arns";

/**
 * The permissions to plan the system: to read its state and to describe its resources. They do not cover items, log
 * lines, archived objects and messages. They allow no write, not even of the state's lock: apply refuses a stale plan.
 */
export function planStatements(settings: Settings, account: Account): DataAwsIamPolicyDocumentStatement[] {
  const access = Object.entries(systemAccess(systemArns(settings, account)));
  return access.flatMap(([name, { resources, read }]) => statement(`Read${name}`, resources, read));
}

/**
 * The permissions to deploy the system, besides those to plan it. While `dataProtection` is on, they do not include
 * deleting the table, the bucket or a log group; that takes other credentials.
 *
 * They limit mistakes, not attackers: write access to a role's policies and to the function's code gives access to the
 * whole account. The approval of a deploy is the real limit.
 *
 * @returns the statements of two policies, because together they are too long for one
 */
export function deployStatements(settings: Settings, account: Account): DataAwsIamPolicyDocumentStatement[][] {
  const arn = systemArns(settings, account);
  const statements = Object.entries(systemAccess(arn)).flatMap(([name, { resources, write = [], deleteData = [] }]) =>
    statement(`Write${name}`, resources, settings.dataProtection ? write : [...write, ...deleteData]),
  );
  const services = ["firehose.amazonaws.com", "lambda.amazonaws.com", "logs.amazonaws.com"];
  const roles = [
    {
      sid: "PassRoles",
      actions: ["iam:PassRole"],
      resources: arn.roles,
      condition: [{ test: "StringEquals", variable: "iam:PassedToService", values: services }],
    },
    ...statement("CreateServiceLinkedRoles", arn.serviceLinkedRoles, ["iam:CreateServiceLinkedRole"]),
  ];
  const middle = Math.ceil(statements.length / 2);
  return [[...statements.slice(0, middle), ...roles], statements.slice(middle)];
}

function statement(sid: string, resources: string[], actions: string[] = []): DataAwsIamPolicyDocumentStatement[] {
  return actions.length > 0 ? [{ sid, actions, resources }] : [];
}
