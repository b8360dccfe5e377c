import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import { Construct } from "constructs";
import { ConstructError, requireWithin } from "../construct-error";
import type { Queue } from "../events/queue";
import type { PythonFunction } from "./python-function";

/** AWS's limits of a batch, and the size from which it waits for more messages only with a window. */
const MAX_BATCH = 10_000;
const MAX_BATCH_WITHOUT_WINDOW = 10;

/** AWS's rule for a queue's visibility timeout, in timeouts of its function. */
const VISIBILITY_FACTOR = 6;

export interface QueueConsumerProps {
  /**
   * The most messages of an invocation: 1 to 10000, for a FIFO queue 1 to 10. More than 10 take a window.
   * @default 10
   */
  readonly batchSize?: number;
  /**
   * How long Lambda waits for a full batch, in seconds (0 to 300). A FIFO queue takes none.
   * @default 0
   */
  readonly windowSeconds?: number;
  /**
   * The most invocations at once for this queue (2 to 1000).
   * @default - as many as the function has
   */
  readonly maximumConcurrency?: number;
  /**
   * Whether the function's answer names the failed messages, as `batchItemFailures`. Without it, one failed message
   * repeats its whole batch.
   * @default true
   */
  readonly partialBatchResponses?: boolean;
}

/** Lets Lambda invoke a function with the messages of a queue. */
export class QueueConsumer extends Construct {
  constructor(fn: PythonFunction, id: string, queue: Queue, props: QueueConsumerProps = {}) {
    super(fn, id);
    const { batchSize = 10, windowSeconds, maximumConcurrency, partialBatchResponses = true } = props;
    requireWithin(this, "batchSize (messages)", batchSize, 1, queue.fifo ? MAX_BATCH_WITHOUT_WINDOW : MAX_BATCH);
    requireWithin(this, "windowSeconds (s)", windowSeconds, 0, queue.fifo ? 0 : 300);
    requireWithin(this, "maximumConcurrency (invocations)", maximumConcurrency, 2, 1000);
    if (batchSize > MAX_BATCH_WITHOUT_WINDOW && !windowSeconds) {
      throw new ConstructError(
        this,
        `batchSize: ${batchSize} takes a window; set windowSeconds, or use at most ${MAX_BATCH_WITHOUT_WINDOW}`,
      );
    }
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig
    const least = VISIBILITY_FACTOR * fn.timeoutSeconds + (windowSeconds ?? 0);
    if (queue.visibilityTimeoutSeconds < least) {
      throw new ConstructError(
        queue,
        `visibilityTimeoutSeconds: ${queue.visibilityTimeoutSeconds} is too short for ${fn.node.id}; use at least ${least}, six times its timeout and the window`,
      );
    }
    new LambdaEventSourceMapping(this, "mapping", {
      functionName: fn.invoked.arn,
      eventSourceArn: queue.queue.arn,
      batchSize,
      maximumBatchingWindowInSeconds: windowSeconds,
      scalingConfig: maximumConcurrency === undefined ? undefined : { maximumConcurrency },
      functionResponseTypes: partialBatchResponses ? ["ReportBatchItemFailures"] : undefined,
      // Lambda refuses a queue that the function's role may not read.
      dependsOn: [queue.grantConsume(fn)],
    });
  }
}
