import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import { DeadLetterQueue } from "../../../../../constructs/events/dead-letter-queue";
import type { StreamConsumerProps } from "../../../../../constructs/function/stream-consumer";
import { Table } from "../../../../../constructs/storage/table";
import type { TableProps } from "../../../../../constructs/storage/table-props";
import { aFunction, resourcesOf, statementsIn, synthesize } from "../../synthesize";

const consumer = (props?: StreamConsumerProps, stream: TableProps["stream"] = "NEW_IMAGE") =>
  synthesize(
    (stack) =>
      void aFunction(stack, "indexer").consumeStream(new Table(stack, "orders", { partitionKey: "Id", stream }), props),
  );

test("a failed change holds up its shard for three retries, then goes to the function's queue without the others", () => {
  expect(consumer()).toHaveResourceWithProperties(LambdaEventSourceMapping, {
    event_source_arn: expect.stringMatching(/^\$\{aws_dynamodb_table\.orders_table_\w+\.stream_arn\}$/),
    starting_position: "TRIM_HORIZON",
    batch_size: 100,
    maximum_retry_attempts: 3,
    bisect_batch_on_function_error: true,
    function_response_types: ["ReportBatchItemFailures"],
    destination_config: {
      on_failure: { destination_arn: expect.stringMatching(/aws_sqs_queue\.indexer_dead-letters_.*\.arn/) },
    },
    depends_on: [expect.stringContaining("grant-read-stream"), expect.stringContaining("grant-send")],
  });
});

test("the function may read the stream, but not the table", () => {
  const json = consumer();
  const [policy] = resourcesOf(json, "aws_iam_role_policy").filter(({ name }) => name === "read-stream-orders");
  expect(statementsIn(json, policy.policy)).toEqual([
    {
      actions: ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map((name) => `dynamodb:${name}`),
      resources: [expect.stringMatching(/\.stream_arn\}$/)],
    },
  ]);
});

test("another queue can get what failed, and the function may send to it", () => {
  const json = synthesize((stack) => {
    const deadLetterQueue = new DeadLetterQueue(stack, "failures");
    const table = new Table(stack, "orders", { partitionKey: "Id", stream: "KEYS_ONLY" });
    aFunction(stack, "indexer").consumeStream(table, { deadLetterQueue, startingPosition: "LATEST", windowSeconds: 9 });
  });
  expect(json).toHaveResourceWithProperties(LambdaEventSourceMapping, {
    starting_position: "LATEST",
    maximum_batching_window_in_seconds: 9,
    destination_config: { on_failure: { destination_arn: expect.stringContaining("aws_sqs_queue.failures_") } },
  });
  expect(resourcesOf(json, "aws_iam_role_policy").map(({ name }) => name)).toContain("send-failures");
});

test.each<[StreamConsumerProps, TableProps["stream"], string]>([
  [{ batchSize: 10_001 }, "NEW_IMAGE", "batchSize (changes): 10001 is not allowed; use a whole number from 1 to 10000"],
  [{ parallelization: 11 }, "NEW_IMAGE", "use a whole number from 1 to 10"],
  [{ retries: -1 }, "NEW_IMAGE", "retries: -1 is not allowed; use a whole number from 0 to 10000"],
])("AWS's rules: %j", (props, stream, message) => {
  expect(() => consumer(props, stream)).toThrow(message);
});

test("a table without a stream says what to set", () => {
  const withoutStream = () =>
    synthesize(
      (stack) => void aFunction(stack, "indexer").consumeStream(new Table(stack, "orders", { partitionKey: "Id" })),
    );
  expect(withoutStream).toThrow("orders: has no stream for indexer; set stream, such as NEW_AND_OLD_IMAGES");
});
