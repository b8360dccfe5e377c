import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describeWithPython } from "../echo-api";
import { REGION, useEmulator } from "./own-emulator";

const TRACE = ";Parent=53995c3f42cd8ad8;Sampled=1";

describeWithPython("the journal of calls", () => {
  const own = useEmulator();
  let root = "";
  let traces = 0;
  let dynamodb: DynamoDBClient;
  let sqs: SQSClient;
  let TableName: string;

  const traced = <Client extends { middlewareStack: DynamoDBClient["middlewareStack"] }>(client: Client) => {
    client.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, { "x-amzn-trace-id": `Root=${root}${TRACE}` });
        return next(args);
      },
      { step: "build" },
    );
    return client;
  };
  const get = async (path: string): Promise<{ calls: object[]; keys: object[] }> =>
    JSON.parse(await (await fetch(`${own().emulator.endpoint}/_emulator/${path}`)).text());
  const calls = async (ofRoot = root) => (await get(`calls?root=${ofRoot}`)).calls;
  const written = async (more = "") => (await get(`written?table=${TableName}${more}`)).keys;
  const key = (number: number): Record<string, AttributeValue> => ({ id: { S: "a" }, at: { N: String(number) } });
  const put = (number: number, more: object = {}) =>
    dynamodb.send(new PutItemCommand({ TableName, Item: { ...key(number), name: { S: "x" } }, ...more }));

  beforeAll(() => {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const config = { endpoint: own().emulator.endpoint, region: REGION, credentials };
    dynamodb = traced(new DynamoDBClient(config));
    sqs = traced(new SQSClient(config) as unknown as DynamoDBClient) as unknown as SQSClient;
  });
  beforeEach(async () => {
    root = `1-67891233-${String(++traces).padStart(24, "0")}`;
    TableName = `table-${traces}`;
    await own().aws.dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [
          { AttributeName: "id", KeyType: "HASH" },
          { AttributeName: "at", KeyType: "RANGE" },
        ],
        AttributeDefinitions: [
          { AttributeName: "id", AttributeType: "S" },
          { AttributeName: "at", AttributeType: "N" },
        ],
      }),
    );
  });
  afterAll(() => {
    dynamodb?.destroy();
    sqs?.destroy();
  });

  test("has a function's calls in their order, by its trace alone", async () => {
    const { QueueUrl } = await own().aws.sqs.send(new CreateQueueCommand({ QueueName: "letters" }));
    await put(1);
    await dynamodb.send(new GetItemCommand({ TableName, Key: key(1) }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
    await own().aws.dynamodb.send(new GetItemCommand({ TableName, Key: key(1) }));
    const shown = { status: 200, time: expect.any(Number), duration: expect.any(Number) };
    expect(await calls()).toEqual([
      { service: "dynamodb", operation: "PutItem", resource: TableName, key: key(1), ...shown },
      { service: "dynamodb", operation: "GetItem", resource: TableName, key: key(1), ...shown },
      { service: "sqs", operation: "SendMessage", resource: "letters", ...shown },
    ]);
    expect(await calls("1-0-0")).toEqual([]);
  });

  test("has refused calls with their status", async () => {
    const unmet = put(1, { ConditionExpression: "attribute_exists(id)" });
    await expect(unmet).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
    const invalid = dynamodb.send(new QueryCommand({ TableName, Limit: 0 }));
    await expect(invalid).rejects.toMatchObject({ name: "ValidationException" });
    expect(await calls()).toEqual([
      expect.objectContaining({ operation: "PutItem", status: 400, key: key(1) }),
      expect.objectContaining({ operation: "Query", status: 400, resource: TableName }),
    ]);
    expect(await written()).toEqual([]);
  });

  test("has the keys of a table's items, the last written first, whatever wrote them", async () => {
    for (const number of [1, 2, 3]) await put(number);
    await own().aws.dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key: key(1),
        UpdateExpression: "SET #name = :name",
        ExpressionAttributeNames: { "#name": "name" },
        ExpressionAttributeValues: { ":name": { S: "y" } },
      }),
    );
    expect(await written()).toEqual([key(1), key(3), key(2)]);
    expect(await written("&limit=2")).toEqual([key(1), key(3)]);
    await dynamodb.send(new DeleteItemCommand({ TableName, Key: key(3) }));
    const requests = [{ PutRequest: { Item: key(4) } }, { DeleteRequest: { Key: key(2) } }];
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
    await dynamodb.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: key(5) } },
          { ConditionCheck: { TableName, Key: key(1), ConditionExpression: "attribute_exists(id)" } },
        ],
      }),
    );
    expect(await written()).toEqual([key(5), key(4), key(1)]);
    const ofBatch = expect.objectContaining({ operation: "BatchWriteItem", key: key(2) });
    expect(await calls()).toContainEqual(ofBatch);
    await dynamodb.send(new DeleteTableCommand({ TableName }));
    expect(await written()).toEqual([]);
  });

  test("keeps the first 100 calls of a trace", async () => {
    for (let number = 0; number < 101; number++) await put(number);
    const kept = await calls();
    expect(kept).toHaveLength(100);
    expect(kept.at(-1)).toMatchObject({ key: key(99) });
    expect((await written("&limit=1000")).length).toBe(101);
  });
});
