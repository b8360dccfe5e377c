import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";

/** SQS's maximum for a request. */
export const MAX_MESSAGES = 10;

const SETTINGS_AGE_MS = 5000;

export interface Redrive {
  readonly visibilitySeconds: number;
  /** Infinity without a dead-letter queue. */
  readonly maxReceiveCount: number;
  readonly deadLetterQueueArn?: string;
}

/** The calls with which a poller reads a queue. */
export class QueueClient {
  private url: Promise<string> | undefined;
  private known: { readonly time: number; readonly redrive: Promise<Redrive> } | undefined;

  constructor(
    private readonly sqs: SQSClient,
    private readonly arn: string,
  ) {}

  /** Receives visible messages, without waiting for some. */
  async receive(count: number): Promise<Message[]> {
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: await this.findUrl(),
        MaxNumberOfMessages: count,
        WaitTimeSeconds: 0,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["All"],
      }),
    );
    return Messages;
  }

  async delete(messages: readonly Message[]): Promise<void> {
    const QueueUrl = await this.findUrl();
    for (const Entries of pagesOf(messages)) {
      const { Failed = [] } = await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      if (Failed.length > 0) throw new Error(`SQS has not deleted messages: ${Failed[0]?.Message}`);
    }
  }

  /** Makes received messages visible after this time. */
  async release(messages: readonly Message[], seconds: number): Promise<void> {
    const QueueUrl = await this.findUrl();
    for (const page of pagesOf(messages)) {
      const Entries = page.map((entry) => ({ ...entry, VisibilityTimeout: seconds }));
      await this.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    }
  }

  /** The queue's settings, at most some seconds old. */
  redrive(): Promise<Redrive> {
    if (!this.known || Date.now() - this.known.time > SETTINGS_AGE_MS) {
      this.known = { time: Date.now(), redrive: this.readRedrive() };
      this.known.redrive.catch(() => {
        this.known = undefined;
      });
    }
    return this.known.redrive;
  }

  private async readRedrive(): Promise<Redrive> {
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: await this.findUrl(),
        AttributeNames: ["VisibilityTimeout", "RedrivePolicy"],
      }),
    );
    const policy = JSON.parse(Attributes.RedrivePolicy || "{}");
    return {
      visibilitySeconds: Number(Attributes.VisibilityTimeout ?? 30),
      maxReceiveCount: Number(policy.maxReceiveCount ?? Infinity),
      deadLetterQueueArn: policy.deadLetterTargetArn,
    };
  }

  private findUrl(): Promise<string> {
    const [QueueName = "", QueueOwnerAWSAccountId] = this.arn.split(":").reverse();
    this.url ??= this.sqs
      .send(new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId }))
      .then(({ QueueUrl = "" }) => QueueUrl);
    this.url.catch(() => {
      this.url = undefined;
    });
    return this.url;
  }
}

function* pagesOf(messages: readonly Message[]) {
  for (let start = 0; start < messages.length; start += MAX_MESSAGES) {
    const page = messages.slice(start, start + MAX_MESSAGES);
    yield page.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  }
}
