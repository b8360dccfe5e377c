import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import { UserError } from "@local/command-line/user-error";
import type { Aws } from "@local/terraform/aws";
import type { Outcome } from "../function/function-process";

export interface Delivery {
  /** The same key again is a further attempt of the same run. */
  readonly key: string;
  /** The event, as JSON. */
  readonly event: string;
}

/** How a run ended, after its last attempt. */
export interface DeliveryEnd {
  readonly outcome: "processed" | "failed";
  readonly reason?: string;
  /** The ARN of the dead-letter queue, or of the stream's on-failure destination. */
  readonly destination?: string;
}

export interface EventSourceProps {
  /** As GetEventSourceMapping returns it. */
  readonly mapping: EventSourceMappingConfiguration;
  readonly aws: Aws;
  /** Throws InvokeError if Lambda refuses the event. */
  readonly invoke: (delivery: Delivery) => Promise<Outcome>;
  readonly settle: (key: string, end: DeliveryEnd) => void;
  readonly onNotice: (notice: string) => void;
  /** Whether Terraform may just create or delete the source. */
  readonly isApplying?: () => boolean;
  /** Resolves after the source that this one replaces has ended. Until then, this one reads no events. */
  readonly predecessor?: Promise<void>;
}

export interface EventSource {
  /** Waits for the invocations under way. Messages that are received, but not handled, become visible at once. */
  stop(): Promise<void>;
}

/**
 * Reads a queue or a stream for a function, as Lambda does, until it is stopped. Throws a UserError if this kind of source, or a setting of the mapping, is not served here.
 */
export function openEventSource(props: EventSourceProps): EventSource {
  const { EventSourceArn = "", TumblingWindowInSeconds } = props.mapping;
  const service = EventSourceArn.split(":")[2];
  if (TumblingWindowInSeconds) {
    throw new UserError(`${EventSourceArn} is not read: tumbling windows are not supported here.`);
  }
  if (service !== "sqs" && service !== "dynamodb" && service !== "kinesis") {
    const name = EventSourceArn || "A source outside AWS";
    throw new UserError(
      `${name} is not read: only SQS queues, DynamoDB streams and Kinesis streams are supported here.`,
    );
  }
  // Loaded when used: a system without such a source does not need them.
  if (service === "sqs") {
    const { QueueSource }: typeof import("./queue/queue-source") = require("./queue/queue-source");
    return new QueueSource(props);
  }
  const { openStreamSource }: typeof import("./stream/open-stream") = require("./stream/open-stream");
  return openStreamSource(props, service);
}
