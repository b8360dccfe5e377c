import { CreateEventBusCommand, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { callEmulator } from "../../../gateway/services/call-emulator";
import { DEPLOYED, describeWithPython, EchoApi, INTEGRATION, route, send } from "../echo-api";
import { ACCOUNT, call, REGION, useEmulator } from "../emulator/own-emulator";

describeWithPython("an HTTP API with a service in place of a function", () => {
  const own = useEmulator();
  const echo = new EchoApi();
  let QueueUrl = "";
  beforeAll(async () => {
    echo.callService = callEmulator(own().emulator.endpoint, REGION);
    ({ QueueUrl = "" } = await own().aws.sqs.send(new CreateQueueCommand({ QueueName: "orders" })));
  });
  afterAll(() => echo.stop());

  function serve(
    IntegrationSubtype: string,
    RequestParameters: Record<string, string>,
    routeKey = "POST /orders/{id}",
  ) {
    const { IntegrationUri: _, ...integration } = INTEGRATION;
    const integrations = [{ ...integration, IntegrationSubtype, RequestParameters }];
    return echo.serve({ ...DEPLOYED, routes: [route(routeKey)], integrations });
  }
  const post = (url: string, body: string, path = "/orders/7?kind=a") =>
    send(url, path, { "content-type": "application/json", "x-group": "g" }, Buffer.from(body));
  const receive = async (): Promise<Message[]> => {
    const all = { QueueUrl, MessageAttributeNames: ["All"], MaxNumberOfMessages: 10 };
    return (await own().aws.sqs.send(new ReceiveMessageCommand(all))).Messages ?? [];
  };

  test("sends a message with attributes of the request to a queue", async () => {
    const url = await serve("SQS-SendMessage", {
      QueueUrl,
      ...{ MessageBody: "$request.body", DelaySeconds: "0" },
      MessageAttributes:
        '{"id": {"DataType": "String", "StringValue": "${request.path.id}-${request.querystring.kind}"}}',
    });
    const answer = await post(url, '{"total": 3}');
    const [message] = await receive();
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { MessageId: message?.MessageId }]);
    expect(message).toMatchObject({
      Body: '{"total": 3}',
      MessageAttributes: { id: { DataType: "String", StringValue: "7-a" } },
    });
  });

  test("puts an event on a bus", async () => {
    await own().aws.events.send(new CreateEventBusCommand({ Name: "shop" }));
    const rule = { Rule: "all", EventBusName: "shop" };
    const EventPattern = '{"source": ["api"]}';
    await own().aws.events.send(new PutRuleCommand({ Name: "all", EventBusName: "shop", EventPattern }));
    const Targets = [{ Id: "queue", Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:orders` }];
    await own().aws.events.send(new PutTargetsCommand({ ...rule, Targets }));
    const url = await serve("EventBridge-PutEvents", {
      ...{ EventBusName: "shop", Source: "api", DetailType: "$request.header.x-group" },
      ...{ Detail: "$request.body.detail", Resources: '["a"]', Time: "$request.querystring.none" },
    });
    const answer = await post(url, '{"detail": {"items": [1]}}');
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      200,
      { FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] },
    ]);
    const [message] = await receive();
    expect(JSON.parse(message?.Body ?? "")).toMatchObject({
      ...{ source: "api", "detail-type": "g", resources: ["a"], detail: { items: [1] } },
    });
  });

  test("puts a record on a stream", async () => {
    await call(own(), "kinesis", "Kinesis_20131202.CreateStream", { StreamName: "orders", ShardCount: 1 });
    const url = await serve("Kinesis-PutRecord", {
      ...{ StreamName: "orders", PartitionKey: "$context.httpMethod", Data: "$request.body.items[1]" },
    });
    const answer = await post(url, '{"items": ["a", "b"]}');
    const { ShardId } = JSON.parse(answer.body);
    const from = { StreamName: "orders", ShardId, ShardIteratorType: "TRIM_HORIZON" };
    const { ShardIterator } = await call(own(), "kinesis", "Kinesis_20131202.GetShardIterator", from);
    const { Records } = await call(own(), "kinesis", "Kinesis_20131202.GetRecords", { ShardIterator });
    expect(Records).toMatchObject([{ Data: Buffer.from("b").toString("base64"), PartitionKey: "POST" }]);
  });

  test("starts a state machine", async () => {
    const definition = '{"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": true}}}';
    const machine = { name: "orders", roleArn: `arn:aws:iam::${ACCOUNT}:role/api`, definition };
    const { stateMachineArn } = await call(own(), "states", "AWSStepFunctions.CreateStateMachine", machine);
    const url = await serve("StepFunctions-StartExecution", {
      ...{
        StateMachineArn: stateMachineArn ?? "",
        Input: "$request.body",
        Name: "n-${request.path.id}",
        Region: REGION,
      },
    });
    const { executionArn } = JSON.parse((await post(url, '{"a":1}')).body);
    const execution = await call(own(), "states", "AWSStepFunctions.DescribeExecution", { executionArn });
    expect(execution).toMatchObject({ name: "n-7", input: '{"a":1}' });
  });

  test("answers with the service's error", async () => {
    const url = await serve("SQS-SendMessage", { QueueUrl: `${QueueUrl}-none`, MessageBody: "a" });
    const answer = await post(url, "{}");
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining("NonExistentQueue")]);
    expect(echo.answered.at(-1)?.answer.log).toMatchObject({ "integration.status": 400 });
  });

  test("does not serve other services", async () => {
    expect((await post(await serve("AppConfig-GetConfiguration", {}), "{}")).status).toBe(500);
  });
});
