import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import { policyDocument } from "../access/role-policy";
import { plainName } from "../address";

const MAX_ID = 64;

/** How long a deleted key can be restored, in days (7 to 30). */
const KEY_DELETION_WINDOW_DAYS = 30;

export interface AlarmTopicProps {
  /**
   * An existing topic. Its policy must let CloudWatch publish.
   * @default - a topic and its key are created
   */
  readonly topicArn?: string;
  /** Topic name, unique in the account and Region. */
  readonly topicName: string;
  /** Alias of the topic's KMS key, such as `alias/alarms`; unique in the account and Region. */
  readonly topicKeyAlias: string;
  /** The account whose alarms may publish. */
  readonly accountId: string;
  /**
   * The e-mail addresses for notifications. Each must confirm its subscription.
   * @default - no subscription
   */
  readonly emails?: readonly string[];
}

/**
 * The encrypted SNS topic for CloudWatch alarms. It needs its own key: CloudWatch may not use the AWS-managed key of
 * SNS, and notifications would be lost without an error.
 * @see https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
 */
export class AlarmTopic extends Construct {
  readonly topicArn: string;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    this.topicArn = props.topicArn ?? this.createTopic(props);
    for (const [index, endpoint] of (props.emails ?? []).entries()) {
      // The first address has had this id since there was one only.
      const subscriptionId = index === 0 ? "email" : plainName(`email-${endpoint}`, MAX_ID);
      new SnsTopicSubscription(this, subscriptionId, { topicArn: this.topicArn, protocol: "email", endpoint });
    }
  }

  private createTopic(props: AlarmTopicProps): string {
    const alarmsOfThisAccount = { test: "StringEquals", variable: "aws:SourceAccount", values: [props.accountId] };
    const cloudwatch = { type: "Service", identifiers: ["cloudwatch.amazonaws.com"] };

    const key = new KmsKey(this, "key", {
      description: `Encrypts the messages of ${props.topicName}`,
      enableKeyRotation: true,
      deletionWindowInDays: KEY_DELETION_WINDOW_DAYS,
      policy: policyDocument(
        this,
        "key-policy",
        {
          // Without this, the key could never be changed again. In a key's policy, `*` means that key.
          sid: "LetTheAccountManageTheKey",
          principals: [{ type: "AWS", identifiers: [props.accountId] }],
          actions: ["kms:*"],
          resources: ["*"],
        },
        {
          sid: "LetAlarmsUseTheKey",
          principals: [cloudwatch],
          actions: ["kms:Decrypt", "kms:GenerateDataKey"],
          resources: ["*"],
          condition: [alarmsOfThisAccount],
        },
      ),
    });
    new KmsAlias(this, "key-alias", { name: props.topicKeyAlias, targetKeyId: key.keyId });

    const topic = new SnsTopic(this, "topic", { name: props.topicName, kmsMasterKeyId: key.arn });
    new SnsTopicPolicy(this, "topic-policy", {
      arn: topic.arn,
      policy: policyDocument(this, "topic-policy-document", {
        sid: "LetAlarmsPublish",
        principals: [cloudwatch],
        actions: ["sns:Publish"],
        resources: [topic.arn],
        condition: [alarmsOfThisAccount],
      }),
    });
    return topic.arn;
  }
}
