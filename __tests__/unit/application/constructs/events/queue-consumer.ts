import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import { Queue, type QueueProps } from "../../../../../constructs/events/queue";
import type { QueueConsumerProps } from "../../../../../constructs/function/queue-consumer";
import { aFunction, resourcesOf, synthesize } from "../../synthesize";

const consumer = (props?: QueueConsumerProps, queueProps?: QueueProps, timeoutSeconds = 10) =>
  synthesize(
    (stack) =>
      void aFunction(stack, "mailer", { timeoutSeconds }).consume(new Queue(stack, "emails", queueProps), props),
  );

test("a function gets ten messages at most, and says which of them failed", () => {
  expect(consumer()).toHaveResourceWithProperties(LambdaEventSourceMapping, {
    event_source_arn: expect.stringMatching(/^\$\{aws_sqs_queue\.emails_queue_\w+\.arn\}$/),
    function_name: expect.stringMatching(/^\$\{aws_lambda_function\.mailer_function_\w+\.arn\}$/),
    batch_size: 10,
    function_response_types: ["ReportBatchItemFailures"],
    // Lambda refuses a queue that the function's role may not read.
    depends_on: [expect.stringMatching(/^aws_iam_role_policy\.emails_grant-consume/)],
  });
});

test("batches, their window and their concurrency are what is told", () => {
  const json = consumer(
    { batchSize: 500, windowSeconds: 20, maximumConcurrency: 2, partialBatchResponses: false },
    { visibilityTimeoutSeconds: 80 },
  );
  expect(json).toHaveResourceWithProperties(LambdaEventSourceMapping, {
    batch_size: 500,
    maximum_batching_window_in_seconds: 20,
    scaling_config: { maximum_concurrency: 2 },
  });
  expect(json).not.toContain("function_response_types");
});

test("a function consumes two queues, and two functions one", () => {
  const json = synthesize((stack) => {
    const [a, b] = [aFunction(stack, "a"), aFunction(stack, "b")];
    const [emails, calls] = [new Queue(stack, "emails"), new Queue(stack, "calls")];
    for (const fn of [a, b]) for (const queue of [emails, calls]) fn.consume(queue);
  });
  expect(resourcesOf(json, "aws_lambda_event_source_mapping")).toHaveLength(4);
});

test.each<[string, Parameters<typeof consumer>, string]>([
  [
    "a visibility timeout below six timeouts of the function",
    [{}, { visibilityTimeoutSeconds: 59 }],
    "emails: visibilityTimeoutSeconds: 59 is too short for mailer; use at least 60, six times its timeout and the window",
  ],
  ["the default visibility timeout for a slow function", [{}, {}, 31], "180 is too short for mailer; use at least 186"],
  [
    "a window that the visibility timeout does not cover",
    [{ windowSeconds: 121 }],
    "180 is too short for mailer; use at least 181",
  ],
  [
    "a large batch without a window",
    [{ batchSize: 11 }],
    "batchSize: 11 takes a window; set windowSeconds, or use at most 10",
  ],
  ["too large a batch", [{ batchSize: 10_001, windowSeconds: 1 }], "use a whole number from 1 to 10000"],
  ["a large batch of a FIFO queue", [{ batchSize: 11 }, { fifo: true }], "use a whole number from 1 to 10"],
  ["a window of a FIFO queue", [{ windowSeconds: 1 }, { fifo: true }], "windowSeconds (s): 1 is not allowed"],
  ["a concurrency of one", [{ maximumConcurrency: 1 }], "use a whole number from 2 to 1000"],
])("AWS's rules: %s", (_what, args, message) => {
  expect(() => consumer(...args)).toThrow(message);
});
