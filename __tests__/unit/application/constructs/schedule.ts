import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { DeadLetterQueue } from "../../../../constructs/dead-letter-queue";
import { Schedule, type ScheduleProps } from "../../../../constructs/schedule";
import { synthesize } from "../synthesize";

const RULE_ARN = expect.stringMatching(/aws_cloudwatch_event_rule\..*\.arn/);
const QUEUE_ARN = expect.stringMatching(/aws_sqs_queue\..*\.arn/);

const schedule = (props: Partial<ScheduleProps> = {}) =>
  synthesize((stack) => {
    new Schedule(stack, "schedule", {
      ruleName: "daily",
      expression: "cron(0 6 * * ? *)",
      target: new LambdaFunction(stack, "target", { functionName: "target", role: "role" }),
      deadLetterQueue: new DeadLetterQueue(stack, "queue", { queueName: "dead-letters" }),
      ...props,
    });
  });
const synthesized = schedule();

test("the rule fires when it is told to", () => {
  expect(synthesized).toHaveResourceWithProperties(CloudwatchEventRule, {
    name: "daily",
    schedule_expression: "cron(0 6 * * ? *)",
    state: "ENABLED",
  });
});

test("a paused rule differs in nothing but its state", () => {
  const paused = schedule({ enabled: false });
  expect(paused).not.toBe(synthesized);
  expect(paused).toBe(synthesized.replace('"state": "ENABLED"', '"state": "DISABLED"'));
});

test("the rule may invoke the function, and nothing else may", () => {
  const { resource } = JSON.parse(synthesized);
  const permissions = Object.values<Record<string, string>>(resource.aws_lambda_permission);
  expect(permissions).toEqual([
    expect.objectContaining({
      action: "lambda:InvokeFunction",
      function_name: "${aws_lambda_function.target.function_name}",
      principal: "events.amazonaws.com",
      source_arn: RULE_ARN,
    }),
  ]);
});

test("the target has an id that recovery knows", () => {
  expect(synthesized).toHaveResourceWithProperties(CloudwatchEventTarget, {
    target_id: "${aws_lambda_function.target.function_name}",
  });
});

test("an event that cannot be delivered is retried for hours, then kept", () => {
  expect(synthesized).toHaveResourceWithProperties(CloudwatchEventTarget, {
    arn: "${aws_lambda_function.target.arn}",
    retry_policy: { maximum_event_age_in_seconds: 6 * 60 * 60, maximum_retry_attempts: 185 },
    dead_letter_config: { arn: QUEUE_ARN },
  });
});

test("the queue takes events from that rule only", () => {
  expect(synthesized).toHaveResource(SqsQueuePolicy);
  expect(synthesized).toHaveDataSourceWithProperties(DataAwsIamPolicyDocument, {
    statement: [
      {
        sid: "AllowUndeliveredEvents",
        principals: [{ type: "Service", identifiers: ["events.amazonaws.com"] }],
        actions: ["sqs:SendMessage"],
        resources: [QUEUE_ARN],
        condition: [{ test: "ArnEquals", variable: "aws:SourceArn", values: [RULE_ARN] }],
      },
    ],
  });
});

test("the queue is encrypted and keeps messages for 14 days", () => {
  expect(synthesized).toHaveResourceWithProperties(SqsQueue, {
    name: "dead-letters",
    sqs_managed_sse_enabled: true,
    message_retention_seconds: 14 * 24 * 60 * 60,
  });
});
