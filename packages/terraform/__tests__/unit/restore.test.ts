import type { TableDescription } from "@aws-sdk/client-dynamodb";
import type { LifecycleRule } from "@aws-sdk/client-s3";
import { connectAws } from "../../aws";
import { compareTables } from "../../restore/compare-tables";
import { findDeletedObjects } from "../../restore/deleted-objects";
import { findRestore } from "../../restore/table-restore";

type Answers = Readonly<Record<string, (input: Record<string, unknown>) => unknown>>;

/** Clients that answer so. The SDK's paginators take only clients of their own. */
function answering(answers: Answers) {
  const { dynamodb, s3 } = connectAws({ endpoint: "http://127.0.0.1:1", region: "eu-central-1" });
  // biome-ignore lint/suspicious/noExplicitAny: the inputs of all commands
  const send = async (command: any) => answers[command.constructor.name.replace("Command", "")]?.(command.input);
  for (const client of [dynamodb, s3]) Object.assign(client, { send });
  return { dynamodb, s3 };
}

describe("the comparison of a table with its copy", () => {
  const tableOf = (units: number): TableDescription => ({
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    ProvisionedThroughput: { ReadCapacityUnits: units },
  });
  /** Tables of a hundred pages, each with 1,000 items. */
  const tables = (units: number, count: () => unknown = () => ({ ConsumedCapacity: { CapacityUnits: 128 } })) =>
    answering({
      DescribeTable: ({ TableName }) => ({ Table: { TableName, ...tableOf(units) } }),
      Scan: ({ Select }) =>
        Select === "COUNT" ? { Count: 1000, LastEvaluatedKey: { id: { S: "x" } }, ...(count() as object) } : {},
    }).dynamodb;

  test.each([
    [5, 3],
    [20, 10],
    [1000, 10],
    [0, 10],
  ])("with %d capacity units counts %d pages", async (units, pages) => {
    const { source, restored } = await compareTables(tables(units), "orders", "orders-1");
    expect([source, restored]).toEqual(Array(2).fill({ items: 1000 * pages, isComplete: false }));
  });

  test("that DynamoDB throttles tells how to take the table unchecked", async () => {
    const throttled = tables(5, () => {
      throw Object.assign(new Error(), { name: "ProvisionedThroughputExceededException" });
    });
    await expect(compareTables(throttled, "orders", "orders-1")).rejects.toThrow(
      "orders-1 is restored, but DynamoDB throttles the reads of its check. Run this again, or take the table unchecked with --use orders-1.",
    );
  });
});

test("throttled reads of AWS's DynamoDB are repeated as often as in AWS's other SDKs", async () => {
  const attempts = (endpoint?: string) =>
    connectAws({ region: "eu-central-1", ...(endpoint ? { endpoint } : {}) }).dynamodb.config.maxAttempts();
  expect(await attempts()).toBe(10);
  expect(await attempts("http://127.0.0.1:1")).toBeLessThan(5);
});

test("the latest time is one of a whole second, so that a second run finds the restore of the first one", async () => {
  const begun = new Map<string, TableDescription>();
  const time = new Date("2026-01-01T06:00:00.700Z");
  const { dynamodb } = answering({
    DescribeContinuousBackups: () => ({
      ContinuousBackupsDescription: {
        PointInTimeRecoveryDescription: { EarliestRestorableDateTime: new Date(0), LatestRestorableDateTime: time },
      },
    }),
    DescribeTable: ({ TableName }) => {
      const Table = begun.get(String(TableName));
      if (!Table) throw Object.assign(new Error(), { name: "ResourceNotFoundException" });
      return { Table };
    },
    ListTables: () => ({}),
  });
  const restore = await findRestore(dynamodb, ["orders"], "orders");
  expect(restore).toMatchObject({ target: "orders-20260101T060000Z", time: new Date("2026-01-01T06:00:00Z") });
  const SourceTableArn = "arn:aws:dynamodb:eu-central-1:123456789012:table/orders";
  const RestoreSummary = { SourceTableArn, RestoreDateTime: restore.time, RestoreInProgress: true };
  begun.set(restore.target, { TableName: restore.target, RestoreSummary });
  const again = await findRestore(dynamodb, ["orders"], "orders", new Date("2026-01-01T06:00:00Z"));
  expect(again).toEqual({ ...restore, isBegun: true });
});

describe("an old object with a delete marker", () => {
  const DELETED = new Date("2026-01-31T00:00:00Z");
  const find = async (Filter: LifecycleRule["Filter"]) => {
    const Rules: LifecycleRule[] = [{ ID: "old", Status: "Enabled", Filter, Expiration: { Days: 7 } }];
    const { s3 } = answering({
      GetBucketLifecycleConfiguration: () => ({ Rules }),
      ListObjectVersions: () => ({
        DeleteMarkers: [{ Key: "a", VersionId: "2", IsLatest: true, LastModified: DELETED }],
        Versions: [{ Key: "a", VersionId: "1", Size: 1, LastModified: new Date("2026-01-01T00:00:00Z") }],
      }),
    });
    const { objects, expired } = await findDeletedObjects(s3, "logs", { prefix: "", since: new Date(0) });
    return { deleted: objects.length, expired };
  };

  test.each<[string, LifecycleRule["Filter"]]>([
    ["no filter", undefined],
    ["a prefix", { Prefix: "" }],
    ["nothing but a prefix", { And: { Prefix: "a" } }],
  ])("has expired by a rule with %s", async (_what, filter) => {
    expect(await find(filter)).toEqual({ deleted: 0, expired: 1 });
  });

  test.each<[string, LifecycleRule["Filter"]]>([
    ["a tag", { Tag: { Key: "temporary", Value: "yes" } }],
    ["a size", { ObjectSizeGreaterThan: 1000 }],
    ["a prefix and tags", { And: { Prefix: "", Tags: [{ Key: "temporary", Value: "yes" }] } }],
  ])("was deleted by somebody, as far as a rule with %s tells", async (_what, filter) => {
    expect(await find(filter)).toEqual({ deleted: 1, expired: 0 });
  });
});
