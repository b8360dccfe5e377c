import { setTimeout } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { PutEventsCommand, PutRuleCommand, PutTargetsCommand, type Target } from "@aws-sdk/client-eventbridge";
import { CreateDeliveryStreamCommand, type Processor, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { describeWithPython } from "../echo-api";
import { FunctionProcess } from "./function-process";
import { ACCOUNT, call, callByForm, createFunction, REGION, useEmulator } from "./own-emulator";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describeWithPython("a delivery to a function", () => {
  const own = useEmulator();
  let process: FunctionProcess;
  let arn: string;

  beforeAll(async () => {
    arn = await createFunction(own(), "worker");
    process = await FunctionProcess.start(own().emulator.endpoint);
  });
  afterEach(() => expect(own().failures).toEqual([]));
  afterAll(() => process?.end());

  const next = async (service: string) => {
    const { payload, ...delivery } = await process.next((each) => each.service === service);
    expect(delivery).toMatchObject({ arn, version: "$LATEST", alias: "", type: "Event" });
    return { source: delivery.source, payload };
  };

  test("of SNS has the topic's message, and a subscription to an unknown function delays none", async () => {
    const topic = await callByForm(own(), "sns", { Action: "CreateTopic", Name: "news" }, "TopicArn");
    const subscribe = (Endpoint: string) => {
      const parameters = { Action: "Subscribe", TopicArn: topic, Protocol: "lambda", Endpoint };
      return callByForm(own(), "sns", { ...parameters, ReturnSubscriptionArn: "true" }, "SubscriptionArn");
    };
    await subscribe(arn.replace("worker", "none"));
    const subscription = await subscribe(arn);
    const attribute = "MessageAttributes.entry.1";
    const message = {
      ...{ Action: "Publish", TopicArn: topic, Message: "hello", Subject: "greeting" },
      [`${attribute}.Name`]: "kind",
      [`${attribute}.Value.DataType`]: "String",
      [`${attribute}.Value.StringValue`]: "news",
    };
    const MessageId = await callByForm(own(), "sns", message, "MessageId");
    const Sns = {
      ...{ Type: "Notification", MessageId, TopicArn: topic, Subject: "greeting", Message: "hello" },
      Timestamp: expect.stringMatching(TIME),
      MessageAttributes: { kind: { Type: "String", Value: "news" } },
    };
    expect(await next("sns.amazonaws.com")).toMatchObject({
      source: topic,
      payload: {
        Records: [{ EventSource: "aws:sns", EventVersion: "1.0", EventSubscriptionArn: subscription, Sns }],
      },
    });
  });

  test("of S3 has the object as AWS writes it, also of a delete marker", async () => {
    const { s3 } = own().aws;
    const Bucket = "uploads";
    const location = { LocationConstraint: REGION } as const;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: location }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          LambdaFunctionConfigurations: [
            { Id: "all", LambdaFunctionArn: arn, Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"] },
          ],
        },
      }),
    );
    const Key = "in/a b&ž.txt";
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: "12" }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const source = `arn:aws:s3:::${Bucket}`;
    const bucket = { name: Bucket, arn: source, ownerIdentity: { principalId: ACCOUNT } };
    const key = "in/a+b%26%C5%BE.txt";
    const object = { key, size: 2, eTag: "c20ad4d76fe97759aa27a0c99bff6710", versionId: VersionId };
    expect(await next("s3.amazonaws.com")).toMatchObject({
      source,
      payload: {
        Records: [
          {
            ...{ eventVersion: "2.1", eventSource: "aws:s3", awsRegion: REGION, eventName: "ObjectCreated:Put" },
            eventTime: expect.stringMatching(TIME),
            s3: { s3SchemaVersion: "1.0", configurationId: "all", bucket, object },
          },
        ],
      },
    });
    expect(await next("s3.amazonaws.com")).toMatchObject({
      payload: { Records: [{ eventName: "ObjectRemoved:DeleteMarkerCreated", s3: { object: { key } } }] },
    });
  });

  describe("of EventBridge", () => {
    const detail = { name: 'Ann "A"', total: 3 };
    const rule = `arn:aws:events:${REGION}:${ACCOUNT}:rule/orders`;
    let QueueUrl: string | undefined;
    const send = (Detail: object = detail) =>
      own().aws.events.send(
        new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "Order", Detail: JSON.stringify(Detail) }] }),
      );
    const targets = (Targets: Target[]) => own().aws.events.send(new PutTargetsCommand({ Rule: "orders", Targets }));

    beforeAll(async () => {
      ({ QueueUrl } = await own().aws.sqs.send(new CreateQueueCommand({ QueueName: "orders" })));
      const EventPattern = JSON.stringify({ source: ["shop"], detail: { total: [{ numeric: [">", 2] }] } });
      await own().aws.events.send(new PutRuleCommand({ Name: "orders", EventPattern }));
    });

    test("has the event, where the pattern matches", async () => {
      await targets([{ Id: "target", Arn: arn }]);
      await send({ name: "Ann", total: 1 });
      await send();
      expect(await next("events.amazonaws.com")).toEqual({
        source: rule,
        payload: {
          ...{ version: "0", "detail-type": "Order", source: "shop", account: ACCOUNT, region: REGION, resources: [] },
          id: expect.stringMatching(UUID),
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          detail,
        },
      });
    });

    test.each<[string, Partial<Target>, unknown]>([
      ["a constant", { Input: '{"fixed":1}' }, { fixed: 1 }],
      ["a part", { InputPath: "$.detail.total" }, 3],
      [
        "a template",
        {
          InputTransformer: {
            InputPathsMap: { name: "$.detail.name", total: "$.detail.total" },
            InputTemplate: '{"text": "Dear <name>", "total": <total>, "name": <name>, "rule": <aws.events.rule-name>}',
          },
        },
        { text: 'Dear Ann "A"', total: 3, name: 'Ann "A"', rule: "orders" },
      ],
    ])("has the target's input: %s", async (_what, input, payload) => {
      await targets([{ Id: "target", Arn: arn, ...input }]);
      await send();
      expect((await next("events.amazonaws.com")).payload).toEqual(payload);
    });

    test("reaches other targets, and none of a kind that the emulator lacks makes PutEvents fail", async () => {
      const QueueArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`;
      await targets([
        { Id: "target", Arn: `arn:aws:batch:${REGION}:${ACCOUNT}:job-queue/none` },
        { Id: "queue", Arn: QueueArn, InputPath: "$.detail" },
      ]);
      expect(await send()).toMatchObject({ FailedEntryCount: 0 });
      const { Messages = [] } = await own().aws.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      expect(Messages.map(({ Body = "" }) => JSON.parse(Body))).toEqual([detail]);
    });

    test("has a new bucket, as CloudTrail tells it", async () => {
      const EventPattern = JSON.stringify({ "detail-type": ["AWS API Call via CloudTrail"], source: ["aws.s3"] });
      await own().aws.events.send(new PutRuleCommand({ Name: "buckets", EventPattern }));
      await own().aws.events.send(new PutTargetsCommand({ Rule: "buckets", Targets: [{ Id: "target", Arn: arn }] }));
      const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
      await own().aws.s3.send(new CreateBucketCommand({ Bucket: "told", CreateBucketConfiguration }));
      expect(await next("events.amazonaws.com")).toMatchObject({
        source: `arn:aws:events:${REGION}:${ACCOUNT}:rule/buckets`,
        payload: {
          ...{ source: "aws.s3", region: REGION, account: ACCOUNT },
          detail: {
            ...{ eventSource: "s3.amazonaws.com", eventName: "CreateBucket" },
            requestParameters: { bucketName: "told" },
          },
        },
      });
      await own().aws.events.send(new PutRuleCommand({ Name: "buckets", EventPattern, State: "DISABLED" }));
    });

    test("does not reach schedules and disabled rules", async () => {
      const others = { ScheduleExpression: "rate(1 day)" };
      await own().aws.events.send(new PutRuleCommand({ Name: "daily", ...others }));
      const EventPattern = JSON.stringify({ source: ["shop"] });
      await own().aws.events.send(new PutRuleCommand({ Name: "off", EventPattern, State: "DISABLED" }));
      for (const Rule of ["daily", "off"])
        await own().aws.events.send(new PutTargetsCommand({ Rule, Targets: [{ Id: "target", Arn: arn }] }));
      await targets([{ Id: "target", Arn: arn }]);
      await send();
      expect((await next("events.amazonaws.com")).source).toBe(rule);
      expect(process.invocations).toEqual([]);
    });
  });

  test("of a log has the events that match the filter's pattern", async () => {
    const { logs } = own().aws;
    const stream = { logGroupName: "/app", logStreamName: "one" };
    await logs.send(new CreateLogGroupCommand(stream));
    await logs.send(new CreateLogStreamCommand(stream));
    const filter = { filterName: "errors", filterPattern: "ERROR", destinationArn: arn };
    await logs.send(new PutSubscriptionFilterCommand({ logGroupName: "/app", ...filter }));
    const timestamp = Date.now();
    const logEvents = ["fine", "ERROR late"].map((message) => ({ timestamp, message }));
    await logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
    const { source, payload } = await next("logs.amazonaws.com");
    expect(source).toBe(`arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/app:*`);
    const { awslogs } = payload as { awslogs: { data: string } };
    expect(JSON.parse(String(gunzipSync(Buffer.from(awslogs.data, "base64"))))).toEqual({
      ...{ messageType: "DATA_MESSAGE", owner: ACCOUNT, logGroup: "/app", logStream: "one" },
      subscriptionFilters: ["errors"],
      logEvents: [{ id: expect.stringMatching(/^\d{56}$/), timestamp, message: "ERROR late" }],
    });
  });

  const states = (operation: string, body: object) => call(own(), "states", `AWSStepFunctions.${operation}`, body);
  /** A state machine that gives its input to the function. */
  const machineOf = (name: string) => {
    const Parameters = { FunctionName: arn, "Payload.$": "$" };
    const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters, OutputPath: "$.Payload" };
    const definition = JSON.stringify({ StartAt: "Run", States: { Run: { ...task, End: true } } });
    return { name, roleArn: `arn:aws:iam::${ACCOUNT}:role/worker`, definition };
  };

  test("of Step Functions gets the function's result", async () => {
    const machine = machineOf("orders");
    const { definition } = machine;
    const { stateMachineArn } = await states("CreateStateMachine", { ...machine, publish: true });
    // The AWS provider sends these two.
    const { stateMachineVersions } = await states("ListStateMachineVersions", { stateMachineArn });
    expect(stateMachineVersions).toMatchObject([{ stateMachineVersionArn: `${stateMachineArn}:1` }]);
    const check = (text: string) => states("ValidateStateMachineDefinition", { definition: text });
    expect(await check(definition)).toEqual({ result: "OK", diagnostics: [] });
    expect(await check('{"StartAt": 1}')).toMatchObject({ result: "FAIL", diagnostics: [{ severity: "ERROR" }] });
    process.handler = (_, response) => void response.end('{"total":3}');
    for (const input of ['{"id":1}', '{"id":2}']) {
      const { executionArn } = await states("StartExecution", { stateMachineArn, input });
      const invocation = await process.next(({ service }) => service === "states.amazonaws.com");
      expect(invocation).toMatchObject({ arn, type: "RequestResponse", payload: JSON.parse(input) });
      let execution: Record<string, string> = {};
      while (execution.status !== "SUCCEEDED") {
        await setTimeout(20);
        execution = await states("DescribeExecution", { executionArn });
      }
      expect([execution.input, JSON.parse(execution.output ?? "")]).toEqual([input, { total: 3 }]);
    }
  });

  test("of a synchronous execution gets the function's result or its error", async () => {
    const { stateMachineArn } = await states("CreateStateMachine", { ...machineOf("quick"), type: "EXPRESS" });
    const startSync = async (input: string) => {
      const execution = await states("StartSyncExecution", { stateMachineArn, input });
      const invocation = await process.next();
      expect(invocation).toMatchObject({ arn, service: "states.amazonaws.com", payload: JSON.parse(input) });
      return execution;
    };
    process.handler = (_, response) => void response.end('{"total":3}');
    const execution = await startSync('{"id":1}');
    expect(execution).toMatchObject({ stateMachineArn, status: "SUCCEEDED", input: '{"id":1}', output: '{"total":3}' });
    expect(execution.name).toMatch(UUID);
    expect(execution.executionArn).toContain(`:express:quick:${execution.name}:`);
    process.handler = (_, response) => {
      response.setHeader("x-amz-function-error", "Unhandled");
      response.end('{"errorType":"ValueError","errorMessage":"no total"}');
    };
    const failed = await startSync("{}");
    expect([failed.status, failed.error]).toEqual(["FAILED", "ValueError"]);
    expect(failed.output).toBeUndefined();
  });

  test("of a synchronous execution needs an express state machine and JSON", async () => {
    const { stateMachineArn } = await states("CreateStateMachine", machineOf("standard"));
    const { stateMachineArn: express } = await states("CreateStateMachine", { ...machineOf("exact"), type: "EXPRESS" });
    await expect(states("StartSyncExecution", { stateMachineArn })).rejects.toThrow("StateMachineTypeNotSupported");
    const unreadable = { stateMachineArn: express, input: "{" };
    await expect(states("StartSyncExecution", unreadable)).rejects.toThrow("InvalidExecutionInput");
    expect(await states("DescribeStateMachine", { stateMachineArn: express })).toMatchObject({ type: "EXPRESS" });
  });

  describe("of Firehose", () => {
    const create = async (name: string, Processors: Processor[], more: object = {}) => {
      const { s3, firehose } = own().aws;
      const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
      await s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration }));
      const { DeliveryStreamARN } = await firehose.send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName: name,
          ExtendedS3DestinationConfiguration: {
            RoleARN: `arn:aws:iam::${ACCOUNT}:role/worker`,
            BucketARN: `arn:aws:s3:::${name}`,
            ProcessingConfiguration: { Enabled: true, Processors },
            ...more,
          },
        }),
      );
      return DeliveryStreamARN;
    };
    const put = (DeliveryStreamName: string, ...texts: string[]) => {
      const Records = texts.map((text) => ({ Data: Buffer.from(text) }));
      return own().aws.firehose.send(new PutRecordBatchCommand({ DeliveryStreamName, Records }));
    };
    const objects = async (Bucket: string, count: number) => {
      for (;;) {
        const { Contents = [] } = await own().aws.s3.send(new ListObjectsV2Command({ Bucket }));
        if (Contents.length < count) {
          await setTimeout(20);
          continue;
        }
        return Promise.all(
          Contents.map(async ({ Key = "" }) => {
            const { Body } = await own().aws.s3.send(new GetObjectCommand({ Bucket, Key }));
            return { key: Key, body: Buffer.from((await Body?.transformToByteArray()) ?? "") };
          }),
        );
      }
    };
    /** The body of the object whose key matches. */
    const bodyOf = (found: Awaited<ReturnType<typeof objects>>, pattern: RegExp) => {
      expect(found.map(({ key }) => key)).toContainEqual(expect.stringMatching(pattern));
      return found.find(({ key }) => pattern.test(key))?.body ?? "";
    };
    const transformer = (): Processor => ({
      Type: "Lambda",
      Parameters: [{ ParameterName: "LambdaArn", ParameterValue: `${arn}:$LATEST` }],
    });
    const decode = (data: string) => String(Buffer.from(data, "base64"));

    test("transforms records, drops some, and delivers those that failed apart", async () => {
      const source = await create("orders-stream", [transformer()], {
        Prefix: "in/!{timestamp:yyyy/MM}/",
        ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
        CompressionFormat: "GZIP",
      });
      process.handler = ({ payload }, response) => {
        const { records } = payload as { records: { recordId: string; data: string }[] };
        const results = records.map(({ recordId, data }) => {
          const text = decode(data);
          const result = { drop: "Dropped", bad: "ProcessingFailed" }[text] ?? "Ok";
          return { recordId, result, data: Buffer.from(`${text}!`).toString("base64") };
        });
        response.end(JSON.stringify({ records: results }));
      };
      await put("orders-stream", "a", "drop", "bad", "b");
      const invocation = await process.next();
      expect(invocation).toMatchObject({
        ...{ arn, type: "RequestResponse", service: "firehose.amazonaws.com", source },
        payload: {
          ...{ invocationId: expect.stringMatching(UUID), deliveryStreamArn: source, region: REGION },
          records: ["a", "drop", "bad", "b"].map((text) => ({
            recordId: expect.stringMatching(UUID),
            approximateArrivalTimestamp: expect.any(Number),
            data: Buffer.from(text).toString("base64"),
          })),
        },
      });
      const found = await objects("orders-stream", 2);
      const transformed = bodyOf(found, /^in\/\d{4}\/\d\d\/orders-stream-1-[\d-]+\.gz$/);
      expect(String(gunzipSync(transformed))).toBe("a!b!");
      const line = JSON.parse(String(bodyOf(found, /^failed\/processing-failed\/orders-stream-1-/)));
      expect(line).toMatchObject({ errorCode: "Lambda.ProcessingFailedStatus", lambdaArn: `${arn}:$LATEST` });
      expect(decode(line.rawData)).toBe("bad");
    });

    test("asks a refused function again, and delivers apart what has no data", async () => {
      await create("sparse-stream", [transformer()], {
        Prefix: "!{firehose:random-string}/",
        ErrorOutputPrefix: "failed/!{firehose:error-output-type}/!{timestamp:yyyy}/",
      });
      let answers = 0;
      process.handler = ({ payload }, response) => {
        answers += 1;
        if (answers === 1) return void response.writeHead(429).end("{}");
        const [first, ...others] = (payload as { records: { recordId: string; data: string }[] }).records;
        const results = [first, ...others.map(({ recordId }, at) => ({ recordId, ...(at === 0 && { data: "a" }) }))];
        response.end(JSON.stringify({ records: results.map((each) => ({ ...each, result: "Ok" })) }));
      };
      await put("sparse-stream", "whole", "unreadable", "missing");
      const found = await objects("sparse-stream", 2);
      expect(String(bodyOf(found, /^[\da-f]{11}\/\d{4}(\/\d\d){3}\/sparse-stream-1-/))).toBe("whole");
      const lines = String(bodyOf(found, /^failed\/processing-failed\/\d{4}\/sparse-stream-1-/))
        .trim()
        .split("\n");
      const failures = lines.map((line) => JSON.parse(line));
      expect(failures.map(({ rawData, attemptsMade }) => [decode(rawData), attemptsMade])).toEqual([
        ["unreadable", 2],
        ["missing", 2],
      ]);
      process.invocations.length = 0;
    });

    test("gathers the records that arrive while the function runs, and keeps those of an error", async () => {
      await create("slow-stream", [transformer()], { Prefix: "in/" });
      let answer = () => {};
      const isAsked = new Promise<void>((resolve) => {
        process.handler = async (_, response) => {
          resolve();
          await new Promise<void>((free) => {
            answer = free;
          });
          response.writeHead(200, { "x-amz-function-error": "Unhandled" }).end('{"errorMessage":"x"}');
        };
      });
      await put("slow-stream", "1");
      await isAsked;
      await put("slow-stream", "2");
      await put("slow-stream", "3");
      process.handler = (_, response) =>
        void response.writeHead(200, { "x-amz-function-error": "Unhandled" }).end("{}");
      answer();
      const found = await objects("slow-stream", 2);
      for (const { key } of found) expect(key).toMatch(/^in\/processing-failed\/\d{4}(\/\d\d){3}\/slow-stream-1-/);
      const failed = found.map(({ body }) =>
        String(body)
          .trim()
          .split("\n")
          .map((line) => decode(JSON.parse(line).rawData)),
      );
      expect(failed).toEqual([["1"], ["2", "3"]]);
      process.invocations.length = 0;
    });

    test("has the events of a rule", async () => {
      const Arn = await create("events-stream", [{ Type: "AppendDelimiterToRecord" }]);
      const EventPattern = JSON.stringify({ source: ["stream"] });
      await own().aws.events.send(new PutRuleCommand({ Name: "to-stream", EventPattern }));
      const Targets = [{ Id: "stream", Arn, InputPath: "$.detail" }];
      await own().aws.events.send(new PutTargetsCommand({ Rule: "to-stream", Targets }));
      const entry = { Source: "stream", DetailType: "Order", Detail: '{"total": 3}' };
      await own().aws.events.send(new PutEventsCommand({ Entries: [entry] }));
      const [object] = await objects("events-stream", 1);
      expect(object?.key).toMatch(/^\d{4}(\/\d\d){3}\/events-stream-1-/);
      expect(String(object?.body)).toBe('{"total": 3}\n');
    });
  });
});
