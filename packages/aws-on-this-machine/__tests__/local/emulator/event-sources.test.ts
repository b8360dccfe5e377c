import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { describeWithPython } from "../echo-api";
import { FunctionProcess } from "./function-process";
import { ACCOUNT, call, createFunction, REGION, useEmulator } from "./own-emulator";

interface StreamRecord {
  readonly eventName: string;
  readonly awsRegion: string;
  readonly dynamodb: { readonly SequenceNumber: string; readonly OldImage?: object; readonly NewImage?: object };
}

describeWithPython("the event sources of functions", () => {
  const own = useEmulator();
  let process: FunctionProcess;
  let StreamArn = "";
  const id: Record<string, AttributeValue> = { id: { S: "a" } };
  const queueArn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
  const createQueue = async (QueueName: string, Attributes = {}) =>
    (await own().aws.sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
  const createMapping = (source: object) =>
    own().aws.lambda.send(
      new CreateEventSourceMappingCommand({ FunctionName: "worker", EventSourceArn: undefined, ...source }),
    );

  beforeAll(async () => {
    await createFunction(own(), "worker");
    const { TableDescription } = await own().aws.dynamodb.send(
      new CreateTableCommand({
        TableName: "orders",
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      }),
    );
    StreamArn = TableDescription?.LatestStreamArn ?? "";
    process = await FunctionProcess.start(own().emulator.endpoint);
  });
  afterAll(() => process?.end());

  test("keep a mapping's configuration, and drop what an update empties", async () => {
    await createQueue("mapped");
    const { lambda } = own().aws;
    const ofQueue = {
      EventSourceArn: queueArn("mapped"),
      ...{ BatchSize: 50, MaximumBatchingWindowInSeconds: 3, FunctionResponseTypes: ["ReportBatchItemFailures"] },
      ScalingConfig: { MaximumConcurrency: 5 },
      FilterCriteria: { Filters: [{ Pattern: "{}" }] },
    };
    const { UUID } = await createMapping({ ...ofQueue, Enabled: false });
    const get = () => lambda.send(new GetEventSourceMappingCommand({ UUID }));
    expect(await get()).toMatchObject({ ...ofQueue, State: "Disabled" });
    const emptied = { ScalingConfig: {}, FilterCriteria: {}, FunctionResponseTypes: [], Enabled: true };
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...emptied }));
    const changed = await get();
    expect(changed).toMatchObject({ State: "Enabled", FunctionResponseTypes: [] });
    expect([changed.ScalingConfig, changed.FilterCriteria]).toEqual([undefined, undefined]);

    const ofStream = {
      ...{ EventSourceArn: StreamArn, StartingPosition: "LATEST", BisectBatchOnFunctionError: true },
      ...{ MaximumRetryAttempts: 2, MaximumRecordAgeInSeconds: 60, ParallelizationFactor: 2 },
      DestinationConfig: { OnFailure: { Destination: queueArn("mapped") } },
    };
    await createMapping(ofStream);
    const listed = await lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn: StreamArn }));
    expect(listed.EventSourceMappings).toEqual([expect.objectContaining(ofStream)]);
  });

  test("are left to the registered process, which has not lost their messages and records when it ends", async () => {
    const QueueUrl = await createQueue("left");
    await createMapping({ EventSourceArn: queueArn("left") });
    const send = (MessageBody: string) => own().aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    await send("one");
    await process.unregister();
    await send("two");
    await process.register();
    const AttributeNames = ["ApproximateNumberOfMessages" as const];
    const { Attributes } = await own().aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: "2" });
    expect(process.invocations).toEqual([]);
  });

  test("are streams with one record for each change, and with iterators that move on", async () => {
    const { dynamodb } = own().aws;
    const streams = (operation: string, body: object) =>
      call(own(), "dynamodb", `DynamoDBStreams_20120810.${operation}`, body) as Promise<Record<string, unknown>>;
    const { StreamDescription } = await streams("DescribeStream", { StreamArn });
    const [{ ShardId }] = (StreamDescription as { Shards: [{ ShardId: string }] }).Shards;
    const iterator = async (ShardIteratorType: string, more = {}) =>
      (await streams("GetShardIterator", { StreamArn, ShardId, ShardIteratorType, ...more })).ShardIterator;
    const read = (ShardIterator: unknown, more = {}) =>
      streams("GetRecords", { ShardIterator, ...more }) as Promise<{
        Records: StreamRecord[];
        NextShardIterator: string;
      }>;
    const update = (total: number) =>
      dynamodb.send(
        new UpdateItemCommand({
          TableName: "orders",
          Key: id,
          UpdateExpression: "SET cart = :cart",
          ExpressionAttributeValues: { ":cart": { M: { total: { N: String(total) } } } },
        }),
      );
    const latest = await iterator("LATEST");
    await update(1);
    await update(2);
    await update(2);
    for (const _ of [1, 2]) await dynamodb.send(new PutItemCommand({ TableName: "orders", Item: id }));
    await dynamodb.send(new DeleteItemCommand({ TableName: "orders", Key: id }));

    const image = (total: number) => ({ ...id, cart: { M: { total: { N: String(total) } } } });
    const first = await read(await iterator("TRIM_HORIZON"), { Limit: 3 });
    expect(first.Records).toMatchObject([
      { eventName: "INSERT", awsRegion: REGION, dynamodb: { NewImage: image(1) } },
      { eventName: "MODIFY", dynamodb: { OldImage: image(1), NewImage: image(2) } },
      { eventName: "MODIFY", dynamodb: { OldImage: image(2), NewImage: id } },
    ]);
    const second = await read(first.NextShardIterator);
    expect(second.Records).toMatchObject([{ eventName: "REMOVE", dynamodb: { OldImage: id } }]);
    expect((await read(second.NextShardIterator)).Records).toEqual([]);
    expect((await read(latest)).Records).toHaveLength(4);
    const SequenceNumber = first.Records[2]?.dynamodb.SequenceNumber;
    const after = await read(await iterator("AFTER_SEQUENCE_NUMBER", { SequenceNumber }));
    expect(after.Records).toEqual(second.Records);
    expect((await read(await iterator("LATEST"))).Records).toEqual([]);
    await dynamodb.send(new PutItemCommand({ TableName: "orders", Item: id }));
    expect((await read(second.NextShardIterator)).Records).toMatchObject([{ eventName: "INSERT" }]);
    const unknown = iterator("LATEST", { StreamArn: `${StreamArn}0` });
    await expect(unknown).rejects.toThrow("400 ");

    // The number of kept records would stay the same as soon as the oldest ones go.
    const arrivals = `${own().emulator.endpoint}/_emulator/arrivals?source=${encodeURIComponent(StreamArn)}`;
    const { position } = (await (await fetch(arrivals)).json()) as { position: string };
    expect(await iterator("LATEST")).toBe(`${StreamArn}|1|${position}`);
  });

  test("are queues whose messages can be looked at without a receipt", async () => {
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn("unseen"), maxReceiveCount: 1 });
    await createQueue("unseen");
    const QueueUrl = await createQueue("seen", { RedrivePolicy });
    const { sqs } = own().aws;
    const MessageAttributes = { ERROR_CODE: { DataType: "String", StringValue: "NO_PERMISSIONS" } };
    for (const MessageBody of ["hidden", "one", "two"])
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }));
    await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const look = async (limit: number, name = "seen") =>
      fetch(`${own().emulator.endpoint}/_emulator/messages?queue=${encodeURIComponent(queueArn(name))}&limit=${limit}`);
    const [one, ...others] = (await (await look(1)).json()) as object[];
    expect(one).toMatchObject({ MessageId: expect.any(String), Body: "one", MessageAttributes });
    expect(others).toEqual([]);
    expect(await (await look(9)).json()).toEqual([one, expect.objectContaining({ Body: "two" })]);
    expect((await look(9, "none")).status).toBe(404);
    const counts = await (await fetch(`${own().emulator.endpoint}/_emulator/messages`)).json();
    expect(counts).toMatchObject({ [queueArn("seen")]: 2, [queueArn("unseen")]: 0 });
    const read = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ["All" as const] };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(read));
    expect(Messages.map(({ Body, Attributes }) => [Body, Attributes?.ApproximateReceiveCount])).toEqual([
      ["one", "1"],
      ["two", "1"],
    ]);
    expect(one).toMatchObject({ Attributes: { SentTimestamp: Messages[0]?.Attributes?.SentTimestamp } });
  });

  test("are queues that redrive a message after its last receipt", async () => {
    const deadLetters = await createQueue("dead");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn("dead"), maxReceiveCount: 2 });
    const QueueUrl = await createQueue("redriven", { RedrivePolicy });
    await own().aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "bad" }));
    const receive = async (url = QueueUrl) =>
      (await own().aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MessageSystemAttributeNames: ["All"] })))
        .Messages?.[0];
    for (const ApproximateReceiveCount of ["1", "2"]) {
      const message = await receive();
      expect(message?.Attributes).toMatchObject({ ApproximateReceiveCount });
      const ReceiptHandle = message?.ReceiptHandle;
      await own().aws.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    }
    expect(await receive()).toBeUndefined();
    expect((await receive(deadLetters))?.Body).toBe("bad");
  });

  test("are FIFO queues that hold back a group while its first message is in flight", async () => {
    const QueueUrl = await createQueue("orders.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
    for (const MessageBody of ["a1", "a2", "b1", "a2"])
      await own().aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: MessageBody[0] }));
    const receive = async () =>
      (await own().aws.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1 }))).Messages?.[0];
    const remove = (ReceiptHandle = "") => own().aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    const first = await receive();
    const other = await receive();
    expect([first?.Body, other?.Body, await receive()]).toEqual(["a1", "b1", undefined]);
    await remove(first?.ReceiptHandle);
    const second = await receive();
    expect(second?.Body).toBe("a2");
    await remove(second?.ReceiptHandle);
    await remove(other?.ReceiptHandle);
    expect(await receive()).toBeUndefined();
  });
});
