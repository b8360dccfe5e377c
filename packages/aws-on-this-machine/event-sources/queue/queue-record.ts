import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";
import { filterable } from "../filter-pattern";

/**
 * A message as the function gets it.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
 */
export function toQueueRecord(message: Message, queueArn: string) {
  const attributes = Object.entries(message.MessageAttributes ?? {});
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle,
    body: message.Body ?? "",
    attributes: message.Attributes,
    messageAttributes: Object.fromEntries(attributes.map(([name, value]) => [name, toRecordAttribute(value)])),
    md5OfMessageAttributes: message.MD5OfMessageAttributes,
    md5OfBody: message.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3],
  };
}

export type QueueRecord = ReturnType<typeof toQueueRecord>;

/** The record as filters see it. */
export function toFilteredRecord(record: QueueRecord) {
  return { ...record, body: filterable(record.body) };
}

function toRecordAttribute({ StringValue, BinaryValue, DataType }: MessageAttributeValue) {
  return {
    stringValue: StringValue,
    binaryValue: BinaryValue && Buffer.from(BinaryValue).toString("base64"),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
