import { setTimeout } from "node:timers/promises";
import { DescribeTableCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { PublishCommand } from "@aws-sdk/client-sns";
import { SERVER_OPTIONS } from "@local/aws-on-this-machine/gateway/http-gateway";
import type { LocalSystem } from "@local/aws-on-this-machine/system/local-system";
import { listen } from "@local/command-line/server";
import type { Aws } from "@local/terraform/aws";
import type { Deployment } from "@local/terraform/deployment";
import type { StateResource } from "@local/terraform/run/terraform";
import { startSystem } from "../shared-deployment/start-system";

/** A function, and the source of an event that it must get. */
type Pair = string;

const MAX_WAIT_MS = 120_000;

/** Serves a deployed system, and triggers all its functions in every way. Returns the pairs that did not come. */
export async function triggerEverything(
  deployment: Deployment,
  aws: Aws,
  endpoint: string,
): Promise<{ readonly expected: Pair[]; readonly missing: Pair[] }> {
  const { resources = [] } = (await deployment.system.state()) ?? {};
  const { system: stack, environment } = deployment;
  const apiServer = await listen(0, "--port", SERVER_OPTIONS);
  const system = await startSystem({ endpoint, stack, environment, apiServer });
  try {
    await sendToAll(system, aws, resources);
    const expected = await pairsOf(system, resources);
    const seen = () => new Set(system.runs(5000).map(({ functionName, source }) => `${functionName} ${source}`));
    const missing = () => expected.filter((pair) => !seen().has(pair));
    for (const end = Date.now() + MAX_WAIT_MS; missing().length > 0 && Date.now() < end; ) await setTimeout(200);
    return { expected, missing: missing() };
  } finally {
    await system.stop();
  }
}

async function sendToAll(system: LocalSystem, aws: Aws, resources: readonly StateResource[]): Promise<void> {
  const { queues, tables, schedules, apis, eventSources } = await system.summary();
  for (const { name, routes } of apis) {
    for (const route of routes) await system.send({ api: name, ...requestOf(route) });
  }
  const sources = new Set(eventSources.map(({ source }) => source));
  for (const { name } of queues) if (sources.has(name)) await system.sendMessage(name, "{}");
  for (const { name } of tables) await putItem(aws, name);
  for (const { name } of schedules) await system.fireSchedule(name);
  await publish(aws, resources);
}

function requestOf(route: string) {
  const [method = "", path = ""] = route === "$default" ? ["POST", "/orders"] : route.split(" ");
  return { method: method === "ANY" ? "PUT" : method, path: path.replace(/\{[^}]*\}/g, "1") };
}

async function publish(aws: Aws, resources: readonly StateResource[]): Promise<void> {
  for (const { type, values } of resources) {
    if (type === "aws_sns_topic") {
      const MessageAttributes = { kind: { DataType: "String", StringValue: "paid" } };
      await aws.sns.send(new PublishCommand({ TopicArn: values.arn, Message: "{}", MessageAttributes }));
    }
    if (type === "aws_s3_bucket_notification") {
      const object = { Bucket: values.bucket, Key: "in/a.csv" };
      await aws.s3.send(new PutObjectCommand({ ...object, Body: "a,b\n" }));
      await aws.s3.send(new DeleteObjectCommand(object));
    }
  }
}

async function putItem({ dynamodb }: Aws, TableName: string): Promise<void> {
  const { Table = {} } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  const keys = new Set((Table.KeySchema ?? []).map(({ AttributeName }) => AttributeName));
  const attributes = (Table.AttributeDefinitions ?? []).filter(({ AttributeName }) => keys.has(AttributeName));
  const Item = Object.fromEntries(
    attributes.map(({ AttributeName = "", AttributeType }) => [
      AttributeName,
      AttributeType === "N" ? { N: "1" } : { S: "1" },
    ]),
  );
  await dynamodb.send(new PutItemCommand({ TableName, Item }));
}

async function pairsOf(system: LocalSystem, resources: readonly StateResource[]): Promise<Pair[]> {
  const { schedules } = await system.summary();
  const scheduled = schedules.flatMap(({ functions }) => functions.map((name) => `${name} schedule`));
  return [...new Set([...scheduled, ...resources.flatMap(pairsOfResource)])];
}

function pairsOfResource({ type, values }: StateResource): Pair[] {
  const pair = (arn: string, source: string) => `${/:function:([\w-]+)/.exec(arn)?.[1]} ${source}`;
  switch (type) {
    case "aws_lambda_event_source_mapping":
      return [pair(values.function_arn, values.event_source_arn.includes(":sqs:") ? "queue" : "stream")];
    case "aws_sns_topic_subscription":
      return values.protocol === "lambda" ? [pair(values.endpoint, "topic")] : [];
    case "aws_s3_bucket_notification":
      return values.lambda_function.map((each: { lambda_function_arn: string }) =>
        pair(each.lambda_function_arn, "bucket"),
      );
    case "aws_apigatewayv2_integration":
      return [pair(values.integration_uri, "request")];
    default:
      return [];
  }
}
