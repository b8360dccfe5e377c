import { InvokeCommand } from "@aws-sdk/client-lambda";
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import { beforeShutdown } from "../../cli/shutdown";
import { UserError } from "../../cli/user-error";
import type { Aws } from "../../terraform/aws";
import { type DeadLetter, readDeadLetter } from "./dead-letter";

/** SQS's maximum for a request. */
const PAGE = 10;

/**
 * How long SQS hides what was received from everybody else, at most: a page must be put back in this time. All that is
 * still in the queue at the end is released.
 */
const HIDDEN_SECONDS = 120;

/** A received message, with what SQS needs to delete it. */
type Received = DeadLetter & { readonly message: Message };

/** The queue of events that the function or EventBridge gave up on. */
export class DeadLetterQueue {
  private constructor(
    private readonly aws: Aws,
    private readonly url: string,
  ) {}

  /** Throws a UserError if there is no such queue. */
  static async open(aws: Aws, name: string): Promise<DeadLetterQueue> {
    const { QueueUrl = "" } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: name })).catch((error: Error) => {
      if (!/NonExistentQueue|QueueDoesNotExist/.test(error.name)) throw error;
      throw new UserError(`There is no queue ${name}; is this environment deployed, and to this account and Region?`);
    });
    return new DeadLetterQueue(aws, QueueUrl);
  }

  /** The number of messages in the queue, which SQS knows only approximately. */
  async count(): Promise<number> {
    const { Attributes } = await this.aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.url, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }

  /** Reads messages, the oldest first. They stay in the queue. */
  async list(limit: number): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    await this.receive(limit, async ({ message: _, ...letter }) => {
      letters.push(letter);
      return false;
    });
    return letters.sort((one, other) => one.sentAt - other.sentAt);
  }

  /**
   * Invokes the function asynchronously with each event, and deletes a message as soon as Lambda has accepted its event.
   * Returns how many events were put back, and how many messages are no events and stay. Throws a UserError at the
   * first event that Lambda does not accept.
   */
  async putBack(functionName: string, limit: number): Promise<{ accepted: number; left: number }> {
    // What fails again comes back after three minutes: it waits for the next run.
    const started = Date.now();
    const counts = { accepted: 0, left: 0 };
    await this.receive(limit, async ({ event, sentAt, what, message: { ReceiptHandle } }) => {
      if (event === undefined) counts.left += 1;
      if (event === undefined || sentAt > started) return false;
      try {
        await this.aws.lambda.send(
          new InvokeCommand({ FunctionName: functionName, InvocationType: "Event", Payload: Buffer.from(event) }),
        );
      } catch (error) {
        const { name, message } = error as Error;
        throw new UserError(
          `Lambda does not accept ${what}: ${name}: ${message}. ${counts.accepted} events were put back before it; all others are still in the queue.`,
        );
      }
      await this.aws.sqs.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle }));
      counts.accepted += 1;
      return true;
    });
    return counts;
  }

  /**
   * Handles each message once, up to a limit, and releases those that are not deleted.
   *
   * @param handle returns whether it has deleted the message
   */
  private async receive(limit: number, handle: (received: Received) => Promise<boolean>): Promise<void> {
    const held = new Map<string, Message>();
    const seen = new Set<string>();
    const release = () => this.release([...held.values()]);
    const unregister = beforeShutdown(release);
    try {
      while (seen.size < limit) {
        const page = (await this.receivePage(limit - seen.size)).filter(({ MessageId = "" }) => !seen.has(MessageId));
        if (page.length === 0) return;
        for (const message of page) {
          seen.add(message.MessageId ?? "");
          held.set(message.MessageId ?? "", message);
        }
        for (const message of page) {
          if (await handle({ ...readDeadLetter(message), message })) held.delete(message.MessageId ?? "");
        }
      }
    } finally {
      unregister();
      await release();
    }
  }

  private async receivePage(limit: number): Promise<Message[]> {
    const { Messages = [] } = await this.aws.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: Math.min(PAGE, limit),
        VisibilityTimeout: HIDDEN_SECONDS,
        // Without waiting, SQS asks only some of its servers, and an empty answer would not mean an empty queue.
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ["SentTimestamp"],
        MessageAttributeNames: ["All"],
      }),
    );
    return Messages;
  }

  private async release(messages: readonly Message[]): Promise<void> {
    for (let start = 0; start < messages.length; start += PAGE) {
      const Entries = messages
        .slice(start, start + PAGE)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
      await this.aws.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.url, Entries }));
    }
  }
}
