import { setTimeout } from "node:timers/promises";
import {
  CreateTableCommand,
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { compareTables } from "@local/terraform/restore/compare-tables";
import { findDeletedObjects, putObjectsBack } from "@local/terraform/restore/deleted-objects";
import { findRestore, finishRestore } from "@local/terraform/restore/table-restore";
import { describeWithPython } from "../../echo-api";
import { REGION, useEmulator } from "../own-emulator";

const S = (text: string) => ({ S: text });

describeWithPython("on the emulator, a restore", () => {
  const own = useEmulator();
  const dynamodb = () => own().aws.dynamodb;
  const put = (TableName: string, id: string, value: string) =>
    dynamodb().send(new PutItemCommand({ TableName, Item: { id: S(id), value: S(value) } }));

  async function createTable(TableName: string, isRecoverable = true): Promise<void> {
    await dynamodb().send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
    if (!isRecoverable) return;
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await dynamodb().send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
  }

  /** A second that lies between the changes before and those after. */
  async function aSecond(): Promise<Date> {
    await setTimeout(1_100);
    const time = new Date(Math.floor(Date.now() / 1000) * 1000);
    await setTimeout(1_100);
    return time;
  }

  test("brings back the items of that time, waits, goes on after an interruption, and is compared", async () => {
    await createTable("orders");
    for (const id of ["kept", "changed", "deleted"]) await put("orders", id, "before");
    const time = await aSecond();
    await dynamodb().send(new DeleteItemCommand({ TableName: "orders", Key: { id: S("deleted") } }));
    await dynamodb().send(
      new UpdateItemCommand({
        TableName: "orders",
        Key: { id: S("changed") },
        UpdateExpression: "SET #value = :after",
        ExpressionAttributeNames: { "#value": "value" },
        ExpressionAttributeValues: { ":after": S("after") },
      }),
    );
    await put("orders", "new", "after");

    const restore = await findRestore(dynamodb(), ["orders"], "orders", time);
    const stamp = time.toISOString().replaceAll(/[-:]|\.\d+/g, "");
    expect(restore).toEqual({ source: "orders", target: `orders-${stamp}`, time, isBegun: false });
    const statuses: string[] = [];
    const finished = finishRestore(dynamodb(), restore, (status) => statuses.push(status));
    while (statuses.length === 0) await setTimeout(20);
    // Another run finds the restore in progress, with and without its time.
    for (const wanted of [time, undefined])
      expect(await findRestore(dynamodb(), ["orders"], "orders", wanted)).toEqual({ ...restore, isBegun: true });
    await finished;
    expect([statuses[0], statuses.at(-1)]).toEqual(["CREATING", "ACTIVE"]);
    const { Items = [] } = await dynamodb().send(new ScanCommand({ TableName: restore.target }));
    expect(Items.map(({ id, value }) => `${id?.S} ${value?.S}`).sort()).toEqual([
      "changed before",
      "deleted before",
      "kept before",
    ]);
    expect(await compareTables(dynamodb(), "orders", restore.target)).toEqual({
      source: { items: 3, isComplete: true },
      restored: { items: 3, isComplete: true },
      ofRestored: { same: 1, different: 1, missing: 1 },
      ofSource: { same: 1, different: 1, missing: 1 },
    });
  });

  test("to a time before the table in use began is one of the table that it replaced", async () => {
    await createTable("bills");
    const time = await aSecond();
    await createTable("bills-1");
    expect(await findRestore(dynamodb(), ["bills-1", "bills"], "bills", time)).toMatchObject({ source: "bills" });
    expect(await findRestore(dynamodb(), ["bills-1", "bills"], "bills")).toMatchObject({ source: "bills-1" });
    const early = new Date(0);
    await expect(findRestore(dynamodb(), ["bills-1", "bills"], "bills", early)).rejects.toThrow(
      /^--at is 1970-01-01T00:00:00Z, and AWS can restore bills-1 from \S+Z to \S+Z, and bills from \S+Z to \S+Z\.$/,
    );
  });

  test("is refused without point-in-time recovery, without a table, and into a table that is none", async () => {
    await createTable("plain", false);
    await expect(findRestore(dynamodb(), ["plain"], "plain")).rejects.toThrow(
      "Point-in-time recovery is off for plain, so AWS has none of the former items.",
    );
    await expect(findRestore(dynamodb(), ["none"], "none")).rejects.toThrow("There is no table none; is this");
    await createTable("taken");
    const time = await aSecond();
    const { target } = await findRestore(dynamodb(), ["taken"], "taken", time);
    await createTable(target, false);
    await expect(findRestore(dynamodb(), ["taken"], "taken", time)).rejects.toThrow(
      `The table ${target} exists, and is no restore of taken to`,
    );
  });

  test("of objects is of those that somebody deleted, and not of those that expired", async () => {
    const { s3 } = own().aws;
    const Bucket = "logs";
    const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const Status = "Enabled";
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    // A date stands for the age that no object of this test can have.
    const Expiration = { Date: new Date("2020-01-01T00:00:00Z") };
    const Rules = [{ ID: "old", Status, Filter: { Prefix: "old/" }, Expiration } as const];
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
    for (const Key of ["a/1", "a/2", "b/1", "old/1", "a/kept"]) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: "one" }));
      if (Key !== "a/kept") await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    }
    // A second deletion puts a second marker above the version.
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "a/2" }));

    const since = new Date(Date.now() - 60_000);
    const deleted = await findDeletedObjects(s3, Bucket, { prefix: "", since });
    expect([deleted.objects.map(({ key }) => key), deleted.expired, deleted.lost]).toEqual([
      ["a/1", "a/2", "b/1"],
      1,
      0,
    ]);
    expect(
      (await findDeletedObjects(s3, Bucket, { prefix: "", since: new Date(Date.now() + 60_000) })).objects,
    ).toEqual([]);
    const { objects } = await findDeletedObjects(s3, Bucket, { prefix: "a/", since });
    expect(await putObjectsBack(s3, Bucket, objects, () => {})).toEqual(new Map());
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents.map(({ Key }) => Key)).toEqual(["a/1", "a/2", "a/kept"]);
  });
});
