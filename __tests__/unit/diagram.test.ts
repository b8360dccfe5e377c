import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Architecture,
  type Configuration,
  readArchitecture,
} from "@local/aws-on-this-machine/diagram/architecture";
import { drawArchitecture, standalone } from "@local/aws-on-this-machine/diagram/draw";
import { synthesizeTo } from "../synthesize-to";

/** Two processes synthesize first. */
jest.setTimeout(30_000);

let folder: string;
let production: Configuration;
let otherwise: Configuration;
let gradual: Configuration;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "diagram-"));
  [production, otherwise, gradual] = await Promise.all([
    synthesize("as-is"),
    synthesize("otherwise", {
      table: { capacity: { mode: "on-demand" } },
      api: { jwtAuthorizer: { issuer: "https://issuer.example", audience: ["orders"] } },
      alarms: { email: "somebody@example.com" },
    }),
    synthesize("gradual", { function: { release: { mode: "canary", percent: 10, minutes: 5 } } }),
  ]);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function synthesize(name: string, overrides?: object): Promise<Configuration> {
  const outputFolder = join(folder, name);
  await synthesizeTo(outputFolder, overrides);
  return JSON.parse(readFileSync(join(outputFolder, "stacks", "serverless-infrastructure", "cdk.tf.json"), "utf8"));
}

/** The edges, as `<service> -> <service>: <label>`. */
function edgesOf({ nodes, edges }: Architecture): string[] {
  const service = (id: string) => nodes.find((node) => node.id === id)?.service;
  return edges.map(({ from, to, label }) => `${service(from)} -> ${service(to)}: ${label}`).sort();
}

const edges = (configuration: Configuration) => edgesOf(readArchitecture(configuration));

/** A copy of production in which the JSON of one resource type is another. */
function changed(type: string, change: (json: string) => string): Configuration {
  const resource = { ...production.resource };
  const json = JSON.stringify(resource[type]);
  expect(change(json)).not.toBe(json);
  return { ...production, resource: { ...resource, [type]: JSON.parse(change(json)) } };
}

test("docs/architecture.svg shows what is synthesized", async () => {
  const drawing = standalone(await drawArchitecture(readArchitecture(production)));
  if (readFileSync("docs/architecture.svg", "utf8") !== drawing) {
    throw new Error("docs/architecture.svg is not what is synthesized: run npm run diagram");
  }
});

test("the system is connected as it should be", () => {
  expect(edges(production)).toEqual([
    "API Gateway -> CloudWatch log group: access log",
    "API Gateway -> CloudWatch: metrics",
    "API Gateway -> Lambda function: requests",
    "Client -> API Gateway: HTTPS",
    "CloudWatch -> SNS topic: alarms",
    "CloudWatch log group -> Firehose stream: log lines",
    "DynamoDB table -> CloudWatch: metrics",
    "EventBridge rule -> Lambda function: events",
    "EventBridge rule -> SQS queue: undelivered events",
    "Firehose stream -> CloudWatch log group: errors",
    "Firehose stream -> S3 bucket: objects",
    "Lambda function -> CloudWatch log group: log",
    "Lambda function -> CloudWatch: metrics",
    "Lambda function -> DynamoDB table: uses",
    "Lambda function -> SQS queue: failed events",
    "SQS queue -> CloudWatch: metrics",
  ]);
});

test.each([
  ["aws_apigatewayv2_integration", "aws_lambda_function", ["API Gateway -> Lambda function: requests"]],
  ["aws_apigatewayv2_stage", "aws_cloudwatch_log_group", ["API Gateway -> CloudWatch log group: access log"]],
  ["aws_cloudwatch_event_target", "aws_lambda_function", ["EventBridge rule -> Lambda function: events"]],
  ["aws_cloudwatch_event_target", "aws_sqs_queue", ["EventBridge rule -> SQS queue: undelivered events"]],
  [
    "aws_cloudwatch_log_subscription_filter",
    "aws_cloudwatch_log_group",
    ["CloudWatch log group -> Firehose stream: log lines"],
  ],
  ["aws_cloudwatch_metric_alarm", "aws_sns_topic", ["CloudWatch -> SNS topic: alarms"]],
  ["aws_kinesis_firehose_delivery_stream", "aws_s3_bucket", ["Firehose stream -> S3 bucket: objects"]],
  [
    "aws_kinesis_firehose_delivery_stream",
    "aws_cloudwatch_log_group",
    ["Firehose stream -> CloudWatch log group: errors"],
  ],
  ["aws_lambda_function", "aws_dynamodb_table", ["Lambda function -> DynamoDB table: uses"]],
  ["aws_lambda_function", "aws_cloudwatch_log_group", ["Lambda function -> CloudWatch log group: log"]],
  ["aws_lambda_function_event_invoke_config", "aws_sqs_queue", ["Lambda function -> SQS queue: failed events"]],
])("where %s no longer refers to %s, an arrow is gone", (type, target, gone) => {
  const without = edges(changed(type, (json) => json.replaceAll(`{${target}.`, "{somewhere.")));
  expect(edges(production).filter((edge) => !without.includes(edge))).toEqual(gone);
});

test("the metrics' arrows are there while an alarm or the dashboard refers to the resource", () => {
  const forget = (json: string) => json.replaceAll("aws_sqs_queue.", "somewhere.");
  const withoutAlarm = changed("aws_cloudwatch_metric_alarm", forget);
  expect(edges(withoutAlarm)).toEqual(edges(production));
  const { aws_cloudwatch_dashboard, ...resource } = withoutAlarm.resource ?? {};
  expect(edges({ ...withoutAlarm, resource })).not.toContain("SQS queue -> CloudWatch: metrics");
});

test("callers of a function's alias have their arrows to the function", () => {
  expect(edges(gradual)).toEqual(edges(production));
});

test("without an API there is no client", () => {
  const { aws_apigatewayv2_api, ...resource } = production.resource ?? {};
  const { nodes } = readArchitecture({ resource });
  expect(nodes.map(({ service }) => service)).not.toContain("Client");
});

test("other settings show, too", async () => {
  const architecture = readArchitecture(otherwise);
  expect(edgesOf(architecture).filter((edge) => !edges(production).includes(edge))).toEqual([
    "API Gateway -> API Gateway authorizer: tokens",
    "SNS topic -> SNS subscription: messages",
  ]);
  const drawing = await drawArchitecture(architecture);
  expect(drawing).toContain(">https://issuer.example<");
  // A published diagram names nobody.
  expect(drawing).not.toContain("somebody");
});

test.each([
  [{ resource: { aws_ecs_cluster: { a: {} } } }, "aws_ecs_cluster"],
  [{ data: { aws_ecs_cluster: { a: {} } } }, "data.aws_ecs_cluster"],
])("a type is refused of which is not known whether to show it: %j", (configuration, type) => {
  expect(() => readArchitecture(configuration)).toThrow(`does not know ${type}: add it to SHOWN or PLUMBING`);
});

test("a name is text, whatever it is", async () => {
  const resource = { aws_sqs_queue: { a: { name: `"><script>&amp;\\N` } } };
  const drawing = await drawArchitecture(readArchitecture({ resource }));
  expect(drawing).toContain(">&quot;&gt;&lt;script&gt;&amp;amp;\\N</text>");
  expect(drawing).not.toContain("<script");
});

test("a node can be found by its address, its category, its type and its name", async () => {
  const drawing = await drawArchitecture(readArchitecture({ resource: { aws_sqs_queue: { a: { name: "letters" } } } }));
  expect(drawing).toContain('<g id="aws_sqs_queue.a" class="node event aws_sqs_queue name&#45;letters">');
});

test("a drawing is described in words", async () => {
  const drawing = await drawArchitecture(readArchitecture(production));
  expect(drawing).toMatch(/<svg [^>]*role="img"[^>]*>\s*<title [^>]*>Architecture<\/title>/);
  expect(drawing).toMatch(
    /<desc [^>]*>[^<]*EventBridge rule LambdaDailySchedule to Lambda function RequestProcessorFunction: events\./,
  );
});
