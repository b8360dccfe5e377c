/** @sequential After a failed test, the emulator has ended. */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  PutFunctionEventInvokeConfigCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { close, listen } from "@local/command-line/server";
import { ReleaseClient } from "@local/terraform/release/release-client";
import { ArchivedSource } from "../../../function/code/archived-source";
import { SERVER_OPTIONS } from "../../../gateway/http-gateway";
import type { ResourceRef } from "../../../inventory/resource-ref";
import type { LocalSystem } from "../../../system/local-system";
import { arnOf } from "../../../testing/deploy";
import { describeWithPython, until } from "../echo-api";
import { canary, makeDeploymentGroup } from "../emulator/releases/deployment-group";
import { Emulated } from "./emulated";

/** Answers with its version. Fails if the path or the event says so. */
const says = (text: string) => `
import os
def handler(event, context):
    if "fails" in event or event.get("rawPath") == "/fails":
        raise ValueError("no")
    own = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
    return {"text": "${text}", "versions": [own, context.function_version], "arn": context.invoked_function_arn}
`;

const NAME = "orders";
const ALIAS = `${NAME}:live`;
const QUEUES = "arn:aws:sqs:us-west-2:123456789012:";

describeWithPython("an alias that callers invoke", () => {
  let emulated: Emulated;
  let apiServer: Server;
  let system: LocalSystem;
  let refs: ResourceRef[];
  let folder: string;
  let release: ReleaseClient;
  const notices: string[] = [];

  const save = (text: string) => writeFileSync(join(folder, "index.py"), says(text));
  const permit = (Qualifier: string | undefined, ...services: string[]) =>
    Promise.all(
      services.map((service) =>
        emulated.aws.lambda.send(
          new AddPermissionCommand({
            ...{ FunctionName: NAME, Qualifier, StatementId: service, Action: "lambda:InvokeFunction" },
            Principal: `${service}.amazonaws.com`,
          }),
        ),
      ),
    );
  const forbid = (Qualifier: string | undefined, ...services: string[]) =>
    Promise.all(
      services.map((StatementId) =>
        emulated.aws.lambda.send(new RemovePermissionCommand({ FunctionName: NAME, Qualifier, StatementId })),
      ),
    );
  const get = async (path: string) => {
    const { status, body } = await system.send({ method: "GET", path });
    return status === 200 ? JSON.parse(body) : status;
  };

  beforeAll(async () => {
    emulated = await Emulated.start();
    const { aws, deploy } = emulated;
    folder = join(emulated.folder, "src");
    mkdirSync(folder);
    save("first");
    const fn = await deploy.fn(NAME, says("first"), { Publish: true });
    await aws.lambda.send(new CreateAliasCommand({ FunctionName: NAME, Name: "live", FunctionVersion: "1" }));
    const routes = { "GET /orders": ALIAS, "GET /fails": ALIAS, "GET /direct": NAME };
    refs = [fn, await deploy.api("shop", routes)];

    for (const QueueName of ["orders", "letters"]) await aws.sqs.send(new CreateQueueCommand({ QueueName }));
    const { UUID = "" } = await aws.lambda.send(
      new CreateEventSourceMappingCommand({ FunctionName: ALIAS, EventSourceArn: `${QUEUES}orders`, BatchSize: 1 }),
    );
    refs.push({ address: "aws_lambda_event_source_mapping.m", type: "aws_lambda_event_source_mapping", id: UUID });

    await aws.events.send(new PutRuleCommand({ Name: "daily", ScheduleExpression: "rate(1 day)" }));
    const failing = { Id: "2", Arn: arnOf(ALIAS), Input: '{"fails": true}' };
    const Targets = [{ Id: "1", Arn: arnOf(ALIAS) }, failing];
    await aws.events.send(new PutTargetsCommand({ Rule: "daily", Targets }));
    refs.push({ address: "aws_cloudwatch_event_rule.daily", type: "aws_cloudwatch_event_rule", id: "daily" });
    await aws.lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        ...{ FunctionName: NAME, Qualifier: "live", MaximumRetryAttempts: 0 },
        DestinationConfig: { OnFailure: { Destination: `${QUEUES}letters` } },
      }),
    );

    const Dimensions = [
      { Name: "FunctionName", Value: NAME },
      { Name: "Resource", Value: ALIAS },
    ];
    await aws.cloudwatch.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName: "live-errors", Namespace: "AWS/Lambda", MetricName: "Errors", Statistic: "Sum", Dimensions },
        ...{ ComparisonOperator: "GreaterThanThreshold", Threshold: 0, Period: 60, EvaluationPeriods: 1 },
        TreatMissingData: "notBreaching",
      }),
    );
    refs.push({ address: "aws_cloudwatch_metric_alarm.a", type: "aws_cloudwatch_metric_alarm", id: "live-errors" });
    await makeDeploymentGroup(emulated, { functionName: NAME, routing: canary(10, 5) });
    release = new ReleaseClient(aws, { functionName: NAME, alias: "live" });

    apiServer = await listen(0, "--port", SERVER_OPTIONS);
    system = await emulated.openSystem({
      name: "shop",
      findSource: () => new ArchivedSource({ folder } as never),
      apiServer,
      onNotice: (notice) => notices.push(notice),
    });
    await permit("live", "apigateway", "events");
    await system.serve(refs);
  });
  afterAll(async () => {
    await system?.stop();
    if (apiServer) await close(apiServer);
    await emulated?.stop();
  });

  test("the function learns its version and the alias, although $LATEST has the same code", async () => {
    expect(await get("/orders")).toEqual({ text: "first", versions: ["1", "1"], arn: arnOf(ALIAS) });
    await permit(undefined, "apigateway");
    await system.refresh(refs);
    expect(await get("/direct")).toEqual({ text: "first", versions: ["$LATEST", "$LATEST"], arn: arnOf(NAME) });
    expect(await get("/orders")).toMatchObject({ versions: ["1", "1"] });
    expect(system.runs(2).map(({ path, version }) => [path, version])).toEqual([
      ["/orders", "1"],
      ["/direct", undefined],
    ]);
    const { functions } = await system.summary();
    expect(functions[0]?.processes).toBe(1);
    await forbid(undefined, "apigateway");
    await system.refresh(refs);
  });

  test("the alarm on the alias's errors fires here and in the emulator, by invocations through the alias alone", async () => {
    const state = async () => (await system.summary()).alarms.map(({ name, state, value }) => [name, state, value]);
    const told = async () => {
      const { MetricAlarms = [] } = await emulated.aws.cloudwatch.send(new DescribeAlarmsCommand({}));
      return MetricAlarms[0]?.StateValue;
    };
    expect(await system.invoke(NAME, '{"fails": true}')).toMatchObject({ isError: true });
    await get("/orders");
    expect(await state()).toEqual([["live-errors", "OK", 0]]);
    expect(await get("/fails")).toBe(500);
    expect(await state()).toEqual([["live-errors", "ALARM", 1]]);
    while ((await told()) !== "ALARM") await setTimeout(50);
  });

  test("APIs and schedules need the permission of what they invoke: the alias, or the function", async () => {
    const fire = async () => (await system.fireSchedule("daily")).map(({ error }) => error);
    expect([(await get("/orders")).text, await get("/direct")]).toEqual(["first", 500]);
    expect((await fire())[0]).toBeUndefined();
    await forbid("live", "apigateway", "events");
    await permit(undefined, "apigateway", "events");
    await system.refresh(refs);
    expect([await get("/orders"), (await get("/direct")).text]).toEqual([500, "first"]);
    expect((await fire())[0]).toBe("The function's policy does not let the rule invoke it");
    await permit("live", "apigateway", "events");
    await system.refresh(refs);
    expect([(await get("/orders")).text, (await get("/direct")).text]).toEqual(["first", "first"]);
  });

  test("a queue's messages go to the alias's version, and need no permission", async () => {
    await emulated.aws.sqs.send(
      new SendMessageCommand({ QueueUrl: `${emulated.endpoint}/123456789012/orders`, MessageBody: "m" }),
    );
    const ofQueue = () => system.runs(20).find(({ source }) => source === "queue");
    await until(() => ofQueue()?.outcome === "processed");
    expect(ofQueue()).toMatchObject({ functionName: NAME, version: "1" });
  });

  test("the record of a failed event names the alias and the version", async () => {
    const QueueUrl = `${emulated.endpoint}/123456789012/letters`;
    await emulated.aws.sqs.send(new PurgeQueueCommand({ QueueUrl }));
    const [, failed] = await system.fireSchedule("daily");
    expect(failed).toMatchObject({ outcome: "sent to the dead-letter queue", error: "ValueError: no" });
    const { Messages = [] } = await emulated.aws.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(JSON.parse(Messages[0]?.Body ?? "{}")).toMatchObject({
      requestContext: { functionArn: arnOf(ALIAS) },
      responseContext: { executedVersion: "1" },
    });
  });

  test("a save goes live at once, but not during a release, nor by itself after it", async () => {
    save("second");
    system.watchSources();
    const texts = async (count: number) => {
      const seen = new Set<string>();
      for (let sent = 0; sent < count; sent += 1) seen.add((await get("/orders")).text);
      return [...seen].sort();
    };
    expect(await texts(1)).toEqual(["second"]);
    expect(await release.traffic()).toEqual({ version: "2" });

    const id = await release.start({ from: "2", to: "1" });
    while (!(await release.traffic()).shifted) await setTimeout(50);
    save("third");
    expect(await get("/direct")).toMatchObject({ text: "third", versions: ["$LATEST", "$LATEST"] });
    const held = `The alias live of ${NAME} does not serve the saved code, because the deployment ${id} is under way.`;
    await until(() => notices.includes(held));
    expect(await texts(60)).toEqual(["first", "second"]);
    expect(await release.traffic()).toEqual({ version: "2", shifted: { version: "1", percent: 10 } });
    // $LATEST and both versions of the alias.
    expect((await system.summary()).functions[0]?.processes).toBe(3);

    await release.stop(id);
    while ((await release.traffic()).shifted) await setTimeout(50);
    expect(await texts(10)).toEqual(["second"]);
    save("fourth");
    expect(await texts(1)).toEqual(["fourth"]);
    while ((await system.summary()).functions[0]?.processes !== 1) await setTimeout(50);
  });
});
