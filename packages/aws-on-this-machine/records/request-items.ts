import { type AttributeValue, type DynamoDBClient, paginateScan, QueryCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item } from "../runs/run";

/** More than the maximum number of items in an answer. */
const NOTED_IDS = 1000;

/** The items of the request table. The time to read the newest, by their ids, does not grow with the table. */
export class RequestItems {
  /** Newest last. */
  private readonly ids = new Set<string>();
  private readonly found = new Map<string, Item>();
  private earlier: Promise<Item[]> | undefined;

  constructor(
    private readonly dynamodb: DynamoDBClient,
    private readonly tableName: string,
  ) {}

  /** Notes the id of a request or of a scheduled event, whose item may be stored from now on, perhaps again. */
  note(id: string): void {
    this.forget(id);
    this.ids.add(id);
    if (this.ids.size <= NOTED_IDS) return;
    const [oldest = ""] = this.ids;
    this.forget(oldest);
    // Its item may have come after the scan.
    this.earlier = undefined;
  }

  /** The items with the latest timestamps, newest first. Only items from before the first noted id need a scan. */
  async latest(limit: number): Promise<Item[]> {
    const items: Item[] = [];
    const ids = [...this.ids].reverse();
    while (ids.length > 0 && items.length < limit) {
      const read = await Promise.all(ids.splice(0, limit).map((id) => this.read(id)));
      items.push(...read.filter((item) => item !== undefined));
    }
    if (items.length < limit) {
      const earlier = await this.scanOnce();
      items.push(...earlier.filter(({ RequestId }) => !this.ids.has(String(RequestId))));
    }
    return newestFirst(items).slice(0, limit);
  }

  async read(id: string): Promise<Item | undefined> {
    const found = this.found.get(id);
    if (found) return found;
    const { Items: [item] = [] } = await this.dynamodb.send(
      new QueryCommand({
        TableName: this.tableName,
        KeyConditionExpression: "RequestId = :id",
        ExpressionAttributeValues: { ":id": { S: id } },
      }),
    );
    if (!item) return undefined;
    const read = readItem(item);
    if (this.ids.has(id)) this.found.set(id, read);
    return read;
  }

  private forget(id: string): void {
    this.ids.delete(id);
    this.found.delete(id);
  }

  private scanOnce(): Promise<Item[]> {
    this.earlier ??= this.scan().catch((error) => {
      this.earlier = undefined;
      throw error;
    });
    return this.earlier;
  }

  private async scan(): Promise<Item[]> {
    const items: Item[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.dynamodb }, { TableName: this.tableName })) {
      items.push(...Items.map(readItem));
    }
    return newestFirst(items).slice(0, NOTED_IDS);
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

function newestFirst(items: readonly Item[]): Item[] {
  const time = ({ Timestamp }: Item) => Date.parse(String(Timestamp));
  return [...items].sort((one, other) => time(other) - time(one));
}
