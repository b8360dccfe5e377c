import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";

/** How long a deleted key can still be brought back, in days (7 to 30). */
const KEY_DELETION_WINDOW_DAYS = 30;

export interface AlarmTopicProps {
  /** Topic name, unique in the account and Region. */
  readonly topicName: string;
  /** The account whose alarms may publish. */
  readonly accountId: string;
  /**
   * The address that is told of every alarm, after it confirms the subscription.
   * @default - nobody is subscribed
   */
  readonly email?: string;
}

/**
 * The encrypted SNS topic that CloudWatch alarms publish to.
 *
 * It has a key of its own: CloudWatch may not use the AWS-managed key of SNS, so that alarms would be lost without a word.
 *
 * @see https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
 */
export class AlarmTopic extends Construct {
  readonly topic: SnsTopic;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    const alarmsOfThisAccount = { test: "StringEquals", variable: "aws:SourceAccount", values: [props.accountId] };
    const cloudwatch = { type: "Service", identifiers: ["cloudwatch.amazonaws.com"] };

    const key = new KmsKey(this, "key", {
      description: `Encrypts the messages of ${props.topicName}`,
      enableKeyRotation: true,
      deletionWindowInDays: KEY_DELETION_WINDOW_DAYS,
      policy: new DataAwsIamPolicyDocument(this, "key-policy", {
        statement: [
          {
            // Without this nobody could ever change the key again; in a key's policy `*` means that key.
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
        ],
      }).json,
    });
    new KmsAlias(this, "key-alias", { name: `alias/${props.topicName}`, targetKeyId: key.keyId });

    this.topic = new SnsTopic(this, "topic", { name: props.topicName, kmsMasterKeyId: key.arn });
    new SnsTopicPolicy(this, "topic-policy", {
      arn: this.topic.arn,
      policy: new DataAwsIamPolicyDocument(this, "topic-policy-document", {
        statement: [
          {
            sid: "LetAlarmsPublish",
            principals: [cloudwatch],
            actions: ["sns:Publish"],
            resources: [this.topic.arn],
            condition: [alarmsOfThisAccount],
          },
        ],
      }).json,
    });
    if (props.email) {
      new SnsTopicSubscription(this, "email", {
        topicArn: this.topic.arn,
        protocol: "email",
        endpoint: props.email,
      });
    }
  }
}
