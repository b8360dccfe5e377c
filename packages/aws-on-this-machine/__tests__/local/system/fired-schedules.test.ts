import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateScheduleCommand } from "@aws-sdk/client-scheduler";
import { CreateQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { fireOtherTargets } from "../../../inventory/schedules/other-targets";
import { describeWithPython } from "../echo-api";
import { ACCOUNT, createFunction, REGION, useEmulator } from "../emulator/own-emulator";

const NOON = new Date("2026-01-02T12:00:00Z");
const arnOf = (service: string, name: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;

describeWithPython("a schedule that is fired", () => {
  const own = useEmulator();
  const fire = (arn: string) => fireOtherTargets(own().emulator.endpoint, arn, NOON);
  const bodies = async (QueueName: string) => {
    const { sqs } = own().aws;
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
    return (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.map(({ Body = "" }) => Body);
  };
  const schedule = (Name: string, Target: { readonly Arn: string; readonly Input?: string }) =>
    own().aws.scheduler.send(
      new CreateScheduleCommand({
        ...{ Name, ScheduleExpression: "rate(5 minutes)", FlexibleTimeWindow: { Mode: "OFF" } },
        Target: { RoleArn: `arn:aws:iam::${ACCOUNT}:role/orders`, ...Target },
      }),
    );

  test("as a rule sends its event to each target but functions, and names those that get none", async () => {
    const { events } = own().aws;
    const target = await createFunction(own(), "orders");
    const [queue, fixed, cluster] = [arnOf("sqs", "event"), arnOf("sqs", "fixed"), arnOf("ecs", "cluster/none")];
    for (const name of ["event", "fixed"]) await bodies(name);
    const { RuleArn = "" } = await events.send(
      new PutRuleCommand({ Name: "daily", ScheduleExpression: "rate(1 day)", State: "DISABLED" }),
    );
    expect(await fire(RuleArn)).toEqual([]);
    const Targets = [target, queue, fixed, cluster].map((Arn, index) => ({ Id: `${index}`, Arn }));
    await events.send(
      new PutTargetsCommand({ Rule: "daily", Targets: Targets.map((each) => ({ ...each, ...inputOf(each.Arn) })) }),
    );
    expect(await fire(RuleArn)).toEqual([
      `${queue} got the event of ${RuleArn}`,
      `${fixed} got the event of ${RuleArn}`,
      `${cluster} did not get the event of ${RuleArn}: targets of this kind get no events here`,
    ]);
    const [event = ""] = (await bodies("event")) ?? [];
    const known = { source: "aws.events", "detail-type": "Scheduled Event", resources: [RuleArn], detail: {} };
    expect(JSON.parse(event)).toMatchObject({ ...known, time: "2026-01-02T12:00:00Z" });
    expect(await bodies("fixed")).toEqual(['{"a": 1}']);
  });

  test("of EventBridge Scheduler sends its input as it is, and as an event to a bus", async () => {
    const { events } = own().aws;
    await bodies("plain");
    await schedule("plain", { Arn: arnOf("sqs", "plain"), Input: "no JSON" });
    const plain = arnOf("scheduler", "schedule/default/plain");
    expect(await fire(plain)).toEqual([`${arnOf("sqs", "plain")} got the event of ${plain}`]);
    expect(await bodies("plain")).toEqual(["no JSON"]);

    await bodies("matched");
    await events.send(new PutRuleCommand({ Name: "matched", EventPattern: JSON.stringify({ source: ["shop"] }) }));
    await events.send(new PutTargetsCommand({ Rule: "matched", Targets: [{ Id: "1", Arn: arnOf("sqs", "matched") }] }));
    const parameters = { EventBridgeParameters: { Source: "shop", DetailType: "Sale" } };
    await schedule("bus", { Arn: arnOf("events", "event-bus/default"), Input: '{"a":1}', ...parameters });
    await fire(arnOf("scheduler", "schedule/default/bus"));
    const [event = ""] = (await bodies("matched")) ?? [];
    expect(JSON.parse(event)).toMatchObject({ source: "shop", "detail-type": "Sale", detail: { a: 1 } });
  });
});

function inputOf(arn: string): object {
  return arn.endsWith("fixed") ? { Input: '{"a":1}' } : {};
}
