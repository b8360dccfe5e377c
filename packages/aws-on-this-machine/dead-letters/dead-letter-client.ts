import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { printable } from "@local/command-line/printable";
import { beforeShutdown } from "@local/command-line/process/shutdown";
import { UserError } from "@local/command-line/user-error";
import { type DeadLetter, readDeadLetter, readDeadLetters, type WholeDeadLetter } from "./dead-letter";

/** SQS's maximum for a request. */
const PAGE = 10;

/**
 * The maximum time, in seconds, for which SQS hides received messages from other readers. A page must be put back within it.
 * In the end, the client releases all messages that are still in the queue.
 */
const HIDDEN_SECONDS = 120;

interface Received {
  readonly message: Message;
  readonly letter: DeadLetter;
  /** SQS's receipt handle, which a deletion requires. */
  readonly receipt: string | undefined;
  isDeleted: boolean;
}

/** The queue of events that the function or EventBridge gave up on. */
export class DeadLetterClient {
  /** @param waitSeconds as for `open` */
  constructor(
    private readonly sqs: SQSClient,
    private readonly url: string,
    private readonly waitSeconds: number,
  ) {}

  /**
   * Throws a UserError if there is no such queue.
   *
   * @param queue its name or its ARN
   * @param waitSeconds how long SQS looks for messages. Without waiting, SQS asks only some of its servers, and an empty
   * answer would not mean an empty queue; an emulator has only one.
   */
  static async open(sqs: SQSClient, queue: string, waitSeconds = 1): Promise<DeadLetterClient> {
    const [QueueName = "", QueueOwnerAWSAccountId] = queue.split(":").reverse();
    const { QueueUrl = "" } = await sqs
      .send(new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId }))
      .catch((error: Error) => {
        if (!/NonExistentQueue|QueueDoesNotExist/.test(error.name)) throw error;
        throw new UserError(
          `There is no queue ${QueueName}; is this environment deployed, and to this account and Region?`,
        );
      });
    return new DeadLetterClient(sqs, QueueUrl, waitSeconds);
  }

  /** The number of messages in the queue, which SQS knows only approximately. */
  async count(): Promise<number> {
    const { Attributes } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.url, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }

  async purge(): Promise<void> {
    await this.sqs.send(new PurgeQueueCommand({ QueueUrl: this.url }));
  }

  /** Reads messages, the oldest first. They stay in the queue. */
  async list(limit: number): Promise<WholeDeadLetter[]> {
    const messages: Message[] = [];
    for await (const { message } of this.receive(limit)) messages.push(message);
    return readDeadLetters(messages);
  }

  /**
   * Puts messages back, and deletes each as soon as it is accepted. Returns how many were put back, and how many stay:
   * those that `give` does not take, and those that came since it began. Throws a UserError at the first message that is
   * not accepted.
   *
   * @param give resolves as soon as a message is accepted, to `false` if it cannot be put back
   */
  async putBack(
    give: (letter: DeadLetter, message: Message) => Promise<unknown>,
    limit: number,
  ): Promise<{ readonly accepted: number; readonly left: number; readonly newer: number }> {
    // An event that fails again returns after three minutes, and stays for the next run.
    const started = Date.now();
    const counts = { accepted: 0, left: 0, newer: 0 };
    for await (const received of this.receive(limit)) {
      const { sentAt, what } = received.letter;
      if (sentAt > started) {
        counts.newer += 1;
        continue;
      }
      try {
        if ((await give(received.letter, received.message)) === false) {
          counts.left += 1;
          continue;
        }
      } catch (error) {
        const { name, message } = error as Error;
        throw new UserError(
          `${printable(what)} is not accepted: ${name}: ${message}. ${counts.accepted} messages were put back before it; all others are still in the queue.`,
        );
      }
      await this.delete(received);
      counts.accepted += 1;
    }
    return counts;
  }

  /**
   * Puts one message back. Returns the result of `give`; undefined if there is no such message.
   *
   * @param id SQS's id of the message
   */
  async putBackOne<T>(id: string, give: (letter: DeadLetter, message: Message) => Promise<T>): Promise<T | undefined> {
    for await (const received of this.receive(Number.POSITIVE_INFINITY)) {
      const { letter, message } = received;
      if (letter.id !== id) continue;
      const given = await give(letter, message);
      await this.delete(received);
      return given;
    }
    return undefined;
  }

  private async delete(received: Received): Promise<void> {
    await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle: received.receipt }));
    received.isDeleted = true;
  }

  /** Receives each message once, up to a limit. At the end, releases those that are not deleted. */
  private async *receive(limit: number): AsyncGenerator<Received> {
    const received = new Map<string, Received>();
    const release = () => this.release([...received.values()]);
    const unregister = beforeShutdown(release);
    try {
      while (received.size < limit) {
        const messages = await this.receivePage(limit - received.size);
        const page = messages
          .filter(({ MessageId = "" }) => !received.has(MessageId))
          .map(
            (message): Received => ({
              message,
              letter: readDeadLetter(message),
              receipt: message.ReceiptHandle,
              isDeleted: false,
            }),
          );
        if (page.length === 0) return;
        for (const each of page) received.set(each.letter.id, each);
        yield* page;
      }
    } finally {
      unregister();
      await release();
    }
  }

  private async receivePage(limit: number): Promise<Message[]> {
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: Math.min(PAGE, limit),
        VisibilityTimeout: HIDDEN_SECONDS,
        WaitTimeSeconds: this.waitSeconds,
        MessageSystemAttributeNames: ["SentTimestamp", "MessageGroupId", "DeadLetterQueueSourceArn"],
        MessageAttributeNames: ["All"],
      }),
    );
    return Messages;
  }

  private async release(received: readonly Received[]): Promise<void> {
    const left = received.filter(({ isDeleted }) => !isDeleted);
    for (let start = 0; start < left.length; start += PAGE) {
      const Entries = left
        .slice(start, start + PAGE)
        .map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt, VisibilityTimeout: 0 }));
      await this.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.url, Entries }));
    }
  }
}
