import type { SQSClient } from "@aws-sdk/client-sqs";
import type { DeadLetter } from "../dead-letters/dead-letter";
import { DeadLetterClient } from "../dead-letters/dead-letter-client";

/** The deployed system's queue for failed events, and the queues that its parts name. */
export class DeadLetters {
  private readonly queues = new Map<string, Promise<DeadLetterClient>>();
  private last: Promise<unknown> = Promise.resolve();

  /** @param queueArn the function's queue; without one, there are no dead letters */
  constructor(
    private readonly sqs: SQSClient,
    private readonly queueArn: string | undefined,
  ) {}

  async send(queueArn: string, message: string): Promise<void> {
    await (await this.open(queueArn)).send(message);
  }

  count(): Promise<number> {
    return this.inTurn((queue) => queue.count(), 0);
  }

  /** Reads messages, the oldest first. */
  list(limit: number): Promise<DeadLetter[]> {
    return this.inTurn((queue) => queue.list(limit), []);
  }

  /** Gives an event to `give`, and then deletes its message. Returns undefined if there is no such message. */
  putBack<T>(id: string, give: (event: string) => Promise<T>): Promise<T | undefined> {
    return this.inTurn((queue) => queue.putBackOne(id, give), undefined);
  }

  /** Deletes all messages. Returns how many there were. */
  purge(): Promise<number> {
    return this.inTurn(async (queue) => {
      const count = await queue.count();
      await queue.purge();
      return count;
    }, 0);
  }

  /** Runs one task after the other, because SQS hides a received message from other readers. */
  private inTurn<T>(work: (queue: DeadLetterClient) => Promise<T>, otherwise: T): Promise<T> {
    const { queueArn } = this;
    if (!queueArn) return Promise.resolve(otherwise);
    const done = this.last.then(async () => work(await this.open(queueArn)));
    this.last = done.catch(() => {});
    return done;
  }

  private open(queueArn: string): Promise<DeadLetterClient> {
    const known = this.queues.get(queueArn);
    if (known) return known;
    const opened = DeadLetterClient.open(this.sqs, queueArn, 0);
    this.queues.set(queueArn, opened);
    opened.catch(() => this.queues.delete(queueArn));
    return opened;
  }
}
