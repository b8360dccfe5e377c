import type { Message } from "@aws-sdk/client-sqs";
import { printable } from "@local/command-line/printable";
import { renderAge } from "@local/command-line/text/age";
import { parseJson } from "@local/command-line/text/json";
import { findNodeAtLocation, parseTree } from "jsonc-parser";

export interface DeadLetter {
  /** SQS's id of the message. */
  readonly id: string;
  /** When it was sent to the queue, in milliseconds since 1970. */
  readonly sentAt: number;
  /** The event, such as `Scheduled Event 6c1f0d2e`. */
  readonly what: string;
  readonly error: string;
  /** The event's unchanged JSON; undefined if the message is no event. */
  readonly event?: string;
  /** The ARN of the function that did not process it, if the message names it. */
  readonly functionArn?: string;
}

export interface WholeDeadLetter extends DeadLetter {
  readonly body: string;
}

/** Lambda's record of a failed invocation: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
interface InvocationRecord {
  readonly requestContext: {
    requestId: string;
    functionArn: string;
    condition: string;
    approximateInvokeCount: number;
  };
  readonly requestPayload: unknown;
  readonly responsePayload?: { readonly errorType?: string; readonly errorMessage?: string };
}

/** An event, as EventBridge leaves it when it cannot deliver it. */
interface EventBridgeEvent {
  readonly id: string;
  readonly "detail-type": string;
}

/** Reads messages, and sorts them by their age, the oldest first. */
export function readDeadLetters(messages: readonly Message[]): WholeDeadLetter[] {
  return messages
    .map((message) => ({ ...readDeadLetter(message), body: message.Body ?? "" }))
    .sort((one, other) => one.sentAt - other.sentAt);
}

/** Reads a message of Lambda or of EventBridge. */
export function readDeadLetter({
  MessageId: id = "",
  Body = "",
  Attributes,
  MessageAttributes = {},
}: Message): DeadLetter {
  const sentAt = Number(Attributes?.SentTimestamp ?? 0);
  const body = parseJson(Body);
  if (isInvocationRecord(body)) {
    const { requestContext, requestPayload, responsePayload } = body;
    const { requestId, functionArn, condition, approximateInvokeCount } = requestContext;
    const reason = [responsePayload?.errorType, responsePayload?.errorMessage].filter(Boolean).join(": ");
    return {
      id,
      sentAt,
      what: isEvent(requestPayload) ? nameOf(requestPayload) : `invocation ${requestId}`,
      error: `${condition} after ${approximateInvokeCount} attempts${reason && `: ${reason}`}`,
      event: textOf(Body, "requestPayload"),
      functionArn: functionArn?.replace(/:\$LATEST$/, ""),
    };
  }
  if (isEvent(body)) {
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    const [code = "not delivered", message, functionArn] = ["ERROR_CODE", "ERROR_MESSAGE", "TARGET_ARN"].map(
      (name) => MessageAttributes[name]?.StringValue,
    );
    const error = message ? `${code}: ${message}` : code;
    return { id, sentAt, what: nameOf(body), error, event: Body, functionArn };
  }
  return { id, sentAt, what: "message", error: Body };
}

/** Renders a dead letter as a line: time, age, event, error. */
export function renderDeadLetter({ sentAt, what, error }: DeadLetter, now: number): string {
  const time = new Date(sentAt).toISOString().replace("T", " ").replace(/\..*/, " UTC");
  return `${time}  ${renderAge(now - sentAt).padEnd(6)}  ${printable(what)}  ${printable(error)}`;
}

function nameOf(event: EventBridgeEvent): string {
  return `${event["detail-type"]} ${event.id}`;
}

function isInvocationRecord(value: unknown): value is InvocationRecord {
  const { requestContext, requestPayload } = Object(value);
  return typeof Object(requestContext).condition === "string" && requestPayload !== undefined;
}

function isEvent(value: unknown): value is EventBridgeEvent {
  const { id, source, "detail-type": type } = Object(value);
  return [id, source, type].every((text) => typeof text === "string");
}

/** Returns the text of an object's member. JSON.parse would round large numbers. */
function textOf(json: string, member: string): string | undefined {
  const tree = parseTree(json);
  const node = tree && findNodeAtLocation(tree, [member]);
  return node && json.slice(node.offset, node.offset + node.length);
}
