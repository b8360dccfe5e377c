import type { Server } from "node:http";
import { setTimeout } from "node:timers/promises";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { PutRuleCommand, PutTargetsCommand, type Target } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, PublishVersionCommand, PutFunctionEventInvokeConfigCommand } from "@aws-sdk/client-lambda";
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { close, listen, serverUrl } from "@local/command-line/server";
import { SERVER_OPTIONS } from "../../../gateway/http-gateway";
import type { ResourceRef } from "../../../inventory/resource-ref";
import type { LocalSystem } from "../../../system/local-system";
import type { Change, RunningSystem } from "../../../system/running-system";
import { arnOf } from "../../../testing/deploy";
import { describeWithPython, until } from "../echo-api";
import { Emulated } from "./emulated";

/** Stores the requests of an API, and gives them to the other function. */
const ORDERS = `
import json, boto3
dynamodb = boto3.client("dynamodb")
functions = boto3.client("lambda")
def handler(event, context):
    path = event.get("rawPath", "/event")
    item = {"id": {"S": path}, "bytes": {"N": str(len(json.dumps(event)))}}
    dynamodb.put_item(TableName="orders", Item=item)
    answer = functions.invoke(FunctionName="mails", Payload=json.dumps({"path": path}))
    return json.load(answer["Payload"])
`;
const MAILS = `
def handler(event, context):
    print("mails")
    if "fails" in event:
        raise ValueError("no address")
    return {"mailed": event}
`;

/** Of a target of the rule `parts`. */
const InputTransformer = {
  InputPathsMap: { at: "$.time", kind: "$.detail-type" },
  InputTemplate: '{"text": "<kind> of <aws.events.rule-name>", "at": <at>}',
};

const QUEUES = "arn:aws:sqs:us-west-2:123456789012:";

describeWithPython("the local system, with two of each kind", () => {
  let emulated: Emulated;
  let apiServer: Server;
  let system: LocalSystem;
  let refs: ResourceRef[];
  const notices: string[] = [];

  beforeAll(async () => {
    emulated = await Emulated.start();
    const { aws, deploy } = emulated;
    refs = [
      await deploy.fn("orders", ORDERS),
      await deploy.fn("mails", MAILS),
      await deploy.fn("node", MAILS, { Runtime: "nodejs22.x" }),
      await deploy.api("shop", { "POST /orders": "orders" }),
      await deploy.api("staff", { "POST /mails": "mails", "POST /orders": "orders" }),
    ];
    for (const name of ["orders", "mails"]) {
      await deploy.permit(name, "apigateway.amazonaws.com");
      await aws.dynamodb.send(
        new CreateTableCommand({
          TableName: name,
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
      refs.push({ address: `aws_dynamodb_table.${name}`, type: "aws_dynamodb_table", id: name });
    }
    await deploy.permit("mails", "events.amazonaws.com");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${QUEUES}letters`, maxReceiveCount: 1 });
    for (const [QueueName, Attributes] of [
      ["letters", {}],
      ["orders", { RedrivePolicy, VisibilityTimeout: "0" }],
    ] as const) {
      const { QueueUrl = "" } = await aws.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      refs.push({ address: `aws_sqs_queue.${QueueName}`, type: "aws_sqs_queue", id: QueueUrl });
    }
    const DestinationConfig = { OnFailure: { Destination: `${QUEUES}letters` } };
    await aws.lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: "mails", MaximumRetryAttempts: 0, DestinationConfig }),
    );
    const inputs: Readonly<Record<string, readonly Partial<Target>[]>> = {
      daily: [{}, { Input: '{"fails": true}' }],
      weekly: [],
      parts: [{ InputPath: "$.resources" }, { InputTransformer }],
    };
    for (const [Name, targets] of Object.entries(inputs)) {
      await aws.events.send(new PutRuleCommand({ Name, ScheduleExpression: "rate(1 day)" }));
      const Targets = targets.map((input, index) => ({ Id: `${index}`, Arn: arnOf("mails"), ...input }));
      if (Targets.length > 0) await aws.events.send(new PutTargetsCommand({ Rule: Name, Targets }));
      refs.push({ address: `aws_cloudwatch_event_rule.${Name}`, type: "aws_cloudwatch_event_rule", id: Name });
    }
    apiServer = await listen(0, "--port", SERVER_OPTIONS);
    system = await emulated.openSystem({ name: "shop-staging", apiServer, onNotice: (notice) => notices.push(notice) });
    // As while Terraform still creates resources.
    system.stacks = { kind: "applying", message: "" };
    await system.serve(refs);
  });
  afterAll(async () => {
    await system?.stop();
    if (apiServer) await close(apiServer);
    await emulated?.stop();
  });

  async function ended(id: string) {
    await until(() => system.runs(100).some((run) => run.id === id && run.outcome !== "running"));
    return system.run(id);
  }

  test("has no log group that Terraform has yet to create, and makes it later where Lambda would", async () => {
    const has = async (logGroupName: string) => {
      const { logGroups = [] } = await emulated.aws.logs.send(new DescribeLogGroupsCommand({}));
      return logGroups.some((group) => group.logGroupName === logGroupName);
    };
    await system.invoke("mails", "{}");
    await until(() => notices.some((notice) => notice.startsWith("Log lines for /aws/lambda/mails are lost: ")));
    expect(await has("/aws/lambda/mails")).toBe(false);
    system.stacks = undefined;
    await system.invoke("mails", "{}");
    while (!(await has("/aws/lambda/mails"))) await setTimeout(50);
  });

  test("describes each of them", async () => {
    const { name, apis, functions, schedules, tables, queues, unserved } = await system.summary();
    expect(name).toBe("shop-staging");
    expect(apis).toMatchObject([
      { address: "aws_apigatewayv2_api.shop", name: "shop", url: serverUrl(apiServer), routes: ["POST /orders"] },
      { name: "staff", cors: false, logGroup: "", archiveBucket: "" },
    ]);
    expect(apis[1]?.url).not.toBe(apis[0]?.url);
    expect(functions.map(({ name, runtime, source }) => [name, runtime, source])).toEqual([
      ["orders", "python3.13", "orders"],
      ["mails", "python3.13", "mails"],
    ]);
    expect(schedules.map(({ name, functions: targets }) => [name, targets])).toEqual([
      ["daily", ["mails", "mails"]],
      ["weekly", []],
      ["parts", ["mails", "mails"]],
    ]);
    expect(tables.map(({ name, keys }) => [name, keys])).toEqual([
      ["orders", ["id"]],
      ["mails", ["id"]],
    ]);
    expect(queues.map(({ name, isDeadLetterQueue }) => [name, isDeadLetterQueue])).toEqual([
      ["letters", true],
      ["orders", false],
    ]);
    expect(unserved).toEqual([
      { address: "aws_lambda_function.node", reason: "the runtime nodejs22.x does not run here; Python does" },
    ]);
  });

  test("goes on describing them when a queue has gone", async () => {
    const { sqs } = emulated.aws;
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "brief" }));
    await system.refresh([...refs, { address: "aws_sqs_queue.brief", type: "aws_sqs_queue", id: QueueUrl ?? "" }]);
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    const { apis, queues } = await system.summary();
    expect([apis.length, queues.map(({ name }) => name)]).toEqual([2, ["letters", "orders", "brief"]]);
    await system.refresh(refs);
  });

  test("a function calls another one, and its run has its calls and the items that these have written", async () => {
    const { status, body, requestId } = await system.send({ method: "POST", path: "/orders", body: "{}" });
    expect([status, JSON.parse(body)]).toEqual([200, { mailed: { path: "/orders" } }]);
    const run = await system.run(requestId);
    expect(run).toMatchObject({ functionName: "orders", source: "request", outcome: "processed" });
    expect(run?.calls).toMatchObject([
      { service: "dynamodb", operation: "PutItem", resource: "orders", status: 200 },
      { service: "lambda", operation: "Invoke", resource: "mails", status: 200 },
    ]);
    const item = { id: "/orders", bytes: expect.any(Number) };
    expect(run?.items).toEqual([{ table: "orders", item }]);
    expect(await system.items("orders", 10)).toEqual([item]);
    expect(await system.items("aws_dynamodb_table.mails", 10)).toEqual([]);
    const called = system.runs(5).find(({ functionName }) => functionName === "mails");
    expect(called).toMatchObject({ source: "invocation", outcome: "processed" });
    expect(await system.run(called?.id ?? "")).toMatchObject({ event: '{"path": "/orders"}', calls: [], items: [] });
  });

  test("a request goes to the API that it names, and its replay goes there, too", async () => {
    const { status, body, requestId } = await system.send({ method: "POST", path: "/mails", api: "staff" });
    expect([status, JSON.parse(body).mailed.rawPath]).toEqual([200, "/mails"]);
    expect(await system.replay(requestId)).toMatchObject({ status: 200, body: expect.stringContaining("/mails") });
    expect((await system.send({ method: "POST", path: "/mails" })).status).toBe(404);
    await expect(system.send({ method: "POST", path: "/", api: "none" })).rejects.toThrow(
      "There is no API none; there are shop, staff.",
    );
  });

  test("Lambda's Invoke runs the functions: with a result, an error, a version, and asynchronously", async () => {
    const { lambda } = emulated.aws;
    const invoke = async (input: object, more: object = {}) => {
      const Payload = JSON.stringify(input);
      const answer = await lambda.send(new InvokeCommand({ FunctionName: "mails", Payload, ...more }));
      return { ...answer, result: Buffer.from(answer.Payload ?? []).toString() };
    };
    const answer = await invoke({ to: "a" }, { LogType: "Tail" });
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST", result: '{"mailed": {"to": "a"}}' });
    expect(Buffer.from(answer.LogResult ?? "", "base64").toString()).toMatch(/^mails\n/);
    const failed = await invoke({ fails: true }, { FunctionName: arnOf("mails") });
    expect([failed.FunctionError, JSON.parse(failed.result).errorMessage]).toEqual(["Unhandled", "no address"]);
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: "mails" }));
    expect(await invoke({}, { Qualifier: Version })).toMatchObject({ ExecutedVersion: Version });
    expect(await invoke({}, { InvocationType: "DryRun" })).toMatchObject({ StatusCode: 204 });
    expect(await invoke({ late: true }, { InvocationType: "Event" })).toMatchObject({ StatusCode: 202 });
    await until(() => system.runs(1)[0]?.outcome === "processed");
    expect(await system.run(system.runs(1)[0]?.id ?? "")).toMatchObject({ event: '{"late":true}' });
    await expect(invoke({}, { FunctionName: "gone" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("a topic's message runs its subscribers whose policies allow it", async () => {
    const { sns } = emulated.aws;
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "prices" }));
    for (const name of ["orders", "mails"]) {
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: "lambda", Endpoint: arnOf(name) }));
    }
    await emulated.deploy.permit("mails", "sns.amazonaws.com", TopicArn);
    await system.refresh(refs);
    await sns.send(new PublishCommand({ TopicArn, Message: "7" }));
    const ofTopic = () => system.runs(20).filter(({ source }) => source === "topic");
    await until(() => ofTopic().filter(({ outcome }) => outcome !== "running").length === 2);
    const runs = Object.fromEntries(ofTopic().map((run) => [run.functionName, run]));
    expect(runs.mails).toMatchObject({ path: "prices", outcome: "processed", attempts: 1 });
    expect(runs.orders).toMatchObject({
      path: "prices",
      outcome: "failed",
      attempts: 0,
      error: "The function's policy does not let prices invoke it",
    });
    const [record] = JSON.parse((await system.run(runs.mails?.id ?? ""))?.event ?? "{}").Records;
    expect(record.Sns).toMatchObject({ TopicArn, Message: "7" });
  });

  test("a schedule runs each of its functions, and the failed event is a dead letter that its function gets again", async () => {
    const fired = await system.fireSchedule("daily");
    expect(fired.map(({ functionName, outcome }) => [functionName, outcome])).toEqual([
      ["mails", "processed"],
      ["mails", "sent to the dead-letter queue"],
    ]);
    await expect(system.fireSchedule("")).rejects.toThrow("Choose a schedule: daily, weekly, parts.");
    await expect(system.fireSchedule("weekly")).rejects.toThrow("weekly has no target that runs here.");
    const [message] = await system.messages("letters", 10);
    expect(message?.runId).toBe(fired[1]?.runId);
    expect(message?.letter).toMatchObject({ event: '{"fails": true}', functionArn: arnOf("mails") });
    const { runId = "" } = (await system.putBack("letters", message?.id ?? "")) ?? {};
    expect(await ended(runId)).toMatchObject({ source: "dead letter", path: "letters", functionName: "mails" });
    await until(() => system.runs(100).every(({ outcome }) => outcome !== "running"));
    expect(await system.purge("letters")).toBe(1);
    expect(await system.messages("letters", 10)).toEqual([]);
  });

  test("a schedule's function gets the part, or the template, that its deployed target names", async () => {
    const fired = await system.fireSchedule("parts");
    const events = await Promise.all(fired.map(async ({ runId }) => JSON.parse((await ended(runId))?.event ?? "{}")));
    expect(events).toEqual([
      ["arn:aws:events:us-west-2:123456789012:rule/parts"],
      { text: "Scheduled Event of parts", at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
    ]);
  });

  test("a dead letter of a function that does not run here stays in its queue", async () => {
    const [requestContext, requestPayload] = [{ condition: "RetriesExhausted", functionArn: arnOf("node") }, {}];
    await system.sendMessage("letters", JSON.stringify({ requestContext, requestPayload }));
    const [message] = await system.messages("letters", 10);
    await expect(system.putBack("letters", message?.id ?? "")).rejects.toThrow(
      `${arnOf("node")} does not run on this machine; the event stays in letters.`,
    );
    expect(await system.purge("letters")).toBe(1);
  });

  test("a message that nobody could handle goes back to its queue", async () => {
    await system.sendMessage("orders", "broken");
    const { id: QueueUrl } = refs.find(({ address }) => address === "aws_sqs_queue.orders") ?? {};
    // A second receipt is one too many.
    for (const _ of [1, 2]) await emulated.aws.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const [dead] = await system.messages("letters", 10);
    expect(dead).toMatchObject({ body: "broken", letter: undefined });
    expect(await system.putBack("letters", dead?.id ?? "")).toEqual({});
    // One look more would move it on again.
    for (const _ of [1, 2]) expect(await system.messages("orders", 10)).toMatchObject([{ body: "broken" }]);
    expect(await system.messages("letters", 10)).toEqual([]);
    expect((await system.summary()).queues).toMatchObject([{ messages: 0 }, { messages: 1 }]);
    expect(await system.putBack("letters", "gone")).toBeUndefined();
    await system.purge("orders");
  });

  test("an event by hand goes to the function that it names, and is done again there", async () => {
    const { runId, isError, result } = await system.invoke("mails", '{"n": 12345678901234567890}');
    expect([isError, result]).toEqual([false, '{"mailed": {"n": 12345678901234567890}}']);
    expect(await system.replay(runId)).toMatchObject({ isError: false, result });
    expect(system.runs(1)).toMatchObject([{ source: "invocation", functionName: "mails", replayOf: runId }]);
    expect(await system.replay("gone")).toBeUndefined();
    await expect(system.invoke("", "{}")).rejects.toThrow("Choose a function: orders, mails.");
  });

  test.each<[string, (all: RunningSystem) => Promise<unknown>]>([
    ["There is no table none; there are orders, mails.", (all) => all.items("none", 1)],
    ["There is no queue none; there are letters, orders.", (all) => all.sendMessage("none", "text")],
    ["There is no schedule none; there are daily, weekly, parts.", (all) => all.fireSchedule("none")],
    ["There is no function node; there are orders, mails.", (all) => all.invoke("node", "{}")],
  ])("a wrong name leads to those that there are: %s", async (message, call) => {
    await expect(call(system)).rejects.toThrow(message);
  });

  test("a listener gets the lines of a function with its name, and the run with its function", async () => {
    const changes: Change[] = [];
    const unsubscribe = system.subscribe((change) => changes.push(change));
    const { runId } = await system.invoke("mails", "{}");
    unsubscribe();
    const runs = changes.flatMap((change) => (change.type === "run" ? [change.run] : []));
    expect(runs.map(({ functionName }) => functionName)).toEqual(runs.map(() => "mails"));
    expect(runs.at(-1)).toMatchObject({ id: runId, outcome: "processed" });
    const lines = changes.flatMap((change) => (change.type === "log" ? [change.line] : []));
    expect(lines[0]).toMatchObject({ functionName: "mails", runId, message: "mails" });
  });
});
