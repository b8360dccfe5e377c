import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { type Grantee, grant } from "../access/grant";
import { requireWithin } from "../construct-error";
import { nameOf } from "../environment";
import { DeadLetterQueue } from "./dead-letter-queue";

export interface QueueProps {
  /**
   * Queue name, unique in the account and Region. A FIFO queue's ends in `.fifo`.
   * @default - the construct's path
   */
  readonly queueName?: string;
  /**
   * Whether the messages of a group keep their order, each delivered once. Messages with the same body within five
   * minutes are one.
   * @default false
   */
  readonly fifo?: boolean;
  /**
   * How long a received message stays hidden, in seconds (0 to 43200): at least six times the timeout of a function that
   * consumes the queue.
   * @default 180
   */
  readonly visibilityTimeoutSeconds?: number;
  /**
   * How long the queue keeps a message, in seconds (60 to 1209600).
   * @default 345600, four days
   */
  readonly retentionSeconds?: number;
  /**
   * How often a message is received before it goes to the dead-letter queue (1 to 1000).
   * @default 3
   */
  readonly maxReceiveCount?: number;
}

/**
 * An encrypted SQS queue with its dead-letter queue.
 *
 * @example
 * const emails = new Queue(this, "emails");
 * mailer.consume(emails, { batchSize: 5 });
 */
export class Queue extends Construct {
  readonly queue: SqsQueue;
  readonly deadLetterQueue: DeadLetterQueue;
  readonly fifo: boolean;
  readonly visibilityTimeoutSeconds: number;

  constructor(scope: Construct, id: string, props: QueueProps = {}) {
    super(scope, id);
    const { visibilityTimeoutSeconds = 180, retentionSeconds = 345_600, maxReceiveCount = 3, fifo = false } = props;
    requireWithin(this, "visibilityTimeoutSeconds (s)", visibilityTimeoutSeconds, 0, 43_200);
    requireWithin(this, "retentionSeconds (s)", retentionSeconds, 60, 1_209_600);
    requireWithin(this, "maxReceiveCount (receives)", maxReceiveCount, 1, 1000);
    this.fifo = fifo;
    this.visibilityTimeoutSeconds = visibilityTimeoutSeconds;
    // A FIFO queue takes only a FIFO queue.
    this.deadLetterQueue = new DeadLetterQueue(this, "dead-letters", { fifo });
    this.queue = new SqsQueue(this, "queue", {
      name: props.queueName ?? `${nameOf(this)}${fifo ? ".fifo" : ""}`,
      fifoQueue: fifo || undefined,
      contentBasedDeduplication: fifo || undefined,
      visibilityTimeoutSeconds,
      messageRetentionSeconds: retentionSeconds,
      sqsManagedSseEnabled: true,
      redrivePolicy: Fn.jsonencode({ deadLetterTargetArn: this.deadLetterQueue.queue.arn, maxReceiveCount }),
    });
  }

  /**
   * Lets a function or a role send messages.
   *
   * @example
   * const emails = new Queue(this, "emails");
   * emails.grantSend(processor);
   */
  grantSend(grantee: Grantee): IamRolePolicy {
    return grant(this, "send", grantee, { actions: ["sqs:SendMessage"], resources: [this.queue.arn] });
  }

  /**
   * Lets a function or a role receive and delete messages. `consume` of a function does this, too.
   *
   * @example
   * const emails = new Queue(this, "emails");
   * emails.grantConsume(mailer);
   */
  grantConsume(grantee: Grantee): IamRolePolicy {
    return grant(this, "consume", grantee, {
      actions: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
      resources: [this.queue.arn],
    });
  }
}
