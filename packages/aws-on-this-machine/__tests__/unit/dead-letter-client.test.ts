import { type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DeadLetterClient } from "../../dead-letters/dead-letter-client";

/** A queue with messages, each of which is received once. */
async function open(messages: Message[]): Promise<DeadLetterClient> {
  const sqs = new SQSClient({ region: "us-west-2" });
  sqs.send = (async (command: object) =>
    command instanceof ReceiveMessageCommand ? { Messages: messages.splice(0) } : { QueueUrl: "url" }) as never;
  return DeadLetterClient.open(sqs, "letters");
}

const message = (
  MessageId: string,
  sentAt: number,
  Body = '{"detail-type": "Order", "source": "shop", "id": "1"}',
): Message => ({
  MessageId,
  Body,
  Attributes: { SentTimestamp: String(sentAt) },
});

test("what comes while events are put back stays, and is counted", async () => {
  const [before, after] = [Date.now() - 1000, Date.now() + 60_000];
  const queue = await open([message("old", before), message("new", after), message("no event", before, "text")]);
  const given: string[] = [];
  const counts = await queue.putBack(async ({ event }) => event !== undefined && given.push(event), 10);
  expect([counts, given]).toEqual([
    { accepted: 1, left: 1, newer: 1 },
    ['{"detail-type": "Order", "source": "shop", "id": "1"}'],
  ]);
});

test("an event that Lambda does not accept is named without its control characters", async () => {
  const event = JSON.stringify({ "detail-type": "Order", source: "shop", id: "\u001b[2J" });
  const queue = await open([message("m", Date.now() - 1000, event)]);
  const refused = queue.putBack(() => Promise.reject(new Error("no")), 10);
  await expect(refused).rejects.toThrow("Order �[2J is not accepted: Error: no.");
});
