import type { Integration } from "@aws-sdk/client-apigatewayv2";
import { parseJson } from "@local/command-line/text/json";
import type { ServiceSubtype } from "../../inventory/apis";
import type { Answer } from "../answer";
import { type RoutedRequest, requestValue } from "./request-value";

export interface ServiceCall {
  /** Its name in signatures. */
  readonly service: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly body: Buffer;
}

type Parameters = Readonly<Record<string, string>>;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html */
const CALLS: Readonly<Record<ServiceSubtype, (parameters: Parameters) => ServiceCall>> = {
  "EventBridge-PutEvents": ({ Resources, ...entry }) => {
    const resources = Resources ? { Resources: parseJson(Resources) } : {};
    return inJson("events", "AWSEvents.PutEvents", { Entries: [{ ...entry, ...resources }] });
  },
  "Kinesis-PutRecord": ({ Data = "", ...others }) =>
    inJson("kinesis", "Kinesis_20131202.PutRecord", { ...others, Data: Buffer.from(Data).toString("base64") }),
  "SQS-SendMessage": (parameters) => toSqs("SendMessage", parameters),
  "SQS-ReceiveMessage": (parameters) => toSqs("ReceiveMessage", parameters),
  "SQS-DeleteMessage": (parameters) => toSqs("DeleteMessage", parameters),
  "SQS-PurgeQueue": (parameters) => toSqs("PurgeQueue", parameters),
  "StepFunctions-StartExecution": (parameters) => toStepFunctions("StartExecution", parameters),
  "StepFunctions-StopExecution": (parameters) => toStepFunctions("StopExecution", parameters),
};

/** Answers a request with an AWS service, whose parameters an integration takes from the request. */
export async function answerByService(
  { IntegrationSubtype, RequestParameters = {} }: Integration,
  routed: RoutedRequest,
  callService: (call: ServiceCall) => Promise<ServiceAnswer>,
): Promise<Answer> {
  const parameters = Object.entries(RequestParameters).flatMap(([name, text]) => {
    const value = fill(text, routed);
    return value === undefined || name === "Region" ? [] : [[name, value] as const];
  });
  const call = CALLS[IntegrationSubtype as ServiceSubtype](Object.fromEntries(parameters));
  const started = performance.now();
  const { status, body } = await callService(call);
  const log = {
    integrationLatency: Math.round(performance.now() - started),
    "integration.integrationStatus": status,
    "integration.status": status,
    ...(status >= 400 ? { integrationErrorMessage: String(body) } : {}),
  };
  return { status, headers: { "content-type": "application/json" }, body, log };
}

/** @param text the name of a value, or a text with names such as `${request.body.id}` */
function fill(text: string, routed: RoutedRequest): string | undefined {
  if (/^\$[^{]/.test(text)) return requestValue(text, routed);
  return text.replace(/\$\{([^}]+)\}/g, (_, name) => requestValue(`$${name}`, routed) ?? "");
}

function inJson(service: string, target: string, body: object): ServiceCall {
  // SQS and Step Functions have version 1.0, and the others 1.1.
  const version = /^(sqs|states)$/.test(service) ? "1.0" : "1.1";
  const headers = { "content-type": `application/x-amz-json-${version}`, "x-amz-target": target };
  return { service, headers, body: JSON.stringify(body) };
}

function toStepFunctions(action: string, parameters: Parameters): ServiceCall {
  const named = Object.entries(parameters).map(([name, value]) => [
    name.charAt(0).toLowerCase() + name.slice(1),
    value,
  ]);
  return inJson("states", `AWSStepFunctions.${action}`, Object.fromEntries(named));
}

/** Lists, attributes and numbers are JSON in a mapping. */
function toSqs(action: string, parameters: Parameters): ServiceCall {
  const typed = Object.entries(parameters).map(([name, value]) => {
    const isText = /^(QueueUrl|MessageBody|ReceiptHandle|Message(Group|Deduplication)Id)$/.test(name);
    return [name, isText ? value : (parseJson(value) ?? value)];
  });
  return inJson("sqs", `AmazonSQS.${action}`, Object.fromEntries(typed));
}
