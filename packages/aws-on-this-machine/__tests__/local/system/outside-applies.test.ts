/** @sequential Each test goes on from the one before it. */
import type { Server } from "node:http";
import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { close, listen, serverUrl } from "@local/command-line/server";
import { SERVER_OPTIONS } from "../../../gateway/http-gateway";
import type { ResourceRef } from "../../../inventory/resource-ref";
import { refsOf } from "../../../start/follow/follow-stacks";
import { OutsideApplies } from "../../../start/follow/outside-applies";
import type { LocalSystem } from "../../../system/local-system";
import { describeWithPython, until } from "../echo-api";
import { Emulated } from "./emulated";

const ECHO = `
def handler(event, context):
    if event["rawPath"] == "/fails":
        raise ValueError("no")
    return event["rawPath"]
`;
const STATE = { Bucket: "states", Key: "shop/terraform.tfstate" };

describeWithPython("a running system, after others have applied", () => {
  let emulated: Emulated;
  let apiServer: Server;
  let system: LocalSystem;
  let outside: OutsideApplies;
  let refs: ResourceRef[];
  const notices: string[] = [];
  let serial = 0;

  /** Writes the state, as Terraform does at the end of an apply. */
  async function writeState(Key = STATE.Key): Promise<void> {
    const resources = refs.map(({ type, address, id }) => {
      return { mode: "managed", type, name: address.split(".")[1], instances: [{ attributes: { id } }] };
    });
    serial += 1;
    const Body = JSON.stringify({ serial, outputs: {}, resources });
    await emulated.aws.s3.send(new PutObjectCommand({ ...STATE, Key, Body }));
  }

  const putAlarm = (Value: string) =>
    emulated.aws.cloudwatch.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName: "errors", Namespace: "AWS/Lambda", MetricName: "Errors", Statistic: "Sum" },
        ...{ Dimensions: [{ Name: "FunctionName", Value }], ComparisonOperator: "GreaterThanThreshold", Threshold: 0 },
        ...{ Period: 60, EvaluationPeriods: 1, TreatMissingData: "notBreaching" },
      }),
    );
  const statusOf = async (path: string) => (await fetch(serverUrl(apiServer) + path)).status;

  beforeAll(async () => {
    emulated = await Emulated.start();
    const { aws, deploy } = emulated;
    await aws.s3.send(
      new CreateBucketCommand({ Bucket: STATE.Bucket, CreateBucketConfiguration: { LocationConstraint: "us-west-2" } }),
    );
    refs = [
      await deploy.fn("orders", ECHO),
      await deploy.api("shop", { "GET /orders": "orders", "GET /fails": "orders" }),
    ];
    await deploy.permit("orders", "apigateway.amazonaws.com");
    await putAlarm("former");
    refs.push({ address: "aws_cloudwatch_metric_alarm.errors", type: "aws_cloudwatch_metric_alarm", id: "errors" });
    await writeState();
    outside = new OutsideApplies({
      read: async () => (await (await aws.s3.send(new GetObjectCommand(STATE))).Body?.transformToString()) ?? "",
      onApplied: (state) => system.refresh(refsOf(state?.resources)),
      onNotice: (notice) => notices.push(notice),
    });
    apiServer = await listen(0, "--port", SERVER_OPTIONS);
    system = await emulated.openSystem({
      name: "shop",
      apiServer,
      watched: { bucket: STATE.Bucket, key: STATE.Key, onWrite: outside.look },
    });
    await system.serve(refsOf((await outside.readOwn())?.resources));
    outside.begin();
  });
  afterAll(async () => {
    outside?.end();
    await system?.stop();
    if (apiServer) await close(apiServer);
    await emulated?.stop();
  });

  test("answers a new route without a restart, and each request meanwhile", async () => {
    const api = refs.find(({ type }) => type === "aws_apigatewayv2_api")?.id ?? "";
    expect([await statusOf("/orders"), await statusOf("/mails")]).toEqual([200, 404]);
    await emulated.deploy.route(api, "GET /mails", "orders");
    await writeState(`${STATE.Key}.tflock`);
    expect(await statusOf("/mails")).toBe(404);
    const statuses = new Set<number>();
    await writeState();
    do statuses.add(await statusOf("/orders"));
    while ((await statusOf("/mails")) !== 200);
    expect(statuses).toEqual(new Set([200]));
    await until(() => notices.length > 0);
    expect(notices).toEqual(["Another apply has changed the system. npm start serves it as it is now."]);
  });

  test("evaluates an alarm with its new dimension", async () => {
    const state = async () => (await system.summary()).alarms.map((alarm) => alarm.state);
    await putAlarm("orders");
    await writeState();
    await until(() => notices.length > 1);
    expect([await state(), await statusOf("/fails"), await state()]).toEqual([["OK"], 500, ["ALARM"]]);
  });
});
