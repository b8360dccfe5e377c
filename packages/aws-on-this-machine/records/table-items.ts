import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { TableResource } from "../inventory/tables";
import type { Item, StoredItem } from "../runs/run";
import type { Written } from "../runs/run-details";
import type { AwsCalls, ItemKey, KeptCall } from "./aws-calls";

/** BatchGetItem's maximum: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MAX_KEYS = 100;

const WRITES = ["PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems"];

/** The items of tables. */
export class TableItems {
  constructor(
    private readonly dynamodb: DynamoDBClient,
    private readonly calls: AwsCalls,
  ) {}

  /** Items of a table, those that were written last first. Of the others, DynamoDB decides the order. */
  async latest({ name, keys }: TableResource, limit: number): Promise<Item[]> {
    const written = await this.read(name, await this.calls.written(name, Math.min(limit, MAX_KEYS)));
    if (written.length >= limit) return written;
    const { Items = [] } = await this.dynamodb.send(new ScanCommand({ TableName: name, Limit: limit }));
    const idOf = (item: Item) => JSON.stringify(keys.map((key) => item[key]));
    const known = new Set(written.map(idOf));
    const others = Items.map(readItem).filter((item) => !known.has(idOf(item)));
    return [...written, ...others].slice(0, limit);
  }

  /** The calls of a trace, and the items that they have written. */
  async writtenBy(root: string | undefined): Promise<Written> {
    const calls = root === undefined ? undefined : await this.calls.of(root);
    return { calls, items: await this.stored(calls ?? []) };
  }

  private async stored(calls: readonly KeptCall[]): Promise<StoredItem[]> {
    const keysByTable = new Map<string, ItemKey[]>();
    for (const { service, operation, resource, status, key } of calls) {
      if (service !== "dynamodb" || !key || status >= 300 || !WRITES.includes(operation)) continue;
      keysByTable.set(resource, [...(keysByTable.get(resource) ?? []), key]);
    }
    const read = [...keysByTable].map(async ([table, keys]) =>
      (await this.read(table, keys)).map((item) => ({ table, item })),
    );
    return (await Promise.all(read)).flat();
  }

  /** Reads items in the order of their keys, each once. Items that are gone are left out. */
  private async read(table: string, keys: readonly ItemKey[]): Promise<Item[]> {
    if (keys.length === 0) return [];
    const names = Object.keys(keys[0] ?? {}).sort();
    const idOf = (item: ItemKey) => JSON.stringify(names.map((name) => item[name]));
    // BatchGetItem refuses repeated keys, and returns the items in any order.
    const byId = new Map(keys.map((key) => [idOf(key), key]));
    const Keys = [...byId.values()].slice(0, MAX_KEYS);
    const { Responses } = await this.dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
    );
    const found = new Map((Responses?.[table] ?? []).map((item) => [idOf(item), item]));
    return Keys.map((key) => found.get(idOf(key)))
      .filter((item) => item !== undefined)
      .map(readItem);
  }
}

/** Converts an item to values of JSON. A number that JSON cannot hold, such as one of 20 digits, becomes a text. */
function readItem(attributes: Record<string, AttributeValue>): Item {
  const wrapNumbers = (text: string) => (String(Number(text)) === text ? Number(text) : text);
  return toJson(unmarshall(attributes, { wrapNumbers })) as Item;
}

function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Set || Array.isArray(value)) return [...value].map(toJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toJson(each)]));
}
