import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { QueueResource } from "../../../inventory/queues";
import { Queues } from "../../../records/queues";

const ARN = "arn:aws:sqs:us-west-2:123456789012:";

function queue(name: string, deadLetters?: string): QueueResource {
  const deadLetterArn = deadLetters && ARN + deadLetters;
  return { address: `aws_sqs_queue.${name}`, name, arn: ARN + name, url: `http://sqs/${name}`, deadLetterArn };
}
const LETTERS = queue("letters");
const ORDERS = queue("orders", "letters");

let sent: SendMessageCommandInput[];
/** The messages that can be received. */
let messages: Message[];
let failure: Error | undefined;
let queues: Queues;
beforeEach(() => {
  [sent, messages, failure] = [[], [], undefined];
  const sqs = new SQSClient({ region: "us-west-2" });
  sqs.send = (async (command: object) => {
    if (command instanceof SendMessageCommand) {
      if (failure) throw failure;
      sent.push(command.input);
    }
    if (command instanceof DeleteMessageCommand) {
      messages = messages.filter(({ ReceiptHandle }) => ReceiptHandle !== command.input.ReceiptHandle);
    }
    return command instanceof ReceiveMessageCommand ? { Messages: messages } : {};
  }) as never;
  queues = new Queues(sqs);
});

const message = (more: Message = {}): Message => ({ MessageId: "m", Body: "text", ReceiptHandle: "r", ...more });
const putBack = (from: QueueResource, all: readonly QueueResource[]) =>
  queues.putBack(from, "m", (_letter, each) => queues.sendBack(from, each, all));

describe("a dead message", () => {
  test("goes back to the queue that it comes from, and is deleted then", async () => {
    messages = [message({ Attributes: { DeadLetterQueueSourceArn: ORDERS.arn } })];
    await putBack(LETTERS, [LETTERS, ORDERS, queue("other", "letters")]);
    expect([sent, messages]).toEqual([[{ QueueUrl: ORDERS.url, MessageBody: "text" }], []]);
  });

  test("goes back to the only queue with this dead-letter queue if it does not name one", async () => {
    messages = [message()];
    await putBack(LETTERS, [LETTERS, ORDERS, queue("other")]);
    expect(sent).toMatchObject([{ QueueUrl: ORDERS.url }]);
  });

  test("keeps its group in a FIFO queue, and is no repetition there", async () => {
    const [letters, orders] = [queue("letters.fifo"), queue("orders.fifo", "letters.fifo")];
    messages = [message({ Attributes: { MessageGroupId: "customer" } })];
    await putBack(letters, [letters, orders]);
    expect(sent).toEqual([
      {
        QueueUrl: orders.url,
        MessageBody: "text",
        MessageGroupId: "customer",
        MessageDeduplicationId: expect.stringMatching(/^[\da-f-]{36}$/),
      },
    ]);
  });

  test.each([
    ["several queues have this dead-letter queue", [ORDERS, queue("other", "letters")], {}],
    ["no queue has", [queue("other")], {}],
    ["its queue has gone", [queue("other", "letters")], { DeadLetterQueueSourceArn: ORDERS.arn }],
  ])("stays if %s", async (_what, others, Attributes) => {
    messages = [message({ Attributes })];
    const refused = "letters does not tell which queue the message comes from; send it by hand.";
    await expect(putBack(LETTERS, [LETTERS, ...others])).rejects.toThrow(refused);
    expect([sent, messages.length]).toEqual([[], 1]);
  });

  test("stays if it cannot be sent, and the next one is not hindered", async () => {
    messages = [message()];
    failure = new Error("busy");
    await expect(putBack(LETTERS, [LETTERS, ORDERS])).rejects.toThrow("busy");
    expect(messages).toHaveLength(1);
    failure = undefined;
    await putBack(LETTERS, [LETTERS, ORDERS]);
    expect(messages).toEqual([]);
  });
});

test("a message by hand is one of a FIFO queue's groups of its own", async () => {
  const fifo = queue("orders.fifo");
  await queues.send(fifo, "one");
  await queues.send(fifo, "two");
  await queues.send(ORDERS, "three");
  expect(new Set(sent.slice(0, 2).map(({ MessageGroupId }) => MessageGroupId)).size).toBe(2);
  expect(sent[2]).toEqual({ QueueUrl: ORDERS.url, MessageBody: "three" });
});

test("a message is listed with its text, and with the failed event if it is one", async () => {
  const event = '{"detail-type": "Order", "source": "shop", "id": "1"}';
  messages = [
    message({ MessageId: "new", Attributes: { SentTimestamp: "2000" } }),
    message({ MessageId: "old", Body: event, Attributes: { SentTimestamp: "1000" } }),
  ];
  expect(await queues.messages(ORDERS, 10)).toEqual([
    { id: "old", sentAt: 1000, body: event, letter: expect.objectContaining({ what: "Order 1", event }) },
    { id: "new", sentAt: 2000, body: "text", letter: undefined },
  ]);
});

describe("the messages of all queues are counted", () => {
  const requests: string[] = [];
  let answer: Response;
  beforeEach(() => {
    requests.length = 0;
    const sqs = new SQSClient({ region: "us-west-2", endpoint: "http://127.0.0.1:1" });
    sqs.send = (async ({ input }: { readonly input: { readonly QueueUrl?: string } }) => {
      requests.push(`SQS ${input.QueueUrl}`);
      if (input.QueueUrl === ORDERS.url) throw new Error("gone");
      return { Attributes: { ApproximateNumberOfMessages: "3" } };
    }) as never;
    queues = new Queues(sqs);
    jest.spyOn(global, "fetch").mockImplementation(async (url) => {
      requests.push(String(url));
      return answer;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test("by one request to the emulator", async () => {
    answer = Response.json({ [LETTERS.arn]: 2 });
    expect(await queues.counts([LETTERS, ORDERS])).toEqual([2, undefined]);
    expect(requests).toEqual(["http://127.0.0.1:1/_emulator/messages"]);
    expect(await queues.counts([])).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  test("by a request to each queue, where the emulator is another one", async () => {
    answer = new Response("<html>", { status: 404 });
    expect(await queues.counts([LETTERS, ORDERS])).toEqual([3, undefined]);
    expect(requests.slice(1)).toEqual([`SQS ${LETTERS.url}`, `SQS ${ORDERS.url}`]);
  });
});
