import { isDeepStrictEqual } from "node:util";
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  ScanCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { renderTime } from "@local/command-line/text/time";
import { UserError } from "@local/command-line/user-error";
import { describeTable } from "./table-restore";

type Item = Record<string, AttributeValue>;

/** A page of a scan has 1 MB, and takes this many capacity units. */
const UNITS_OF_PAGE = 128;
/** The units of a count. More would take long. */
const MAX_UNITS = 10 * UNITS_OF_PAGE;
/** The time whose capacity a count may take away from the application. A table can save up five minutes. */
const COUNTED_SECONDS = 60;
/** The parts of a table from which a sample comes, and its items from each part. */
const SEGMENTS = 10;
const ITEMS_OF_SEGMENT = 10;

export interface Count {
  readonly items: number;
  /** Whether these are all items. */
  readonly isComplete: boolean;
}

/** The items of a sample that another table also has, has with other attributes, and lacks. */
export interface Sample {
  readonly same: number;
  readonly different: number;
  readonly missing: number;
}

export interface Comparison {
  readonly source: Count;
  readonly restored: Count;
  /** Items of the restored table, looked up in the source. */
  readonly ofRestored: Sample;
  /** Items of the source, looked up in the restored table. */
  readonly ofSource: Sample;
}

/**
 * Counts the items of a table and of its restored copy, and looks up samples of both by their keys.
 *
 * @throws UserError if the copy has other keys or indexes, and if DynamoDB throttles the reads
 */
export async function compareTables(dynamodb: DynamoDBClient, source: string, restored: string): Promise<Comparison> {
  try {
    return await compare(dynamodb, source, restored);
  } catch (error) {
    if (!/Throttl|ThroughputExceeded|LimitExceeded/.test((error as Error).name)) throw error;
    throw new UserError(
      `${restored} is restored, but DynamoDB throttles the reads of its check. Run this again, or take the table unchecked with --use ${restored}.`,
    );
  }
}

async function compare(dynamodb: DynamoDBClient, source: string, restored: string): Promise<Comparison> {
  const [own, copy] = await Promise.all([source, restored].map((name) => describeTable(dynamodb, name)));
  if (!own || !copy) throw new UserError(`There is no table ${own ? restored : source}.`);
  if (!isDeepStrictEqual(structureOf(own), structureOf(copy))) {
    throw new UserError(`The table ${restored} has other keys or indexes than ${source}.`);
  }
  const keys = (own.KeySchema ?? []).map(({ AttributeName = "" }) => AttributeName);
  const [ofSource, ofRestored] = [await sample(dynamodb, source, keys), await sample(dynamodb, restored, keys)];
  return {
    source: await count(dynamodb, own),
    restored: await count(dynamodb, copy),
    ofSource: await lookUp(dynamodb, restored, keys, ofSource),
    ofRestored: await lookUp(dynamodb, source, keys, ofRestored),
  };
}

/** Says what a restore brings back and what it lacks. */
export function renderComparison(
  { source, restored, ofSource, ofRestored }: Comparison,
  { source: name, time }: { readonly source: string; readonly time: Date },
): string[] {
  const lines = [
    `Restored: ${renderCount(restored)}. ${name} has ${renderCount(source)}.`,
    `Of ${plural(sizeOf(ofRestored))} from the restored table, ${name} has ${renderSample(ofRestored)}.`,
    `Of ${plural(sizeOf(ofSource))} from ${name}, the restored table has ${renderSample(ofSource)}.`,
  ];
  const changed = ofSource.different + ofSource.missing + ofRestored.missing;
  return changed > 0 ? [...lines, `The differences are changes of ${name} after ${renderTime(time)}.`] : lines;
}

function sizeOf({ same, different, missing }: Sample): number {
  return same + different + missing;
}

function renderCount({ items, isComplete }: Count): string {
  return isComplete ? plural(items) : `more than ${plural(items)}`;
}

function renderSample({ same, different, missing }: Sample): string {
  return `${same} as they are, ${different} with other attributes, and lacks ${missing}`;
}

function plural(items: number): string {
  return `${items.toLocaleString("en")} item${items === 1 ? "" : "s"}`;
}

function structureOf({ KeySchema, GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] }: TableDescription) {
  const indexes = [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes];
  return { KeySchema, indexes: indexes.map((index) => `${index.IndexName} ${JSON.stringify(index.KeySchema)}`).sort() };
}

async function count(dynamodb: DynamoDBClient, { TableName, ProvisionedThroughput }: TableDescription): Promise<Count> {
  // An on-demand table has 0.
  const provisioned = COUNTED_SECONDS * (ProvisionedThroughput?.ReadCapacityUnits ?? 0);
  const limit = provisioned > 0 ? Math.min(provisioned, MAX_UNITS) : MAX_UNITS;
  let items = 0;
  let ExclusiveStartKey: Item | undefined;
  for (let units = 0; units < limit; ) {
    const answer = await dynamodb.send(
      new ScanCommand({ TableName, Select: "COUNT", ReturnConsumedCapacity: "TOTAL", ExclusiveStartKey }),
    );
    items += answer.Count ?? 0;
    units += answer.ConsumedCapacity?.CapacityUnits ?? UNITS_OF_PAGE;
    ExclusiveStartKey = answer.LastEvaluatedKey;
    if (!ExclusiveStartKey) return { items, isComplete: true };
  }
  return { items, isComplete: false };
}

/** Items from all over a table, each once. */
async function sample(dynamodb: DynamoDBClient, TableName: string, keys: readonly string[]): Promise<Item[]> {
  const segments = Array.from({ length: SEGMENTS }, (_, Segment) =>
    dynamodb.send(new ScanCommand({ TableName, Segment, TotalSegments: SEGMENTS, Limit: ITEMS_OF_SEGMENT })),
  );
  const items = (await Promise.all(segments)).flatMap(({ Items = [] }) => Items);
  return [...new Map(items.map((item) => [idOf(item, keys), item])).values()];
}

async function lookUp(
  dynamodb: DynamoDBClient,
  table: string,
  keys: readonly string[],
  items: readonly Item[],
): Promise<Sample> {
  const found = new Map<string, Item>();
  let wanted = items.map((item) => Object.fromEntries(keys.flatMap((key) => (item[key] ? [[key, item[key]]] : []))));
  while (wanted.length > 0) {
    const { Responses, UnprocessedKeys } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: wanted } } }),
    );
    for (const item of Responses?.[table] ?? []) found.set(idOf(item, keys), item);
    wanted = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  const others = items.map((item) => ({ item, other: found.get(idOf(item, keys)) }));
  const present = others.filter(({ other }) => other !== undefined);
  const same = present.filter(({ item, other }) => isDeepStrictEqual(sorted(item), sorted(other))).length;
  return { same, different: present.length - same, missing: items.length - present.length };
}

function idOf(item: Item, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => item[key]));
}

/** DynamoDB returns the elements of a set in any order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      /^[SN]S$/.test(name) && Array.isArray(each) ? [...each].sort() : sorted(each),
    ]),
  );
}
