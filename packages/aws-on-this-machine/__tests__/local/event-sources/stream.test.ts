import { setTimeout } from "node:timers/promises";
import { CreateTableCommand, DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetRecordsCommand } from "@aws-sdk/client-dynamodb-streams";
import { CreateStreamCommand, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { describeWithPython, until } from "../echo-api";
import { ERROR, EventSourceBench, OK } from "./event-source-bench";

const FROM_START = { StartingPosition: "TRIM_HORIZON" as const };
const REPORTS = { FunctionResponseTypes: ["ReportBatchItemFailures" as const] };

interface StreamEventRecord {
  readonly kinesis?: { readonly data: string; readonly sequenceNumber: string };
  readonly dynamodb?: { readonly Keys: { readonly id: { readonly S: string } }; readonly SequenceNumber: string };
}

function dataOf(record: object): string {
  const { kinesis, dynamodb } = record as StreamEventRecord;
  return kinesis ? Buffer.from(kinesis.data, "base64").toString() : String(dynamodb?.Keys.id.S);
}

function report(record?: object) {
  const { kinesis, dynamodb } = (record ?? {}) as StreamEventRecord;
  const itemIdentifier = kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber;
  return { payload: JSON.stringify({ batchItemFailures: record ? [{ itemIdentifier }] : [] }), isError: false };
}

describeWithPython("a stream's event source", () => {
  let bench: EventSourceBench;
  beforeAll(async () => {
    bench = await EventSourceBench.start();
  });
  afterEach(() => bench.reset());
  afterAll(() => bench?.stop());

  async function createTable(TableName: string): Promise<string> {
    const { TableDescription } = await bench.aws.dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      }),
    );
    return TableDescription?.LatestStreamArn ?? "";
  }

  async function putItems(TableName: string, ids: readonly string[]): Promise<void> {
    for (const id of ids) await bench.aws.dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: id } } }));
  }

  async function createStream(StreamName: string, ShardCount = 1): Promise<string> {
    await bench.aws.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
    return `arn:aws:kinesis:us-west-2:123456789012:stream/${StreamName}`;
  }

  async function putRecords(StreamName: string, texts: readonly string[], key = (text: string) => text): Promise<void> {
    const Records = texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: key(text) }));
    await bench.aws.kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  }

  /** Waits until the mapping has a position in its stream. */
  async function opened(mapping: string): Promise<void> {
    const url = `${bench.emulator.endpoint}/_emulator/checkpoints?mapping=${mapping}`;
    let checkpoints = "{}";
    const read = async () => {
      for (; checkpoints === "{}"; await setTimeout(10)) checkpoints = await (await fetch(url)).text();
    };
    const reading = read().catch(() => {});
    await until(() => checkpoints !== "{}");
    await reading;
  }

  /** Opens a source whose function answers by the texts of the records. Returns the batches. */
  function open(mapping: object, answer: (texts: string[], records: object[]) => typeof OK) {
    const batches: string[][] = [];
    const source = bench.open(mapping, (records) => {
      const texts = records.map(dataOf);
      batches.push(texts);
      return answer(texts, records);
    });
    return { batches, source };
  }

  test("the function gets a table's changes as Lambda passes them", async () => {
    const arn = await createTable("changes");
    bench.open({ UUID: "changes", EventSourceArn: arn, StartingPosition: "LATEST" }, () => OK);
    await opened("changes");
    const Item = { id: { S: "1" }, data: { B: Buffer.from("bin") }, set: { NS: ["1", "2"] } };
    await bench.aws.dynamodb.send(new PutItemCommand({ TableName: "changes", Item }));
    await bench.aws.dynamodb.send(new DeleteItemCommand({ TableName: "changes", Key: { id: Item.id } }));
    const records = () => bench.deliveries.flatMap(({ event }) => JSON.parse(event).Records);
    await until(() => records().length === 2);
    const image = { ...Item, data: { B: Buffer.from("bin").toString("base64") } };
    expect(records()).toEqual([
      {
        eventID: expect.any(String),
        eventName: "INSERT",
        eventVersion: "1.1",
        eventSource: "aws:dynamodb",
        awsRegion: "us-west-2",
        dynamodb: {
          ApproximateCreationDateTime: expect.any(Number),
          Keys: { id: Item.id },
          NewImage: image,
          SequenceNumber: expect.stringMatching(/^\d+$/),
          SizeBytes: expect.any(Number),
          StreamViewType: "NEW_AND_OLD_IMAGES",
        },
        eventSourceARN: arn,
      },
      expect.objectContaining({ eventName: "REMOVE", dynamodb: expect.objectContaining({ OldImage: image }) }),
    ]);
    expect(Math.abs(records()[0].dynamodb.ApproximateCreationDateTime - Date.now() / 1000)).toBeLessThan(60);
  });

  test("the function gets a stream's records as Lambda passes them, those of a shard in their order", async () => {
    const arn = await createStream("ordered", 3);
    const texts = Array.from({ length: 90 }, (_, number) => `${number % 9}:${number}`);
    const { batches } = open({ EventSourceArn: arn, ...FROM_START, BatchSize: 7 }, () => OK);
    await putRecords("ordered", texts, (text) => text.charAt(0));
    await until(() => batches.flat().length >= 90);
    expect(batches.flat().sort()).toEqual([...texts].sort());
    for (let key = 0; key < 9; key += 1) {
      const own = (list: string[]) => list.filter((text) => text.startsWith(`${key}:`));
      expect(own(batches.flat())).toEqual(own(texts));
    }
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(7);
    const [record] = JSON.parse(bench.deliveries[0]?.event ?? "").Records;
    expect(record).toEqual({
      kinesis: {
        kinesisSchemaVersion: "1.0",
        partitionKey: expect.stringMatching(/^\d$/),
        sequenceNumber: expect.stringMatching(/^\d+$/),
        data: expect.any(String),
        approximateArrivalTimestamp: expect.any(Number),
      },
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: expect.stringMatching(/^shardId-\d{12}:\d+$/),
      eventName: "aws:kinesis:record",
      invokeIdentityArn: "arn:aws:iam::123456789012:role/functions",
      awsRegion: "us-west-2",
      eventSourceARN: arn,
    });
  });

  test("a batch that fails is retried, and later records wait; then its description goes to the destination", async () => {
    const arn = await createTable("retried");
    const destination = await bench.createQueue("discarded");
    await putItems("retried", ["1", "2"]);
    const mapping = {
      EventSourceArn: arn,
      ...FROM_START,
      BatchSize: 2,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: destination.arn } },
    };
    const { batches } = open(mapping, (texts) => (texts.includes("2") ? ERROR : OK));
    await until(() => batches.length > 0);
    await putItems("retried", ["3"]);
    await until(() => bench.ends.length === 2);
    expect(batches).toEqual([["1", "2"], ["1", "2"], ["3"]]);
    const [failed, , processed] = bench.deliveries.map(({ key }) => key);
    expect(bench.ends).toEqual([
      { key: failed, end: { outcome: "failed", reason: "ValueError: broken", destination: destination.arn } },
      { key: processed, end: { outcome: "processed" } },
    ]);
    const { Messages: [message] = [] } = await bench.aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: destination.url }),
    );
    expect(JSON.parse(message?.Body ?? "")).toEqual({
      requestContext: {
        requestId: expect.any(String),
        functionArn: "arn:aws:lambda:us-west-2:123456789012:function:worker",
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      version: "1.0",
      timestamp: expect.stringMatching(/Z$/),
      DDBStreamBatchInfo: {
        shardId: expect.stringMatching(/^shardId-/),
        startSequenceNumber: expect.stringMatching(/^\d+$/),
        endSequenceNumber: expect.stringMatching(/^\d+$/),
        approximateArrivalOfFirstRecord: expect.stringMatching(/Z$/),
        approximateArrivalOfLastRecord: expect.stringMatching(/Z$/),
        batchSize: 2,
        streamArn: arn,
      },
    });
  });

  test("bisecting finds the record that fails, and all others are processed once", async () => {
    const arn = await createStream("bisected");
    const texts = ["a", "b", "c", "bad", "d", "e", "f"];
    await putRecords("bisected", texts, () => "one");
    const processed: string[] = [];
    const mapping = { EventSourceArn: arn, ...FROM_START, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 };
    const { batches } = open(mapping, (batch) => {
      if (batch.includes("bad")) return ERROR;
      processed.push(...batch);
      return OK;
    });
    await until(() => bench.ends.length === 1);
    expect(processed).toEqual(texts.filter((text) => text !== "bad"));
    expect(batches.filter(([text, ...others]) => text === "bad" && others.length === 0)).toHaveLength(2);
    expect(new Set(bench.deliveries.map(({ key }) => key)).size).toBe(1);
    expect(bench.ends[0]?.end.outcome).toBe("failed");
  });

  test("a reported record and those after it come again", async () => {
    const arn = await createStream("reported");
    await putRecords("reported", ["a", "b", "c"], () => "one");
    const { batches } = open({ EventSourceArn: arn, ...FROM_START, ...REPORTS }, (texts, records) =>
      report(texts[0] === "a" ? records[1] : undefined),
    );
    await until(() => bench.ends.length === 1);
    expect(batches).toEqual([
      ["a", "b", "c"],
      ["b", "c"],
    ]);
    expect(bench.ends[0]?.end).toEqual({ outcome: "processed" });
  });

  test("records that are too old are discarded without an invocation", async () => {
    const arn = await createStream("old");
    await putRecords("old", ["old"]);
    await setTimeout(1100);
    const { batches } = open({ EventSourceArn: arn, ...FROM_START, MaximumRecordAgeInSeconds: 1 }, () => OK);
    await until(() => bench.ends.length === 1);
    expect(batches).toEqual([]);
    expect(bench.ends[0]?.end).toEqual({ outcome: "failed", reason: "RecordAgeExceeded", destination: undefined });
  });

  test("records are filtered by their data", async () => {
    const arn = await createStream("filtered");
    const FilterCriteria = { Filters: [{ Pattern: '{"data": {"n": [{"numeric": [">", 1]}]}}' }] };
    const { batches } = open({ EventSourceArn: arn, ...FROM_START, FilterCriteria }, () => OK);
    await putRecords("filtered", ['{"n": 1}', "text", '{"n": 2}'], () => "one");
    await until(() => bench.ends.length === 1);
    expect(batches).toEqual([['{"n": 2}']]);
  });

  test("a window gathers the records of several writes", async () => {
    const arn = await createTable("window");
    const mapping = { EventSourceArn: arn, ...FROM_START, MaximumBatchingWindowInSeconds: 60, BatchSize: 6 };
    const { batches } = open(mapping, () => OK);
    const ids = ["1", "2", "3", "4", "5", "6"];
    await putItems("window", ids);
    await until(() => bench.ends.length === 1);
    expect(batches).toEqual([ids]);
  });

  test("a source ends before its window does, and its records come again", async () => {
    const arn = await createTable("early");
    const mapping = { UUID: "early", EventSourceArn: arn, ...FROM_START };
    await putItems("early", ["1"]);
    const reads = jest.spyOn(bench.aws.dynamodbStreams, "send");
    const { batches, source } = open({ ...mapping, MaximumBatchingWindowInSeconds: 5 }, () => OK);
    const countReads = () => reads.mock.calls.filter(([command]) => command instanceof GetRecordsCommand).length;
    await until(() => countReads() === 2);
    await source.stop();
    // Otherwise, the rest of the window would pass with hundreds of reads.
    expect([batches, countReads()]).toEqual([[], 2]);
    reads.mockRestore();
    const again = open(mapping, () => OK);
    await until(() => again.batches.length === 1);
  });

  test("a source whose position is not kept any more says so, and goes on with the oldest record", async () => {
    const arn = await createTable("trimmed");
    await putItems("trimmed", ["1", "2"]);
    const url = `${bench.emulator.endpoint}/_emulator/checkpoints?mapping=trimmed`;
    const shard = "shardId-00000001541626099285-f35f62ef";
    await fetch(url, { method: "PUT", body: JSON.stringify({ [shard]: `${arn}|1|0` }) });
    const { batches } = open({ UUID: "trimmed", EventSourceArn: arn, ...FROM_START }, () => OK);
    await until(() => bench.ends.length === 1);
    expect(batches).toEqual([["1", "2"]]);
    expect(bench.notices).toEqual([`worker misses records of ${arn}, which did not keep them so long.`]);
  });

  test("a source that is opened again goes on where it was, also with records that came meanwhile", async () => {
    const arn = await createTable("again");
    const mapping = { UUID: "again", EventSourceArn: arn, StartingPosition: "LATEST" as const, BatchSize: 1 };
    await putItems("again", ["before"]);
    const first = open(mapping, () => OK);
    await opened("again");
    await putItems("again", ["1", "2"]);
    await until(() => bench.ends.length === 2);
    await first.source.stop();
    await putItems("again", ["3"]);
    const second = open(mapping, () => OK);
    await until(() => bench.ends.length === 3);
    expect([first.batches, second.batches]).toEqual([[["1"], ["2"]], [["3"]]]);
  });

  test("a batch that fails for ever does not keep a source from stopping, and comes again", async () => {
    const arn = await createStream("endless");
    await putRecords("endless", ["1"]);
    const mapping = { UUID: "endless", EventSourceArn: arn, ...FROM_START };
    const { batches, source } = open(mapping, () => ERROR);
    await until(() => batches.length === 2);
    await source.stop();
    expect(bench.ends).toEqual([]);
    const again = open(mapping, () => OK);
    await until(() => bench.ends.length === 1);
    expect(again.batches).toEqual([["1"]]);
    expect(new Set(bench.deliveries.map(({ key }) => key)).size).toBe(1);
  });
});
