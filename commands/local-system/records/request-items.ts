import { type DynamoDBClient, paginateScan, QueryCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item } from "../system";

/** More than anybody asks for at once. */
const NOTED_IDS = 1000;

/** The items of the request table. It reads the newest by their ids, in a time that does not grow with the table. */
export class RequestItems {
  /** Newest last. */
  private readonly ids = new Set<string>();
  private readonly found = new Map<string, Item>();
  private earlier: Promise<Item[]> | undefined;

  constructor(
    private readonly dynamodb: DynamoDBClient,
    private readonly tableName: string,
  ) {}

  /** Notes the id of a request or of a scheduled event, which may be stored from now on, maybe once more. */
  note(id: string): void {
    this.forget(id);
    this.ids.add(id);
    if (this.ids.size <= NOTED_IDS) return;
    const [oldest = ""] = this.ids;
    this.forget(oldest);
  }

  /** The items with the latest timestamps, newest first. Only what came before the first noted id takes a scan. */
  async latest(limit: number): Promise<Item[]> {
    const items: Item[] = [];
    const ids = [...this.ids].reverse();
    while (ids.length > 0 && items.length < limit) {
      const read = await Promise.all(ids.splice(0, limit).map((id) => this.read(id)));
      items.push(...read.filter((item) => item !== undefined));
    }
    if (items.length < limit) {
      this.earlier ??= this.scan();
      items.push(...(await this.earlier).filter(({ RequestId }) => !this.ids.has(String(RequestId))));
    }
    return newestFirst(items).slice(0, limit);
  }

  /** The item of a request, if there is one. */
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
    const read = unmarshall(item);
    if (this.ids.has(id)) this.found.set(id, read);
    return read;
  }

  private forget(id: string): void {
    this.ids.delete(id);
    this.found.delete(id);
  }

  private async scan(): Promise<Item[]> {
    const items: Item[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.dynamodb }, { TableName: this.tableName })) {
      items.push(...Items.map((item) => unmarshall(item)));
    }
    return newestFirst(items).slice(0, NOTED_IDS);
  }
}

function newestFirst(items: readonly Item[]): Item[] {
  const time = ({ Timestamp }: Item) => Date.parse(String(Timestamp));
  return [...items].sort((one, other) => time(other) - time(one));
}
