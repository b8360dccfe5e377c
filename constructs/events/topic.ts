import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { type Grantee, grant } from "../access/grant";
import { invokePermission } from "../access/invoke-permission";
import { idOf } from "../address";
import { nameOf } from "../environment";
import type { PythonFunction } from "../function/python-function";

export interface TopicProps {
  /**
   * Topic name, unique in the account and Region.
   * @default - the construct's path
   */
  readonly topicName?: string;
}

export interface SubscribeProps {
  /**
   * The messages that the function gets, by their attributes: SNS's filter policy.
   * @default - all messages
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
   */
  readonly filter?: object;
}

/**
 * An SNS topic, encrypted with the AWS-managed key. Functions and roles of the account can publish to it; other AWS
 * services cannot, because they may not use that key.
 *
 * @example
 * const orders = new Topic(this, "orders");
 * orders.subscribe(mailer);
 */
export class Topic extends Construct {
  readonly topic: SnsTopic;

  constructor(scope: Construct, id: string, { topicName }: TopicProps = {}) {
    super(scope, id);
    this.topic = new SnsTopic(this, "topic", { name: topicName ?? nameOf(this), kmsMasterKeyId: "alias/aws/sns" });
  }

  /**
   * Invokes a function with each message. The function's dead-letter queue gets the messages that SNS cannot deliver.
   *
   * @example
   * const orders = new Topic(this, "orders");
   * orders.subscribe(mailer, { filter: { kind: ["paid"] } });
   */
  subscribe(fn: PythonFunction, { filter }: SubscribeProps = {}): void {
    const { required, lifecycle } = invokePermission(this, `permission-${idOf(fn)}`, {
      fn,
      service: "sns.amazonaws.com",
      sourceArn: this.topic.arn,
    });
    fn.deadLetterQueue.allowSendFrom(this.topic);
    new SnsTopicSubscription(this, `subscription-${idOf(fn)}`, {
      topicArn: this.topic.arn,
      protocol: "lambda",
      endpoint: fn.invoked.arn,
      filterPolicy: filter && Fn.jsonencode(filter),
      redrivePolicy: Fn.jsonencode({ deadLetterTargetArn: fn.deadLetterQueue.queue.arn }),
      dependsOn: [required],
      // SNS takes no other endpoint for a subscription.
      lifecycle,
    });
  }

  /**
   * Lets a function or a role publish messages.
   *
   * @example
   * const orders = new Topic(this, "orders");
   * orders.grantPublish(processor);
   */
  grantPublish(grantee: Grantee): IamRolePolicy {
    return grant(this, "publish", grantee, { actions: ["sns:Publish"], resources: [this.topic.arn] });
  }
}
