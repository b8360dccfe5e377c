import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { Topic } from "../../../../../constructs/events/topic";
import { aFunction, resourcesOf, statementsIn, synthesize } from "../../synthesize";

const json = synthesize((stack) => {
  const [mailer, auditor] = [aFunction(stack, "mailer"), aFunction(stack, "auditor")];
  for (const id of ["orders", "returns"]) {
    const topic = new Topic(stack, id);
    topic.subscribe(mailer, { filter: { kind: ["paid"] } });
    topic.subscribe(auditor);
    topic.grantPublish(mailer);
  }
});

test("a topic is encrypted with a key that functions may use", () => {
  expect(json).toHaveResourceWithProperties(SnsTopic, { name: "orders-test", kms_master_key_id: "alias/aws/sns" });
});

test("each function gets the messages of each topic, if the filter lets them pass", () => {
  const subscriptions = resourcesOf(json, "aws_sns_topic_subscription").map(
    ({ topic_arn, endpoint, filter_policy }) => [
      topic_arn.replace(/^.*topic\.([a-z]+).*$/, "$1"),
      endpoint.replace(/^.*function\.([a-z]+).*$/, "$1"),
      filter_policy,
    ],
  );
  expect(subscriptions.sort()).toEqual([
    ["orders", "auditor", undefined],
    ["orders", "mailer", '${jsonencode({"kind" = ["paid"]})}'],
    ["returns", "auditor", undefined],
    ["returns", "mailer", '${jsonencode({"kind" = ["paid"]})}'],
  ]);
});

test("each topic may invoke its functions, and nothing else may", () => {
  const permissions = resourcesOf(json, "aws_lambda_permission");
  expect(permissions.map(({ statement_id }) => statement_id).sort()).toEqual([
    "orders-permission-auditor",
    "orders-permission-mailer",
    "returns-permission-auditor",
    "returns-permission-mailer",
  ]);
  for (const { source_arn } of permissions) expect(source_arn).toMatch(/^\$\{aws_sns_topic\.\w+\.arn\}$/);
});

test("a message that cannot be delivered goes to the function's queue, which takes it from both topics", () => {
  const [subscription] = resourcesOf(json, "aws_sns_topic_subscription");
  expect(subscription.redrive_policy).toMatch(/"deadLetterTargetArn" = aws_sqs_queue\.(auditor|mailer)_dead-letters_/);
  const policies = resourcesOf(json, "aws_sqs_queue_policy");
  expect(policies).toHaveLength(2);
  for (const { policy } of policies) {
    expect(statementsIn(json, policy)).toEqual([
      expect.objectContaining({
        sid: "AllowUndeliveredMessages",
        principals: [{ type: "Service", identifiers: ["sns.amazonaws.com"] }],
        condition: [{ test: "ArnEquals", variable: "aws:SourceArn", values: [expect.anything(), expect.anything()] }],
      }),
    ]);
  }
});

test("a function may publish to the topic that it was granted", () => {
  const publishing = resourcesOf(json, "aws_iam_role_policy").filter(({ name }) => name.startsWith("publish-"));
  expect(publishing.map(({ name }) => name)).toEqual(["publish-orders", "publish-returns"]);
  expect(statementsIn(json, publishing[0].policy)).toEqual([
    { actions: ["sns:Publish"], resources: [expect.stringMatching(/^\$\{aws_sns_topic\.orders_\w+\.arn\}$/)] },
  ]);
});
