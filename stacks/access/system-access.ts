import type { DataAwsIamPolicyDocumentStatement as Statement } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { TerraformStack } from "cdktf";
import { GITHUB_ISSUER } from "../../constructs/access/github-role";
import { ConstructError } from "../../constructs/construct-error";
import type { Settings } from "../../settings/settings";
import { githubAccessNames, githubAccessStateKey, systemNames } from "../names";
import { partitionOf } from "../regions";
import { type Access, actions, merge } from "./access";
import { bucketArn, everywhere, globalArn, type Place, READ_BUCKET } from "./place";
import { RESOURCE_ACCESS } from "./resource-access";
import { type SynthesizedResource, synthesizedResources, trustedServices } from "./synthesized-resources";

/** How many managed policies hold the statements for a plan, and those for a deploy. */
export interface PolicyCounts {
  readonly plan: number;
  readonly deploy: number;
}

/**
 * The access to all that a system's stack has, and to its state.
 *
 * @throws ConstructError for a resource type without an entry in RESOURCE_ACCESS
 */
export function systemAccess(system: TerraformStack, settings: Settings, account: string) {
  const resources = [...synthesizedResources(system, account), ...removable(settings)];
  const unknown = [...new Set(resources.map(({ type }) => type))].filter(
    (type) => !Object.hasOwn(RESOURCE_ACCESS, type),
  );
  if (unknown.length > 0) {
    throw new ConstructError(
      system,
      `the roles for GitHub do not know ${unknown.join(", ")}; add an entry to RESOURCE_ACCESS in stacks/access/resource-access.ts`,
    );
  }
  const { region, environmentTag, permissionsBoundary } = settings;
  const { partition } = partitionOf(region);
  const services = trustedServices(system);
  const place: Place = {
    account,
    partition,
    region,
    environmentTag,
    permissionsBoundary,
    trustedServices: services,
    resources,
  };
  const ofResources = resources.flatMap(({ type, values }) => RESOURCE_ACCESS[type]?.(values, place) ?? []);
  return (counts: PolicyCounts) =>
    merge([...ofTheState(settings, place, counts), ...ofResources, serviceLinkedRoles(place)]);
}

/** The resources that a change of the settings removes. The deploy role must be able to do that. */
function removable(settings: Settings): SynthesizedResource[] {
  const replaced = Object.entries(settings.table.restored).flatMap(([name, names]) => [name, ...names]);
  const { dashboardName, topicName, topicKeyAlias } = systemNames(settings).monitoring;
  return [
    { type: "aws_cloudwatch_dashboard", values: { dashboard_name: dashboardName } },
    { type: "aws_kms_alias", values: { name: topicKeyAlias } },
    { type: "aws_kms_key", values: {} },
    // Autoscaling leaves a table that another one replaces.
    ...replaced.map((name) => ({ type: "aws_appautoscaling_target", values: { resource_id: `table/${name}` } })),
    { type: "aws_sns_topic", values: { name: topicName } },
  ];
}

/** The access to the states, and to the stacks that only an administrator applies: the search for drift plans them, too. */
function ofTheState(settings: Settings, place: Place, counts: PolicyCounts): Access[] {
  const { state, environment } = settings;
  const bucket = bucketArn(state.bucket, place);
  const names = githubAccessNames(environment);
  const roles = [names.planRole, names.deployRole].map((name) => globalArn("iam", `role/${name}`, place));
  const policies = (["plan", "deploy"] as const).flatMap((kind) =>
    Array.from({ length: counts[kind] }, (_, index) => globalArn("iam", `policy/${names.policy(kind, index)}`, place)),
  );
  return [
    { name: "StateBucket", resources: [bucket], read: READ_BUCKET },
    {
      name: "GithubAccessState",
      resources: [`${bucket}/${githubAccessStateKey(state.key)}`],
      read: actions("s3", "GetObject"),
    },
    {
      name: "GithubAccess",
      resources: [...roles, ...policies, globalArn("iam", `oidc-provider/${GITHUB_ISSUER}`, place)],
      read: actions(
        "iam",
        "GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole ListAttachedRolePolicies ListRolePolicies",
      ),
    },
    {
      name: "State",
      resources: [`${bucket}/${state.key}`],
      read: actions("s3", "GetObject"),
      write: actions("s3", "PutObject"),
    },
    // https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
    {
      name: "Lock",
      resources: [`${bucket}/${state.key}.tflock`],
      write: actions("s3", "DeleteObject GetObject PutObject"),
    },
    everywhere(...actions("iam", "ListOpenIDConnectProviders")),
  ];
}

/** AWS creates these roles on the first use of a service in an account. */
function serviceLinkedRoles(place: Place): Access {
  const services = ["dynamodb.application-autoscaling.amazonaws.com", "ops.apigateway.amazonaws.com"];
  return {
    name: "ServiceLinkedRoles",
    resources: services.map((service) => globalArn("iam", `role/aws-service-role/${service}/*`, place)),
    write: actions("iam", "CreateServiceLinkedRole"),
  };
}

/**
 * The permissions to plan the system: to read its state and to describe its resources. They do not cover items, log
 * lines, archived objects and messages. They allow no write, not even of the state's lock: apply refuses a stale plan.
 */
export function planStatements(access: readonly Access[]): Statement[] {
  return access.flatMap(({ name, resources, read = [] }) => statement(`Read${name}`, resources, read));
}

/**
 * The permissions to deploy the system, besides those to plan it. While `dataProtection` is on, they do not include
 * deleting a table, a bucket, a log group or the key; that takes other credentials.
 *
 * They limit mistakes, not attackers: write access to a role's policies and to a function's code gives access to the whole
 * account, unless `permissionsBoundary` limits the roles. The approval of a deploy is the real limit.
 */
export function deployStatements(access: readonly Access[], { dataProtection }: Settings): Statement[] {
  return access.flatMap(({ name, resources, write = [], deleteData = [], condition }) =>
    statement(`Write${name}`, resources, dataProtection ? write : [...write, ...deleteData], condition),
  );
}

function statement(
  sid: string,
  resources: readonly string[],
  actionsOf: readonly string[],
  condition?: Statement["condition"],
): Statement[] {
  return actionsOf.length > 0 ? [{ sid, actions: [...actionsOf], resources: [...resources], condition }] : [];
}
