import { isContainer, UNKNOWN_VALUE } from "../json-value";

/** A policy as AWS writes it. */
export interface PolicyDocument {
  readonly Version: string;
  readonly Id?: string;
  readonly Statement: readonly object[];
}

/** The attributes of a data source `aws_iam_policy_document`, some of them `UNKNOWN_VALUE`. */
interface DocumentAttributes {
  readonly version?: string | null;
  readonly policy_id?: string | null;
  readonly statement?: readonly StatementAttributes[] | string | null;
}

type Values = readonly string[] | string | null | undefined;

interface StatementAttributes {
  readonly sid?: string | null;
  readonly effect?: string | null;
  readonly actions?: Values;
  readonly not_actions?: Values;
  readonly resources?: Values;
  readonly not_resources?: Values;
  readonly principals?: Principals;
  readonly not_principals?: Principals;
  readonly condition?: readonly { test: string; variable: string; values: Values }[] | string | null;
}

type Principals = readonly { readonly type: string; readonly identifiers: Values }[] | string | null | undefined;

/** Attributes that take statements from other documents. */
const SOURCES = ["source_json", "override_json", "source_policy_documents", "override_policy_documents"];

/**
 * The document of a data source `aws_iam_policy_document`, with `UNKNOWN_VALUE` for each unknown value. `undefined` if its
 * statements are unknown or partly those of other documents.
 */
export function policyDocument(after: unknown, unknown: unknown): PolicyDocument | undefined {
  const attributes = markUnknown(after, unknown);
  if (!isContainer(attributes) || SOURCES.some((name) => attributes[name])) return undefined;
  const { version, policy_id, statement } = attributes as DocumentAttributes;
  if (!Array.isArray(statement)) return undefined;
  const document = {
    Version: version ?? "2012-10-17",
    Id: policy_id ?? undefined,
    Statement: statement.map(policyStatement),
  };
  // The data source writes a policy's variables as `&{...}`, because Terraform has its own `${...}`.
  return JSON.parse(JSON.stringify(document).replaceAll("&{", "${"));
}

/** Puts `UNKNOWN_VALUE` in place of each unknown value. */
function markUnknown(value: unknown, unknown: unknown): unknown {
  if (unknown === true) return UNKNOWN_VALUE;
  if (!isContainer(unknown)) return value;
  const known = Object(value);
  if (Array.isArray(unknown)) return unknown.map((each, index) => markUnknown(known[index], each));
  const keys = new Set([...Object.keys(known), ...Object.keys(unknown)]);
  return Object.fromEntries([...keys].map((key) => [key, markUnknown(known[key], unknown[key])]));
}

function policyStatement(statement: StatementAttributes): object {
  return {
    Sid: statement.sid || undefined,
    Effect: statement.effect ?? "Allow",
    Principal: principals(statement.principals),
    NotPrincipal: principals(statement.not_principals),
    Action: oneOrMany(statement.actions),
    NotAction: oneOrMany(statement.not_actions),
    Resource: oneOrMany(statement.resources),
    NotResource: oneOrMany(statement.not_resources),
    Condition: conditions(statement.condition),
  };
}

/** A policy has a single value in place of a list of one. */
function oneOrMany(values: Values): string | readonly string[] | undefined {
  if (typeof values === "string") return values;
  return values && values.length > 1 ? values : values?.[0];
}

function principals(principals: Principals): unknown {
  if (!Array.isArray(principals)) return principals ?? undefined;
  if (principals.length === 0) return undefined;
  if (principals.some(({ type }) => type === "*")) return "*";
  const types = [...new Set(principals.map(({ type }) => type))];
  const ofType = (type: string) => principals.filter((each) => each.type === type);
  const identifiers = (type: string) => ofType(type).flatMap((each) => each.identifiers ?? []);
  return Object.fromEntries(types.map((type) => [type, oneOrMany(identifiers(type))]));
}

function conditions(condition: StatementAttributes["condition"]): unknown {
  if (!Array.isArray(condition)) return condition ?? undefined;
  if (condition.length === 0) return undefined;
  const result: Record<string, Record<string, Values>> = {};
  for (const { test, variable, values } of condition) {
    const all = [result[test]?.[variable] ?? [], values ?? []].flat();
    result[test] = { ...result[test], [variable]: oneOrMany(all) };
  }
  return result;
}
