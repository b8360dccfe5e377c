import type { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { Construct } from "constructs";
import { policyDocument, rolePolicy } from "./role-policy";

/** SQS's maximum, 14 days. */
const MAX_RETENTION_SECONDS = 1_209_600;

export interface DeadLetterQueueProps {
  /** Queue name, unique in the account and Region. */
  readonly queueName: string;
}

/** The encrypted queue for events that could not be delivered or processed. It keeps them for 14 days. */
export class DeadLetterQueue extends Construct {
  readonly queue: SqsQueue;

  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id);
    this.queue = new SqsQueue(this, "queue", {
      name: props.queueName,
      messageRetentionSeconds: MAX_RETENTION_SECONDS,
      sqsManagedSseEnabled: true,
    });
  }

  /** Lets a role send messages to this queue. */
  grantSend(role: IamRole): IamRolePolicy {
    return rolePolicy(this, `grant-send-${role.node.id}`, {
      policyName: "send-to-dead-letter-queue",
      role,
      statement: [{ actions: ["sqs:SendMessage"], resources: [this.queue.arn] }],
    });
  }

  /** Lets EventBridge send a rule's undeliverable events to this queue. Call it once: a queue has one policy. */
  allowSendFrom(rule: CloudwatchEventRule): void {
    const policy = policyDocument(this, "policy-document", {
      sid: "AllowUndeliveredEvents",
      principals: [{ type: "Service", identifiers: ["events.amazonaws.com"] }],
      actions: ["sqs:SendMessage"],
      resources: [this.queue.arn],
      condition: [{ test: "ArnEquals", variable: "aws:SourceArn", values: [rule.arn] }],
    });
    new SqsQueuePolicy(this, "policy", { queueUrl: this.queue.url, policy });
  }
}
