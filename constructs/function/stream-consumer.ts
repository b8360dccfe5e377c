import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import { Construct } from "constructs";
import { ConstructError, requireWithin } from "../construct-error";
import type { DeadLetterQueue } from "../events/dead-letter-queue";
import type { Table } from "../storage/table";
import type { PythonFunction } from "./python-function";

export interface StreamConsumerProps {
  /**
   * The most changes of an invocation (1 to 10000).
   * @default 100
   */
  readonly batchSize?: number;
  /**
   * How long Lambda waits for a full batch, in seconds (0 to 300).
   * @default 0
   */
  readonly windowSeconds?: number;
  /**
   * The most invocations at once for a shard of the stream (1 to 10).
   * @default 1
   */
  readonly parallelization?: number;
  /**
   * How often Lambda repeats a failed batch (0 to 10000). Meanwhile, the shard's later changes wait.
   * @default 3
   */
  readonly retries?: number;
  /**
   * The first change that the function gets: the oldest of the last 24 hours, or the first one from now on.
   * @default "TRIM_HORIZON"
   */
  readonly startingPosition?: "TRIM_HORIZON" | "LATEST";
  /**
   * The queue that is told of changes that failed.
   * @default - the function's dead-letter queue
   */
  readonly deadLetterQueue?: DeadLetterQueue;
}

/** Lets Lambda invoke a function with the changes of a table. */
export class StreamConsumer extends Construct {
  constructor(
    readonly fn: PythonFunction,
    id: string,
    table: Table,
    props: StreamConsumerProps = {},
  ) {
    super(fn, id);
    const {
      batchSize = 100,
      windowSeconds,
      parallelization,
      retries = 3,
      deadLetterQueue = fn.deadLetterQueue,
    } = props;
    requireWithin(this, "batchSize (changes)", batchSize, 1, 10_000);
    requireWithin(this, "windowSeconds (s)", windowSeconds, 0, 300);
    requireWithin(this, "parallelization (invocations)", parallelization, 1, 10);
    requireWithin(this, "retries", retries, 0, 10_000);
    if (!table.hasStream) {
      throw new ConstructError(table, `has no stream for ${fn.node.id}; set stream, such as NEW_AND_OLD_IMAGES`);
    }
    new LambdaEventSourceMapping(this, "mapping", {
      functionName: fn.invoked.arn,
      eventSourceArn: table.table.streamArn,
      startingPosition: props.startingPosition ?? "TRIM_HORIZON",
      batchSize,
      maximumBatchingWindowInSeconds: windowSeconds,
      parallelizationFactor: parallelization,
      maximumRetryAttempts: retries,
      // Halves a failed batch, so that one bad change does not take the others with it.
      bisectBatchOnFunctionError: true,
      functionResponseTypes: ["ReportBatchItemFailures"],
      destinationConfig: { onFailure: { destinationArn: deadLetterQueue.queue.arn } },
      // Lambda refuses a stream and a destination that the function's role may not use.
      dependsOn: [table.grantStreamRead(fn), deadLetterQueue.grantSend(fn)],
    });
  }
}
