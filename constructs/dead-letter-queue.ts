import type { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { Construct } from "constructs";

/** The longest that SQS keeps a message, in seconds: 14 days. */
const MAX_RETENTION_SECONDS = 1_209_600;

export interface DeadLetterQueueProps {
  /** Queue name, unique in the account and Region. */
  readonly queueName: string;
}

/** The encrypted queue where events end that could not be delivered or processed, kept for 14 days. */
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
    const id = `grant-send-${role.node.id}`;
    const document = new DataAwsIamPolicyDocument(this, `${id}-document`, {
      statement: [{ actions: ["sqs:SendMessage"], resources: [this.queue.arn] }],
    });
    return new IamRolePolicy(this, id, { name: "send-to-dead-letter-queue", role: role.name, policy: document.json });
  }

  /** Lets EventBridge send the events of one rule that it cannot deliver. A queue has one policy: call this once. */
  allowSendFrom(rule: CloudwatchEventRule): void {
    const document = new DataAwsIamPolicyDocument(this, "policy-document", {
      statement: [
        {
          sid: "AllowUndeliveredEvents",
          principals: [{ type: "Service", identifiers: ["events.amazonaws.com"] }],
          actions: ["sqs:SendMessage"],
          resources: [this.queue.arn],
          condition: [{ test: "ArnEquals", variable: "aws:SourceArn", values: [rule.arn] }],
        },
      ],
    });
    new SqsQueuePolicy(this, "policy", { queueUrl: this.queue.url, policy: document.json });
  }
}
