import { parseJson } from "@local/command-line/text/json";
import { containsTrue, formatPath, isContainer, UNKNOWN_VALUE } from "../json-value";
import { isReordered, pairElements } from "./pair-elements";
import type { PolicyDocument } from "./policy-document";

/** A changed value. Both values are formatted, and never cut. */
export interface AttributeChange {
  /** Such as `environment[0].variables.DYNAMODB_TABLE_NAME`. Empty for an output's whole value. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** The resources whose changes make the value unknown before the apply. */
  readonly because?: readonly string[];
  /** The statements of a policy that is unknown as a whole, with `(known after apply)` for their unknown parts. */
  readonly statements?: readonly string[];
}

type Path = readonly (string | number)[];

/** A plan's reasons for an unknown value, and its known parts. */
export interface Unknown {
  readonly because: readonly string[];
  readonly document?: PolicyDocument | undefined;
}

/**
 * Finds the values that differ. Text that holds JSON, such as a policy, is compared by its members.
 *
 * @param trees before, after, unknown, and sensitive before and after; in the last three, `true` marks a whole value
 */
export function compareValues(
  trees: readonly unknown[],
  explain: (path: Path) => Unknown,
  path: Path = [],
): AttributeChange[] {
  const [before, after, unknown, ...sensitive] = trees;
  const isSensitive = sensitive.some(containsTrue);
  if (unknown !== true && !sensitive.includes(true) && isContainer(before) && isContainer(after)) {
    const isList = Array.isArray(before) && Array.isArray(after);
    const keys = new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(Object(unknown))]);
    return [...keys].flatMap((key) => {
      const children = trees.map((tree) => (isContainer(tree) ? tree[key] : undefined));
      return compareValues(children, explain, [...path, isList ? Number(key) : key]);
    });
  }
  if (unknown === true) return unknownValue(path, before, isSensitive ? { because: [] } : explain(path), isSensitive);
  if (isSame(before, after)) return [];
  if (isSensitive) return [{ path: formatPath(path), before: "(sensitive)", after: "(sensitive)" }];
  return compareTexts(path, before, after);
}

function unknownValue(
  path: Path,
  before: unknown,
  { because, document }: Unknown,
  isSensitive: boolean,
): AttributeChange[] {
  const whole = {
    path: formatPath(path),
    before: isSensitive ? "(sensitive)" : format(before),
    after: UNKNOWN_VALUE,
    ...(because.length > 0 ? { because } : {}),
    ...(document ? { statements: document.Statement.map((statement) => JSON.stringify(statement)) } : {}),
  };
  const from = document && parseDocument(before);
  return [whole, ...(from ? compareDocuments(path, from, document) : [])];
}

/** Finds the members that differ. In a policy, the order of a list has no meaning, and a value stands for a list of one. */
function compareDocuments(path: Path, before: unknown, after: unknown, isPolicy = false): AttributeChange[] {
  if (isSame(before, after)) return [];
  const lists = [before, after].filter(Array.isArray).length;
  // If only one of the policies has the member, the other has no value that could stand for a list.
  const isMember = [before, after].some((value) => value === undefined || value === null);
  if (lists === 2 || (lists === 1 && isPolicy && !isMember)) {
    const pairs = pairElements([before].flat(), [after].flat());
    if (!isPolicy && isReordered(pairs)) return compareTexts(path, before, after);
    return pairs.flatMap(({ step, pair }) => compareDocuments([...path, step], ...pair, isPolicy));
  }
  if (lists === 1 || !isContainer(before) || !isContainer(after)) return compareTexts(path, before, after);
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const isStatements = isPolicy || ("Statement" in before && "Statement" in after);
  return [...keys].flatMap((key) => compareDocuments([...path, key], before[key], after[key], isStatements));
}

/** Compares two different values that are documents or have no members. */
function compareTexts(path: Path, before: unknown, after: unknown): AttributeChange[] {
  const documents = [parseDocument(before), parseDocument(after)];
  const changes = documents.every(isContainer) ? compareDocuments(path, documents[0], documents[1]) : [];
  if (changes.length > 0) return changes;
  // Equal documents differ in their order or in spaces.
  const formatted = format(before) === format(after) ? JSON.stringify : format;
  return [{ path: formatPath(path), before: formatted(before), after: formatted(after) }];
}

/** The object or array in a text. */
function parseDocument(value: unknown): unknown {
  return typeof value === "string" && /^\s*[[{]/.test(value) ? parseJson(value) : undefined;
}

function isSame(before: unknown, after: unknown): boolean {
  return JSON.stringify(before ?? null) === JSON.stringify(after ?? null);
}

function format(value: unknown): string {
  if (value === undefined || value === null) return "(none)";
  if (value === UNKNOWN_VALUE) return UNKNOWN_VALUE;
  return JSON.stringify(parseDocument(value) ?? value);
}
