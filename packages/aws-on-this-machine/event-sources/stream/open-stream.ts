import type { EventSource, EventSourceProps } from "../event-source";
import { StreamSource } from "./stream-source";

/** Loads the client of this kind of stream alone. */
export function openStreamSource(props: EventSourceProps, service: "dynamodb" | "kinesis"): EventSource {
  if (service === "dynamodb") {
    const { DynamoDbReader }: typeof import("./dynamodb-reader") = require("./dynamodb-reader");
    return new StreamSource(props, new DynamoDbReader(props));
  }
  const { KinesisReader }: typeof import("./kinesis-reader") = require("./kinesis-reader");
  return new StreamSource(props, new KinesisReader(props));
}
