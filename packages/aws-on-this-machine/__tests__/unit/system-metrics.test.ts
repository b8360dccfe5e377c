import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { Inventory } from "../../inventory/inventory";
import { SystemMetrics } from "../../monitoring/system-metrics";
import { CODE, invocation } from "./runs/records";

type Deployed = Pick<Inventory, "apis" | "functions" | "queues" | "alarms">;

function alarm(AlarmName: string, Namespace: string, MetricName: string, dimension: [string, string]): MetricAlarm {
  const [Name, Value] = dimension;
  const rest = { Statistic: "Sum", Period: 60, EvaluationPeriods: 1, Threshold: 0 } as const;
  const ComparisonOperator = "GreaterThanThreshold";
  return { AlarmName, Namespace, MetricName, Dimensions: [{ Name, Value }], ComparisonOperator, ...rest };
}

const API = (name: string, id: string) => alarm(name, "AWS/ApiGateway", "5xx", ["ApiId", id]);
const ERRORS = (name: string, id: string) => alarm(name, "AWS/Lambda", "Errors", ["FunctionName", id]);
const THROTTLES = (name: string, id: string) => alarm(name, "AWS/Lambda", "Throttles", ["FunctionName", id]);
const ALIAS_ERRORS = (name: string, id: string, alias: string): MetricAlarm => {
  const { Dimensions = [], ...rest } = ERRORS(name, id);
  return { ...rest, Dimensions: [...Dimensions, { Name: "Resource", Value: `${id}:${alias}` }] };
};
const MESSAGES = (name: string, id: string) => ({
  ...alarm(name, "AWS/SQS", "ApproximateNumberOfMessagesVisible", ["QueueName", id]),
  Statistic: "Maximum" as const,
});

function deployed(apis: string[], functions: string[], queues: string[], alarms: MetricAlarm[]): Deployed {
  return {
    apis: apis.map((ApiId) => ({ api: { ApiId } })),
    functions: functions.map((name) => ({ name })),
    queues: queues.map((name) => ({ name })),
    alarms,
  } as unknown as Deployed;
}

const fails = (functionName: string) =>
  invocation({ code: { ...CODE, functionName }, outcome: { payload: "{}", isError: true } });

test("each API, function and queue has alarms of its own", () => {
  const metrics = new SystemMetrics();
  const names = ["one", "other"];
  const alarms = names.flatMap((name) => [
    API(`5xx ${name}`, name),
    ERRORS(`errors ${name}`, name),
    THROTTLES(`throttles ${name}`, name),
    MESSAGES(`messages ${name}`, name),
  ]);
  metrics.update(deployed(names, names, names, [...alarms, ERRORS("errors of another stack", "elsewhere")]));
  metrics.countRequest("one", 500, 5);
  metrics.countRequest("other", 404, 5);
  metrics.countInvocation(fails("other"));
  metrics.countInvocation(invocation({ code: { ...CODE, functionName: "one" } }));
  metrics.countThrottle("one");
  metrics.countMessages("one", 3);
  metrics.countMessages("other", 0);
  const states = Object.fromEntries(metrics.alarms().map(({ name, state }) => [name, state]));
  expect(states).toEqual({
    "5xx one": "ALARM",
    "5xx other": "OK",
    "errors one": "OK",
    "errors other": "ALARM",
    "throttles one": "ALARM",
    "throttles other": "OK",
    "messages one": "ALARM",
    "messages other": "OK",
    "errors of another stack": "not counted here",
  });
});

test("an alarm on a version that an alias names is counted before its first invocation", () => {
  const metrics = new SystemMetrics();
  const names = { FunctionName: "one", Resource: "one:live" };
  const ofVersion = (ExecutedVersion: string): MetricAlarm => ({
    ...ERRORS(ExecutedVersion, "one"),
    Dimensions: Object.entries({ ...names, ExecutedVersion }).map(([Name, Value]) => ({ Name, Value })),
  });
  const functions = [{ name: "one", aliases: [{ name: "live", version: "1", weights: { "2": 0.1 } }] }];
  metrics.update({ ...deployed([], [], [], ["1", "2", "3"].map(ofVersion)), functions } as unknown as Deployed);
  expect(metrics.alarms().map(({ state }) => state)).toEqual(["OK", "OK", "not counted here"]);
});

test("counts go on after an update, and a new resource has alarms from then on", () => {
  const metrics = new SystemMetrics();
  metrics.update(deployed([], ["one"], [], [ERRORS("one", "one"), ERRORS("other", "other")]));
  metrics.countInvocation(fails("one"));
  expect(metrics.alarms().map(({ state }) => state)).toEqual(["ALARM", "not counted here"]);
  metrics.update(deployed([], ["one", "other"], [], [ERRORS("one", "one"), ERRORS("other", "other")]));
  metrics.countInvocation(fails("other"));
  expect(metrics.alarms().map(({ state }) => state)).toEqual(["ALARM", "ALARM"]);
  metrics.update(deployed([], ["one"], [], []));
  expect(metrics.alarms()).toEqual([]);
});

test("the series count all APIs, and have a threshold only where there is one", () => {
  const metrics = new SystemMetrics();
  metrics.update(deployed(["one"], ["one"], [], [API("5xx one", "one")]));
  expect(metrics.series().thresholds).toEqual([{ series: "serverErrors", value: 0, alarm: "5xx one" }]);
  metrics.update(deployed(["one", "other"], ["one"], [], [API("5xx one", "one")]));
  expect(metrics.series().thresholds).toEqual([]);
  metrics.countRequest("one", 500, 5);
  metrics.countRequest("other", 500, 5);
  expect(metrics.series().serverErrors.reduce((sum: number, each) => sum + (each ?? 0), 0)).toBe(2);
});

test("an alias has alarms of its own, of the invocations through it, and counts for its function, too", () => {
  const metrics = new SystemMetrics();
  const names = ["live", "next"];
  const alarms = [ERRORS("fn", "one"), ...names.map((name) => ALIAS_ERRORS(name, "one", name))];
  const aliases = names.map((name) => ({ name, version: "1", weights: {} }));
  metrics.update({ ...deployed([], [], [], alarms), functions: [{ name: "one", aliases }] } as unknown as Deployed);
  const states = () => metrics.alarms().map(({ name, state, value }) => [name, state, value]);
  const of = { ...CODE, functionName: "one" };
  const failed = { code: of, outcome: { payload: "{}", isError: true } };
  metrics.countInvocation(invocation(failed));
  metrics.countInvocation(invocation({ code: of, qualifier: "live", version: "1" }));
  expect(states()).toEqual([
    ["fn", "ALARM", 1],
    ["live", "OK", 0],
    ["next", "OK", 0],
  ]);
  metrics.countInvocation(invocation({ ...failed, qualifier: "live", version: "2" }));
  metrics.countInvocation(invocation({ ...failed, qualifier: "live", version: "1" }));
  expect(states()).toEqual([
    ["fn", "ALARM", 3],
    ["live", "ALARM", 2],
    ["next", "OK", 0],
  ]);
});

test("the errors of an alias are counted for the version that ran, too", () => {
  const metrics = new SystemMetrics();
  const alarm = ALIAS_ERRORS("version 2", "one", "live");
  const executed = { ...alarm, Dimensions: [...(alarm.Dimensions ?? []), { Name: "ExecutedVersion", Value: "2" }] };
  metrics.update(deployed([], ["one"], [], [executed]));
  const failed = { code: { ...CODE, functionName: "one" }, outcome: { payload: "{}", isError: true } };
  metrics.countInvocation(invocation({ ...failed, qualifier: "live", version: "1" }));
  expect(metrics.alarms()).toMatchObject([{ state: "not counted here" }]);
  metrics.countInvocation(invocation({ ...failed, qualifier: "live", version: "2" }));
  expect(metrics.alarms()).toMatchObject([{ state: "ALARM", value: 1 }]);
});
