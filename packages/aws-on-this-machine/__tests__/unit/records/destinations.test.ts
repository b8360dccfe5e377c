import type { Aws } from "@local/terraform/aws";
import { Destinations } from "../../../records/destinations";

const ARN = "us-west-2:123456789012";

/** The inputs of the calls, by the service. */
let sent: [service: string, input: object][];
let failure: Error | undefined;
let destinations: Destinations;
beforeEach(() => {
  [sent, failure] = [[], undefined];
  const client = (service: string) => ({
    send: async ({ input }: { input: { QueueName?: string } }) => {
      if (failure) throw failure;
      sent.push([service, input]);
      return { QueueUrl: `http://sqs/${input.QueueName}` };
    },
  });
  const services = ["sqs", "sns", "lambda", "events", "s3"].map((service) => [service, client(service)]);
  destinations = new Destinations(Object.fromEntries(services) as Aws);
});

const text = { DataType: "String", StringValue: "200" };

test("a queue gets the message with its attributes, and is looked up once", async () => {
  await destinations.send(`arn:aws:sqs:${ARN}:letters`, "one", { ErrorCode: "200" });
  await destinations.send(`arn:aws:sqs:${ARN}:letters`, "two");
  expect(sent).toEqual([
    ["sqs", { QueueName: "letters", QueueOwnerAWSAccountId: "123456789012" }],
    ["sqs", { QueueUrl: "http://sqs/letters", MessageBody: "one", MessageAttributes: { ErrorCode: text } }],
    ["sqs", { QueueUrl: "http://sqs/letters", MessageBody: "two", MessageAttributes: {} }],
  ]);
});

test("a queue that could not be looked up is looked up again", async () => {
  failure = new Error("busy");
  await expect(destinations.send(`arn:aws:sqs:${ARN}:letters`, "one")).rejects.toThrow("busy");
  failure = undefined;
  await destinations.send(`arn:aws:sqs:${ARN}:letters`, "two");
  expect(sent).toHaveLength(2);
});

test("a topic, a function and an event bus get the message", async () => {
  const record = '{"requestContext": {"condition": "RetriesExhausted"}}';
  const [topic, fn, bus] = [
    `arn:aws:sns:${ARN}:done`,
    `arn:aws:lambda:${ARN}:function:next`,
    `arn:aws:events:${ARN}:event-bus/shop`,
  ];
  await destinations.send(topic, "one", { ErrorCode: "200" });
  await destinations.send(fn, '{"a": 1}');
  await destinations.send(bus, record);
  const DetailType = "Lambda Function Invocation Result - Failure";
  expect(sent).toEqual([
    ["sns", { TopicArn: topic, Message: "one", MessageAttributes: { ErrorCode: text } }],
    ["lambda", { FunctionName: fn, InvocationType: "Event", Payload: Buffer.from('{"a": 1}') }],
    ["events", { Entries: [{ Source: "lambda", DetailType, Detail: record, EventBusName: bus }] }],
  ]);
});

test("a bucket gets each message as an object of its own, by the day", async () => {
  for (const message of ["one", "two"]) {
    await destinations.send("arn:aws:s3:::failures", message, {}, "aws/lambda/async/orders");
  }
  const inputs = sent.map(([, input]) => input as { readonly Key: string });
  expect(inputs).toMatchObject([
    { Bucket: "failures", Body: "one" },
    { Bucket: "failures", Body: "two" },
  ]);
  const uuid = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/.source;
  for (const { Key } of inputs) {
    expect(Key).toMatch(
      new RegExp(`^aws/lambda/async/orders/\\d{4}/\\d\\d/\\d\\d/[\\d-]{10}T\\d\\d\\.\\d\\d\\.\\d\\d-${uuid}$`),
    );
  }
  expect(new Set(inputs.map(({ Key }) => Key)).size).toBe(2);
});

test("another destination is named in the error", async () => {
  const table = `arn:aws:dynamodb:${ARN}:table/orders`;
  await expect(destinations.send(table, "one")).rejects.toThrow(`${table} is no destination that runs here`);
});
