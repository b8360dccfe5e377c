import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  DynamoDBClient,
  type ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { AwsCalls, ItemKey, KeptCall } from "../../../records/aws-calls";
import { TableItems } from "../../../records/table-items";

type Attributes = Record<string, AttributeValue>;

/** Tables with a key `id` or `id` and `line`, as DynamoDB answers for them. */
class FakeDynamoDb extends DynamoDBClient {
  readonly tables: Record<string, Attributes[]> = { orders: [], lines: [] };
  failure: Error | undefined;
  readonly asked: string[] = [];

  constructor() {
    super({ region: "us-west-2", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    this.send = (async (command: BatchGetItemCommand | ScanCommand) => {
      if (this.failure) throw this.failure;
      if (command instanceof BatchGetItemCommand) return this.get(command.input);
      const { TableName = "", Limit } = command.input;
      this.asked.push(`scan ${TableName}`);
      return { Items: this.tables[TableName]?.slice(0, Limit) };
    }) as never;
  }

  private get({ RequestItems = {} }: BatchGetItemCommandInput) {
    const read = Object.entries(RequestItems).map(([table, { Keys = [] }]) => {
      this.asked.push(`get ${Keys.length} of ${table}`);
      const texts = Keys.map((key) => JSON.stringify(Object.entries(key).sort()));
      if (Keys.length > 100 || new Set(texts).size < Keys.length) throw new Error("ValidationException");
      const isAsked = (item: Attributes) =>
        Keys.some((key) =>
          Object.entries(key).every(([name, each]) => JSON.stringify(item[name]) === JSON.stringify(each)),
        );
      // In another order than that of the keys.
      return [table, this.tables[table]?.filter(isAsked)];
    });
    return { Responses: Object.fromEntries(read) };
  }
}

const TABLE = { address: "aws_dynamodb_table.orders", name: "orders", keys: ["id"] };
const LINES = { address: "aws_dynamodb_table.lines", name: "lines", keys: ["id", "line"] };
const id = (text: string): ItemKey => ({ id: { S: text } });

let dynamodb: FakeDynamoDb;
/** The keys that were written last, newest first. */
let written: ItemKey[];
let calls: KeptCall[] | undefined;
let items: TableItems;
beforeEach(() => {
  dynamodb = new FakeDynamoDb();
  written = [];
  calls = [];
  items = new TableItems(dynamodb, {
    of: async (root: string) => (root === "1-2-3" ? calls : undefined),
    written: async (table: string, limit: number) => (table === "orders" ? written.slice(0, limit) : []),
  } as unknown as AwsCalls);
});

const store = (...texts: string[]) => dynamodb.tables.orders?.push(...texts.map(id));
const ids = async (limit: number) => (await items.latest(TABLE, limit)).map((item) => item.id);

function call(operation: string, key: ItemKey | undefined, more: Partial<KeptCall> = {}): KeptCall {
  return { service: "dynamodb", operation, resource: "orders", status: 200, time: 1000, key, ...more };
}

describe("the items of a table", () => {
  test("are those that were written last, without a scan if they are enough", async () => {
    store("a", "b", "c", "d");
    written = [id("c"), id("a"), id("d")];
    expect(await ids(2)).toEqual(["c", "a"]);
    expect(dynamodb.asked).toEqual(["get 2 of orders"]);
  });

  test("include others, each once, and none that was deleted", async () => {
    store("a", "b", "c", "d");
    written = [id("gone"), id("c"), id("a")];
    expect(await ids(10)).toEqual(["c", "a", "b", "d"]);
    expect(await ids(3)).toEqual(["c", "a", "b"]);
  });

  test("are listed once, however often they were written", async () => {
    store("a", "b");
    written = [id("b"), id("a"), id("b")];
    expect(await ids(2)).toEqual(["b", "a"]);
  });

  test("are found by both keys", async () => {
    const line = (number: string) => ({ ...id("a"), line: { N: number } });
    dynamodb.tables.lines?.push(line("1"), line("2"), line("3"));
    const lines = new TableItems(dynamodb, {
      written: async () => [{ line: { N: "3" }, ...id("a") }, line("2")],
    } as unknown as AwsCalls);
    expect((await lines.latest(LINES, 10)).map((item) => item.line)).toEqual([3, 2, 1]);
  });

  test("are read again after a failure", async () => {
    store("a");
    dynamodb.failure = new Error("busy");
    await expect(ids(10)).rejects.toThrow("busy");
    dynamodb.failure = undefined;
    expect(await ids(10)).toEqual(["a"]);
  });

  test("have values that JSON can hold", async () => {
    dynamodb.tables.orders?.push({
      ...id("a"),
      small: { N: "1.5" },
      large: { N: "12345678901234567890" },
      names: { SS: ["a", "b"] },
      bytes: { B: Uint8Array.from([1, 255]) },
      nested: { M: { list: { L: [{ N: "7" }, { NULL: true }, { NS: ["1"] }] } } },
    });
    expect(JSON.parse(JSON.stringify(await items.latest(TABLE, 1)))).toEqual([
      {
        id: "a",
        small: 1.5,
        large: "12345678901234567890",
        names: ["a", "b"],
        bytes: "Af8=",
        nested: { list: [7, null, [1]] },
      },
    ]);
  });
});

describe("the items of a run", () => {
  test("are those that its calls have written, of all tables, each once and as it is now", async () => {
    store("a", "b", "read", "refused");
    dynamodb.tables.lines?.push({ ...id("a"), line: { N: "1" }, text: { S: "now" } });
    calls = [
      call("PutItem", id("b")),
      call("GetItem", id("read")),
      call("PutItem", id("refused"), { status: 400 }),
      call("UpdateItem", { ...id("a"), line: { N: "1" } }, { resource: "lines" }),
      call("UpdateItem", { line: { N: "1" }, ...id("a") }, { resource: "lines" }),
      call("UpdateItem", id("a")),
      call("Publish", undefined, { service: "sns", resource: "prices" }),
    ];
    expect(await items.writtenBy("1-2-3")).toEqual({
      calls,
      items: [
        { table: "orders", item: { id: "b" } },
        { table: "orders", item: { id: "a" } },
        { table: "lines", item: { id: "a", line: 1, text: "now" } },
      ],
    });
  });

  test("are none of a run without a trace, and of an emulator that keeps no calls", async () => {
    calls = undefined;
    for (const root of [undefined, "1-2-3", "1-0-0"]) {
      expect(await items.writtenBy(root)).toEqual({ calls: undefined, items: [] });
    }
    expect(dynamodb.asked).toEqual([]);
  });
});
