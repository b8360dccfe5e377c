import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { Construct } from "constructs";
import { type Grantee, grant } from "../access/grant";
import { nameOf } from "../environment";

/** SQS's maximum, 14 days. */
const MAX_RETENTION_SECONDS = 1_209_600;

export interface DeadLetterQueueProps {
  /**
   * Queue name, unique in the account and Region.
   * @default - the construct's path, and `.fifo` for a FIFO queue
   */
  readonly queueName?: string;
  /**
   * Whether it keeps the messages of a FIFO queue.
   * @default false
   */
  readonly fifo?: boolean;
}

/** A resource with events that AWS may be unable to deliver. */
type Source = CloudwatchEventRule | SnsTopic;

/** The encrypted queue for events that could not be delivered or processed. It keeps them for 14 days. */
export class DeadLetterQueue extends Construct {
  readonly queue: SqsQueue;
  private readonly sources = new Set<Source>();
  private policyDocument?: DataAwsIamPolicyDocument;

  constructor(scope: Construct, id: string, { queueName, fifo }: DeadLetterQueueProps = {}) {
    super(scope, id);
    this.queue = new SqsQueue(this, "queue", {
      name: queueName ?? `${nameOf(this)}${fifo ? ".fifo" : ""}`,
      fifoQueue: fifo || undefined,
      messageRetentionSeconds: MAX_RETENTION_SECONDS,
      sqsManagedSseEnabled: true,
    });
  }

  /**
   * Lets a function or a role send messages to this queue.
   *
   * @example
   * const failures = new DeadLetterQueue(this, "failures");
   * failures.grantSend(orders);
   */
  grantSend(grantee: Grantee): IamRolePolicy {
    return grant(this, "send", grantee, { actions: ["sqs:SendMessage"], resources: [this.queue.arn] });
  }

  /**
   * Lets EventBridge or SNS send the undeliverable events of a rule or a topic to this queue.
   *
   * @example
   * const failures = new DeadLetterQueue(this, "failures");
   * failures.allowSendFrom(rule);
   */
  allowSendFrom(source: Source): void {
    this.sources.add(source);
    const sources = [...this.sources];
    const rules = sources.filter((each) => each instanceof CloudwatchEventRule);
    const topics = sources.filter((each) => each instanceof SnsTopic);
    const statement = [
      ...this.allow("AllowUndeliveredEvents", "events.amazonaws.com", rules),
      ...this.allow("AllowUndeliveredMessages", "sns.amazonaws.com", topics),
    ];
    if (this.policyDocument) {
      this.policyDocument.putStatement(statement);
      return;
    }
    // A queue has one policy.
    this.policyDocument = new DataAwsIamPolicyDocument(this, "policy-document", { statement });
    new SqsQueuePolicy(this, "policy", { queueUrl: this.queue.url, policy: this.policyDocument.json });
  }

  private allow(sid: string, service: string, sources: readonly Source[]) {
    if (sources.length === 0) return [];
    const values = sources.map(({ arn }) => arn);
    return [
      {
        sid,
        principals: [{ type: "Service", identifiers: [service] }],
        actions: ["sqs:SendMessage"],
        resources: [this.queue.arn],
        condition: [{ test: "ArnEquals", variable: "aws:SourceArn", values }],
      },
    ];
  }
}
