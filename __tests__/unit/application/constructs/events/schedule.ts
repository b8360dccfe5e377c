import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { DeadLetterQueue } from "../../../../../constructs/events/dead-letter-queue";
import { Schedule, type ScheduleProps } from "../../../../../constructs/events/schedule";
import { aFunction, resourcesOf, statementsIn, synthesize } from "../../synthesize";

const RULE_ARN = expect.stringMatching(/aws_cloudwatch_event_rule\..*\.arn/);
const QUEUE_ARN = expect.stringMatching(/aws_sqs_queue\..*\.arn/);

const schedule = (props: Partial<ScheduleProps> = {}, ...inputs: (object | undefined)[]) =>
  synthesize((stack) => {
    const target = aFunction(stack, "target", {
      deadLetterQueue: new DeadLetterQueue(stack, "queue", { queueName: "dead-letters" }),
    });
    const daily = new Schedule(stack, "schedule", { ruleName: "daily", expression: "cron(0 6 * * ? *)", ...props });
    for (const input of [undefined, ...inputs]) daily.invoke(target, { input });
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
      function_name: "${aws_lambda_function.target_function_D003EF2B.function_name}",
      principal: "events.amazonaws.com",
      source_arn: RULE_ARN,
    }),
  ]);
});

test("the target has an id that recovery knows", () => {
  expect(synthesized).toHaveResourceWithProperties(CloudwatchEventTarget, {
    target_id: "${aws_lambda_function.target_function_D003EF2B.function_name}",
  });
});

test("an event that cannot be delivered is retried for hours, then kept", () => {
  expect(synthesized).toHaveResourceWithProperties(CloudwatchEventTarget, {
    arn: "${aws_lambda_function.target_function_D003EF2B.arn}",
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

test("schedules with several targets each, and two schedules of one function, have everything apart", () => {
  const several = synthesize((stack) => {
    const deadLetterQueue = new DeadLetterQueue(stack, "failures");
    const [report, cleanUp] = [aFunction(stack, "report", { deadLetterQueue }), aFunction(stack, "clean-up")];
    const hourly = new Schedule(stack, "hourly", { expression: "rate(1 hour)" });
    const nightly = new Schedule(stack, "nightly", { expression: "rate(1 day)" });
    hourly.invoke(report);
    nightly.invoke(report, { input: { days: 7 } });
    nightly.invoke(report, { input: { days: 30 } });
    nightly.invoke(cleanUp);
  });
  expect(resourcesOf(several, "aws_lambda_permission").map(({ statement_id }) => statement_id)).toEqual([
    "hourly-permission-report",
    "nightly-permission-clean-up",
    "nightly-permission-report",
  ]);
  const targets = resourcesOf(several, "aws_cloudwatch_event_target");
  const inputs = targets.map(({ target_id, input = "" }) => `${target_id.replace(/^.*\}/, "")} ${input}`);
  expect(inputs.sort()).toEqual([" ", " ", ' ${jsonencode({"days" = 7})}', '-2 ${jsonencode({"days" = 30})}']);
  // A queue has one policy, for all rules whose events it takes.
  const policies = resourcesOf(several, "aws_sqs_queue_policy").map(({ policy }) => statementsIn(several, policy));
  expect(policies.map(([{ condition }]) => condition[0].values.length).sort()).toEqual([1, 2]);
});

test("EventBridge's limits", () => {
  expect(() => schedule({ expression: "rate(1 hours)" })).toThrow(
    'schedule: expression: "rate(1 hours)" is not allowed; use rate(1 hour), rate(24 hours) or the like',
  );
  expect(() => schedule({ expression: "cron(0 25 * * ? *)" })).toThrow("use hours from 0 to 23");
  expect(() => schedule({}, ...Array(5).fill(undefined))).toThrow(
    "schedule: has more than 5 targets; use another schedule for the others",
  );
  expect(() => schedule({}, { text: "x".repeat(8_200) })).toThrow(
    "schedule: the input for target has 8211 characters; use at most 8192",
  );
});
