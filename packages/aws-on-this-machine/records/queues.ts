import { type Message, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { parseJson } from "@local/command-line/text/json";
import { UserError } from "@local/command-line/user-error";
import { type DeadLetter, readDeadLetters } from "../dead-letters/dead-letter";
import { DeadLetterClient } from "../dead-letters/dead-letter-client";
import { findEndpoint } from "../event-sources/emulator-source";
import type { QueueResource } from "../inventory/queues";
import type { QueueMessage } from "../system/running-system";

/** The deployed queues. */
export class Queues {
  private readonly clients = new Map<string, DeadLetterClient>();
  private readonly last = new Map<string, Promise<unknown>>();

  constructor(private readonly sqs: SQSClient) {}

  /** Counts the messages of each queue. The number of one that has gone is undefined. */
  async counts(queues: readonly QueueResource[]): Promise<readonly (number | undefined)[]> {
    // One request for all of them: the console counts every second.
    const found = queues.length > 0 ? await this.ask("") : {};
    if (found && !Array.isArray(found)) return queues.map(({ arn }) => (found as Record<string, number>)[arn]);
    return Promise.all(
      queues.map((queue) =>
        this.open(queue)
          .count()
          .catch(() => undefined),
      ),
    );
  }

  /** Reads messages, the oldest first. */
  async messages(queue: QueueResource, limit: number): Promise<QueueMessage[]> {
    const letters = await this.inTurn(queue, async (client) => {
      const messages = await this.look(queue, limit);
      return messages ? readDeadLetters(messages) : client.list(limit);
    });
    return letters.map(({ body, ...letter }) => ({
      id: letter.id,
      sentAt: letter.sentAt,
      body,
      letter: letter.event === undefined ? undefined : letter,
    }));
  }

  /** Sends a message, and resolves to its id. To a FIFO queue, it goes as a group of its own. */
  async send({ url, name }: QueueResource, MessageBody: string, group: string = crypto.randomUUID()): Promise<string> {
    const fifo = name.endsWith(".fifo")
      ? { MessageGroupId: group, MessageDeduplicationId: crypto.randomUUID() }
      : undefined;
    const { MessageId = "" } = await this.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody, ...fifo }));
    return MessageId;
  }

  /** Gives a message to `give`, and then deletes it. Resolves to undefined if there is no such message. */
  putBack<T>(
    queue: QueueResource,
    id: string,
    give: (letter: DeadLetter, message: Message) => Promise<T>,
  ): Promise<T | undefined> {
    return this.inTurn(queue, (client) => client.putBackOne(id, give));
  }

  /** Sends a dead message back to the queue that it comes from. Throws a UserError if that is unknown. */
  async sendBack(queue: QueueResource, message: Message, queues: readonly QueueResource[]): Promise<void> {
    const { DeadLetterQueueSourceArn: sourceArn, MessageGroupId } = message.Attributes ?? {};
    const sources = queues.filter(({ arn, deadLetterArn }) =>
      sourceArn ? arn === sourceArn : deadLetterArn === queue.arn,
    );
    const [source] = sources;
    if (!source || sources.length > 1) {
      throw new UserError(`${queue.name} does not tell which queue the message comes from; send it by hand.`);
    }
    await this.send(source, message.Body ?? "", MessageGroupId);
  }

  /** Deletes all messages. Returns how many there were. */
  purge(queue: QueueResource): Promise<number> {
    return this.inTurn(queue, async (client) => {
      const count = await client.count();
      await client.purge();
      return count;
    });
  }

  /** Reads messages without receiving them. Resolves to undefined if the emulator is another one. */
  private async look({ arn }: QueueResource, limit: number): Promise<Message[] | undefined> {
    const found = await this.ask(`?queue=${encodeURIComponent(arn)}&limit=${limit}`);
    return Array.isArray(found) ? found : undefined;
  }

  /** Asks the emulator for more than SQS tells. Resolves to undefined if the emulator is another one. */
  private async ask(query: string): Promise<object | undefined> {
    const endpoint = await findEndpoint(this.sqs);
    if (!endpoint) return undefined;
    const answer = await fetch(`${endpoint}/_emulator/messages${query}`).catch(() => undefined);
    const found = answer?.ok ? parseJson(await answer.text()) : undefined;
    return typeof found === "object" && found !== null ? found : undefined;
  }

  /** Runs one task on a queue after the other, because SQS hides a received message from other readers. */
  private inTurn<T>(queue: QueueResource, work: (client: DeadLetterClient) => Promise<T>): Promise<T> {
    const done = (this.last.get(queue.url) ?? Promise.resolve()).then(() => work(this.open(queue)));
    this.last.set(
      queue.url,
      done.catch(() => {}),
    );
    return done;
  }

  private open({ url }: QueueResource): DeadLetterClient {
    const client = this.clients.get(url) ?? new DeadLetterClient(this.sqs, url, 0);
    this.clients.set(url, client);
    return client;
  }
}
