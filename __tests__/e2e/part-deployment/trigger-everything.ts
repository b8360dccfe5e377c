import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
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
    const answered = await sendToDomains(system);
    const expected = [...(await pairsOf(system, resources)), ...resources.flatMap(pairsOfMapping)];
    const runs = () => system.runs(5000).map(({ functionName, source }) => `${functionName} ${source}`);
    const seen = () => new Set([...runs(), ...answered]);
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

/** Sends a request to each domain by the header Host. Returns the domains, with the functions that saw no path of a mapping. */
async function sendToDomains(system: LocalSystem): Promise<Pair[]> {
  const { apis } = await system.summary();
  const sent = apis.flatMap(({ url, domains }) =>
    domains.map(async (domain): Promise<Pair> => {
      const [host = "", ...path] = domain.split("/");
      const id = await get(new URL([...path, "item-7"].join("/"), url), host);
      const { functionName, event } = (await system.run(id)) ?? {};
      return `${functionName} ${domain} ${JSON.parse(event ?? "{}").rawPath}`;
    }),
  );
  return Promise.all(sent);
}

/** Sends a request with a header that `fetch` sets itself. Returns the answer's id. */
async function get(url: URL, host: string): Promise<string> {
  const [answer] = (await once(request(url, { headers: { host } }).end(), "response")) as [IncomingMessage];
  answer.resume();
  return String(answer.headers["apigw-requestid"]);
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

/** The domain of a mapping, with the function of the API's route for `/item-7`. */
function pairsOfMapping({ type, values }: StateResource, _index: number, all: readonly StateResource[]): Pair[] {
  if (type !== "aws_apigatewayv2_api_mapping") return [];
  const ofApi = all.filter((each) => each.values.api_id === values.api_id);
  const routeOf = (key: string) => ofApi.find((each) => each.values.route_key === key);
  const { target } = (routeOf("GET /{id}") ?? routeOf("$default"))?.values ?? {};
  const integration = ofApi.find(({ values: { id } }) => target === `integrations/${id}`);
  const domain = [values.domain_name, values.api_mapping_key].filter(Boolean).join("/");
  return [pairOf(integration?.values.integration_uri, `${domain} /item-7`)];
}

/** @param arn of a function, or one with a function's in it */
function pairOf(arn: string, source: string): Pair {
  return `${/:function:([\w-]+)/.exec(arn)?.[1]} ${source}`;
}

function pairsOfResource({ type, values }: StateResource): Pair[] {
  switch (type) {
    case "aws_lambda_event_source_mapping":
      return [pairOf(values.function_arn, values.event_source_arn.includes(":sqs:") ? "queue" : "stream")];
    case "aws_sns_topic_subscription":
      return values.protocol === "lambda" ? [pairOf(values.endpoint, "topic")] : [];
    case "aws_s3_bucket_notification":
      return values.lambda_function.map((each: { lambda_function_arn: string }) =>
        pairOf(each.lambda_function_arn, "bucket"),
      );
    case "aws_apigatewayv2_integration":
      return [pairOf(values.integration_uri, "request")];
    default:
      return [];
  }
}
