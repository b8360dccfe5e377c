import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { Queue, type QueueProps } from "../../../../../constructs/events/queue";
import { aFunction, resourcesOf, statementsIn, synthesize } from "../../synthesize";

const queue = (props: QueueProps = {}) => synthesize((stack) => void new Queue(stack, "emails", props));

test("a queue is encrypted, and gives up a message after three receives", () => {
  expect(queue()).toHaveResourceWithProperties(SqsQueue, {
    name: "emails-test",
    visibility_timeout_seconds: 180,
    message_retention_seconds: 4 * 24 * 60 * 60,
    sqs_managed_sse_enabled: true,
    redrive_policy: expect.stringMatching(
      /^\$\{jsonencode\(\{"deadLetterTargetArn" = aws_sqs_queue\.emails_dead-letters_\w+\.arn, "maxReceiveCount" = 3\}\)\}$/,
    ),
  });
  expect(queue()).toHaveResourceWithProperties(SqsQueue, { name: "emails-dead-letters-test" });
});

test("a FIFO queue and its dead-letter queue have names that SQS takes", () => {
  const queues = resourcesOf(queue({ fifo: true }), "aws_sqs_queue");
  expect(queues.map(({ name, fifo_queue }) => [name, fifo_queue])).toEqual([
    ["emails-dead-letters-test.fifo", true],
    ["emails-test.fifo", true],
  ]);
});

test("each grant allows its own actions, for any number of functions", () => {
  const json = synthesize((stack) => {
    const emails = new Queue(stack, "emails");
    const [sender, other, consumer] = [aFunction(stack, "a"), aFunction(stack, "b"), aFunction(stack, "c")];
    for (const fn of [sender, other]) emails.grantSend(fn);
    emails.grantConsume(consumer);
  });
  const grants = resourcesOf(json, "aws_iam_role_policy")
    .filter(({ name }) => name.endsWith("-emails"))
    .map(({ name, role, policy }) => [
      name,
      role.replace(/^.*role\.(.).*$/, "$1"),
      statementsIn(json, policy)[0].actions,
    ]);
  expect(grants.sort()).toEqual([
    ["consume-emails", "c", ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]],
    ["send-emails", "a", ["sqs:SendMessage"]],
    ["send-emails", "b", ["sqs:SendMessage"]],
  ]);
});

test.each<[QueueProps, string]>([
  [{ visibilityTimeoutSeconds: 43_201 }, "emails: visibilityTimeoutSeconds (s): 43201 is not allowed"],
  [{ retentionSeconds: 59 }, "emails: retentionSeconds (s): 59 is not allowed; use a whole number from 60 to 1209600"],
  [{ maxReceiveCount: 0 }, "emails: maxReceiveCount (receives): 0 is not allowed"],
])("SQS's limits: %j", (props, message) => {
  expect(() => queue(props)).toThrow(message);
});
