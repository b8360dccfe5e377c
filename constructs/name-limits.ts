import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Aspects, DefaultTokenResolver, StringConcat, TerraformResource, Tokenization } from "cdktf";
import type { IConstruct } from "constructs";
import { addressOf } from "./address";
import { ConstructError } from "./construct-error";

interface Limit {
  /** The binding's property with the name. */
  readonly property: string;
  readonly max: number;
  readonly pattern: RegExp;
  /** The characters that the pattern allows. */
  readonly allowed: string;
}

const named = (max: number, property = "name"): Limit => ({
  property,
  max,
  pattern: /^[\w-]+(\.fifo)?$/,
  allowed: "letters, digits, hyphens and underscores",
});
const dotted = (max: number, property = "name"): Limit => ({
  property,
  max,
  pattern: /^[\w.-]+$/,
  allowed: "letters, digits, hyphens, underscores and dots",
});
const ofIam = (max: number): Limit => ({
  property: "name",
  max,
  pattern: /^[\w+=,.@-]+$/,
  allowed: "letters, digits and _ + = , . @ -",
});

/** AWS's limits of names, by Terraform's resource types, from AWS's API references. */
const LIMITS: Readonly<Record<string, Limit>> = {
  aws_cloudwatch_event_rule: dotted(64),
  aws_cloudwatch_event_target: dotted(64, "targetId"),
  aws_cloudwatch_metric_alarm: {
    property: "alarmName",
    max: 255,
    pattern: /^[^\p{Cc}]+$/u,
    allowed: "printable characters",
  },
  aws_dynamodb_table: dotted(255),
  aws_iam_policy: ofIam(128),
  aws_iam_role: ofIam(64),
  aws_iam_role_policy: ofIam(128),
  aws_lambda_function: named(64, "functionName"),
  aws_lambda_permission: named(100, "statementId"),
  aws_s3_bucket: {
    property: "bucket",
    max: 63,
    pattern: /^[a-z0-9][a-z0-9.-]+[a-z0-9]$/,
    allowed: "lower-case letters, digits, dots and hyphens",
  },
  aws_sns_topic: named(256),
  aws_sqs_queue: named(80),
};

/** Makes the synthesis fail with a ConstructError where AWS would refuse a resource's name in the middle of an apply. */
export function checkNames(scope: IConstruct): void {
  const statements = new Map<string, IConstruct>();
  Aspects.of(scope).add({
    visit(node) {
      checkName(node);
      if (node instanceof LambdaPermission) checkStatement(node, statements);
    },
  });
}

/**
 * Lambda refuses a second statement with the same id in the policy of a function, a version or an alias. Two paths can give
 * the same id: those of `api-orders` and `read`, and of `api` and `orders-read`.
 */
function checkStatement(node: LambdaPermission, statements: Map<string, IConstruct>): void {
  const { functionNameInput, qualifierInput, statementIdInput: id } = node;
  if (id === undefined) return;
  const key = resolve(node, [functionNameInput, qualifierInput ?? "", id]);
  const other = statements.get(JSON.stringify(key));
  // One node can be visited twice.
  if (other && other !== node) {
    throw new ConstructError(
      node,
      `the statement id ${JSON.stringify(id)} is that of ${addressOf(other)}, for the same function; use another id`,
    );
  }
  statements.set(JSON.stringify(key), node);
}

function checkName(node: IConstruct): void {
  if (!(node instanceof TerraformResource)) return;
  const limit = LIMITS[node.terraformResourceType];
  const name = limit && textOf(node, Reflect.get(node, `${limit.property}Input`));
  if (!limit || !name) return;
  const { max, pattern, allowed } = limit;
  if (name.length > max) {
    throw new ConstructError(
      node,
      `the name ${JSON.stringify(name)} has ${name.length} characters; use a shorter id or name, of at most ${max}`,
    );
  }
  if (!pattern.test(name)) {
    throw new ConstructError(node, `the name ${JSON.stringify(name)} is not allowed; use only ${allowed}`);
  }
}

/** The text of a name; `undefined` if it has a part that only an apply knows. */
function textOf(scope: IConstruct, value: unknown): string | undefined {
  const text = resolve(scope, value);
  if (typeof text !== "string") return undefined;
  const name = text.replace(/\$\{data\.aws_caller_identity\.[^}]*\}/, "0".repeat(12));
  return name.includes("${") ? undefined : name;
}

function resolve(scope: IConstruct, value: unknown): unknown {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return Tokenization.resolve(value, { scope, preparing: false, resolver });
}
