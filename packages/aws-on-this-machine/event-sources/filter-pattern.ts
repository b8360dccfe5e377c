import type { FilterCriteria } from "@aws-sdk/client-lambda";
import { parseJson } from "@local/command-line/text/json";
import { UserError } from "@local/command-line/user-error";

type Fields = Readonly<Record<string, unknown>>;
type Rule = (value: unknown) => boolean;
type Matcher = (value: unknown) => boolean;

/**
 * Compiles the filters of an event source mapping: a record passes if one of them matches, or if there is none. Throws a
 * UserError for a pattern that Lambda does not know.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 */
export function compileFilters(criteria: FilterCriteria | undefined): Matcher {
  const matchers = (criteria?.Filters ?? []).map(({ Pattern = "" }) => {
    const pattern = parseJson(Pattern);
    if (!isObject(pattern)) throw new UserError(`The filter pattern ${Pattern} is not a JSON object.`);
    return compileFields(pattern);
  });
  return (document) => matchers.length === 0 || matchers.some((matches) => matches(document));
}

/** A queue's body or a stream's data, as filters see it: a JSON object, or else text. */
export function filterable(text: string): unknown {
  const value = parseJson(text);
  return typeof value === "object" && value !== null ? value : text;
}

function compileFields(pattern: Fields): Matcher {
  const matchers = Object.entries(pattern).map(([name, part]): Matcher => {
    if (name === "$or" && Array.isArray(part)) {
      const alternatives = part.map((alternative) => compileFields(alternative));
      return (value) => alternatives.some((matches) => matches(value));
    }
    const matches = Array.isArray(part) ? compileRules(part) : isObject(part) && compileFields(part);
    if (!matches) throw new UserError(`The filter pattern's "${name}" must be a list of rules or an object.`);
    return (value) => matches(isObject(value) ? value[name] : undefined);
  });
  const matchesFields: Matcher = (value) => matchers.every((matches) => matches(value));
  return (value) => {
    if (Array.isArray(value)) return value.some(matchesFields);
    // A text has no fields. Without a value, a rule may still ask for a field's absence.
    return (value === undefined || value === null || isObject(value)) && matchesFields(value);
  };
}

/** The value matches if one of the rules does. Of a list, one element must match. */
function compileRules(rules: readonly unknown[]): Matcher {
  const compiled = rules.map(compileRule);
  return (value) => {
    const values = Array.isArray(value) ? value : [value];
    return compiled.some((rule) => values.some(rule));
  };
}

function compileRule(rule: unknown): Rule {
  if (!isObject(rule)) return (value) => value === rule;
  const [[operator, operand] = [], ...others] = Object.entries(rule);
  const make = operator === undefined || others.length > 0 ? undefined : OPERATORS[operator];
  const compiled = make?.(operand);
  if (!compiled) throw new UserError(`The filter rule ${JSON.stringify(rule)} is not supported.`);
  return compiled;
}

/** Each returns undefined for an operand that it does not know. */
const OPERATORS: Readonly<Record<string, (operand: unknown) => Rule | undefined>> = {
  exists: (operand) => (value) => isLeaf(value) === operand,
  prefix: (operand) => compileText(operand, (text, part) => text.startsWith(part)),
  suffix: (operand) => compileText(operand, (text, part) => text.endsWith(part)),
  "equals-ignore-case": (operand) => compileText({ "equals-ignore-case": operand }, (text, part) => text === part),
  "anything-but": (operand) => {
    const excluded = compileRules(Array.isArray(operand) ? operand : [operand]);
    return (value) => isLeaf(value) && !excluded(value);
  },
  numeric: (operand) => (Array.isArray(operand) ? compileNumeric(operand) : undefined),
};

/** @param operand a text, or `{"equals-ignore-case": "text"}` */
function compileText(operand: unknown, compare: (text: string, part: string) => boolean): Rule | undefined {
  if (typeof operand === "string") return (value) => typeof value === "string" && compare(value, operand);
  const part = isObject(operand) ? operand["equals-ignore-case"] : undefined;
  if (typeof part !== "string") return undefined;
  return (value) => typeof value === "string" && compare(value.toLowerCase(), part.toLowerCase());
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  "=": (value, limit) => value === limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
};

/** @param operands comparisons and their numbers in turns, such as `[">", 0, "<=", 5]` */
function compileNumeric(operands: readonly unknown[]): Rule | undefined {
  const comparisons = operands.flatMap((operator, index) => {
    if (index % 2 === 1) return [];
    const [compare, limit] = [COMPARISONS[String(operator)], operands[index + 1]];
    return [compare && typeof limit === "number" ? (value: number) => compare(value, limit) : undefined];
  });
  if (comparisons.length === 0 || comparisons.includes(undefined)) return undefined;
  return (value) => typeof value === "number" && comparisons.every((compare) => compare?.(value));
}

function isLeaf(value: unknown): boolean {
  return value !== undefined && (value === null || typeof value !== "object");
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
