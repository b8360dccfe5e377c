import { type AttributeValue, DynamoDBClient, QueryCommand, type ScanCommand } from "@aws-sdk/client-dynamodb";
import { RequestItems } from "../../../records/request-items";

/** A table that counts what it is asked; each item has its id and its time. */
class FakeTable extends DynamoDBClient {
  readonly stored = new Map<string, string>();
  /** Further attributes of all items. */
  more: Record<string, AttributeValue> = {};
  failure: Error | undefined;
  scans = 0;
  queries = 0;

  constructor() {
    super({ region: "us-west-2", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    this.send = (async (command: QueryCommand | ScanCommand) => {
      if (this.failure) throw this.failure;
      const { more } = this;
      const items = [...this.stored].map(([id, time]) => ({ RequestId: { S: id }, Timestamp: { S: time }, ...more }));
      if (!(command instanceof QueryCommand)) {
        this.scans += 1;
        return { Items: items };
      }
      this.queries += 1;
      const id = command.input.ExpressionAttributeValues?.[":id"]?.S;
      return { Items: items.filter(({ RequestId }) => RequestId.S === id) };
    }) as never;
  }

  store(id: string, minute: number): void {
    this.stored.set(id, `2026-01-01T06:${String(minute).padStart(2, "0")}:00Z`);
  }
}

let table: FakeTable;
let items: RequestItems;
const ids = async (limit: number) => (await items.latest(limit)).map(({ RequestId }) => RequestId);
beforeEach(() => {
  table = new FakeTable();
  items = new RequestItems(table, "requests");
});

test("the newest items are read without a scan, and each once", async () => {
  for (const minute of [1, 2, 3, 4]) {
    table.store(`id-${minute}`, minute);
    items.note(`id-${minute}`);
  }
  expect(await ids(3)).toEqual(["id-4", "id-3", "id-2"]);
  expect(await ids(3)).toEqual(["id-4", "id-3", "id-2"]);
  expect([table.scans, table.queries]).toEqual([0, 3]);
});

test("what was refused takes no place, and what is stored late is found", async () => {
  table.store("first", 1);
  for (const id of ["first", "refused", "late"]) items.note(id);
  expect(await ids(1)).toEqual(["first"]);
  table.store("late", 3);
  expect(await ids(2)).toEqual(["late", "first"]);
  expect(table.scans).toBe(0);
});

test("what was stored before takes one scan, and is not told twice", async () => {
  for (const minute of [1, 2, 3]) table.store(`id-${minute}`, minute);
  items.note("id-3");
  expect(await ids(10)).toEqual(["id-3", "id-2", "id-1"]);
  table.store("id-4", 4);
  items.note("id-4");
  expect(await ids(10)).toEqual(["id-4", "id-3", "id-2", "id-1"]);
  expect(table.scans).toBe(1);
});

test("an event that is stored once more is told once, as it is now, and as the newest", async () => {
  for (const minute of [1, 2]) {
    table.store(`id-${minute}`, minute);
    items.note(`id-${minute}`);
  }
  expect(await ids(2)).toEqual(["id-2", "id-1"]);
  items.note("id-1");
  table.store("id-1", 3);
  expect(await ids(3)).toEqual(["id-1", "id-2"]);
  expect(await items.read("id-1")).toMatchObject({ Timestamp: "2026-01-01T06:03:00Z" });
});

test("what was stored before the last thousand ids is found by another scan", async () => {
  expect(await ids(10)).toEqual([]);
  table.store("id-1", 1);
  items.note("id-1");
  for (let number = 0; number < 1000; number += 1) items.note(`without-${number}`);
  expect(await ids(10)).toEqual(["id-1"]);
  expect(table.scans).toBe(2);
});

test("a table that could not be read is read again", async () => {
  table.store("id-1", 1);
  table.failure = new Error("busy");
  await expect(ids(10)).rejects.toThrow("busy");
  table.failure = undefined;
  expect(await ids(10)).toEqual(["id-1"]);
});

test("whatever an item has can be told as JSON", async () => {
  table.store("id-1", 1);
  table.more = {
    small: { N: "1.5" },
    large: { N: "12345678901234567890" },
    names: { SS: ["a", "b"] },
    bytes: { B: Buffer.from([1, 255]) },
    nested: { M: { list: { L: [{ N: "7" }, { NULL: true }, { NS: ["1"] }] } } },
  };
  expect(JSON.parse(JSON.stringify(await items.read("id-1")))).toEqual({
    RequestId: "id-1",
    Timestamp: "2026-01-01T06:01:00Z",
    small: 1.5,
    large: "12345678901234567890",
    names: ["a", "b"],
    bytes: "Af8=",
    nested: { list: [7, null, [1]] },
  });
});
