import type { MetricAlarm, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { evaluateAlarms } from "../../monitoring/alarms";
import { Metrics } from "../../monitoring/metrics";

const NOW = 10_000_000;
const DIMENSIONS = { ApiId: "abc123" };
const ID = { namespace: "AWS/ApiGateway", dimensions: DIMENSIONS };

/** 5xx answers, and answers in all, by how many seconds ago. */
type Traffic = Readonly<Record<number, readonly [errors: number, count: number]>>;

function evaluate(alarm: Partial<MetricAlarm>, traffic: Traffic) {
  const metrics = new Metrics();
  for (const metricName of ["5xx", "Count"]) metrics.declare({ ...ID, metricName });
  // Oldest first, as it happens.
  for (const [secondsAgo, [errors, count]] of Object.entries(traffic).reverse()) {
    const at = NOW - Number(secondsAgo) * 1000;
    metrics.record({ ...ID, metricName: "5xx" }, errors, at);
    metrics.record({ ...ID, metricName: "Count" }, count, at);
  }
  const [summary] = evaluateAlarms([{ AlarmName: "alarm", ...alarm }], metrics, NOW);
  return summary;
}

const Dimensions = Object.entries(DIMENSIONS).map(([Name, Value]) => ({ Name, Value }));

/** More than 10 errors in each of two periods of 300 s. */
const ERRORS: MetricAlarm = {
  Namespace: "AWS/ApiGateway",
  MetricName: "5xx",
  Dimensions,
  Statistic: "Sum",
  Period: 300,
  EvaluationPeriods: 2,
  Threshold: 10,
  ComparisonOperator: "GreaterThanThreshold",
};

const sum = (MetricName: string) => ({
  MetricStat: { Metric: { Namespace: "AWS/ApiGateway", MetricName, Dimensions }, Period: 300, Stat: "Sum" },
  ReturnData: false,
});

/** More than 5 percent errors, where there are more than 10 answers. */
const RATE: MetricAlarm = {
  Metrics: [
    { Id: "errors", ...sum("5xx") },
    { Id: "requests", ...sum("Count") },
    { Id: "rate", Expression: "IF(requests > 10, 100 * errors / requests, 0)", Label: "5xx rate", ReturnData: true },
  ],
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: "GreaterThanThreshold",
};

test.each<[string, MetricAlarm, Traffic, number, string]>([
  ["nothing happened", ERRORS, {}, 0, "OK"],
  ["both periods are above the threshold", ERRORS, { 10: [11, 11], 310: [11, 11] }, 11, "ALARM"],
  ["only the newer period is", ERRORS, { 10: [99, 99], 310: [10, 99] }, 99, "OK"],
  ["only the older period is", ERRORS, { 10: [10, 10], 310: [99, 99] }, 10, "OK"],
  ["the older period has no data", ERRORS, { 10: [99, 99] }, 99, "OK"],
  ["the rate is above the threshold", RATE, { 10: [6, 100] }, 6, "ALARM"],
  ["the rate is at the threshold", RATE, { 10: [5, 100] }, 5, "OK"],
  ["the rate is of few answers", RATE, { 10: [9, 9] }, 0, "OK"],
  ["there is no rate", RATE, {}, 0, "OK"],
  ["the rate was above the threshold before", RATE, { 310: [99, 100] }, 0, "OK"],
])("where %s", (_what, alarm, traffic, value, state) => {
  expect(evaluate(alarm, traffic)).toMatchObject({ value, state });
});

test.each([
  ["GreaterThanThreshold", ["OK", "OK", "ALARM"]],
  ["GreaterThanOrEqualToThreshold", ["OK", "ALARM", "ALARM"]],
  ["LessThanThreshold", ["ALARM", "OK", "OK"]],
  ["LessThanOrEqualToThreshold", ["ALARM", "ALARM", "OK"]],
] as const)("%s compares 9, 10 and 11 with 10", (ComparisonOperator, states) => {
  const alarm = { ...ERRORS, ComparisonOperator, EvaluationPeriods: 1 };
  expect([9, 10, 11].map((errors) => evaluate(alarm, { 10: [errors, 99] })?.state)).toEqual(states);
});

test.each<[string, Traffic, number]>([
  ["none", { 10: [10, 10] }, 0],
  ["the newest", { 10: [11, 11] }, 1],
  ["only older ones, of which none counts", { 310: [11, 11], 610: [11, 11] }, 0],
  ["the newest two", { 10: [11, 11], 310: [11, 11] }, 2],
  ["the newest, not the one before it, and an older one", { 10: [11, 11], 610: [11, 11] }, 1],
])("counts the periods in a row that breach: %s", (_what, traffic, breachingPeriods) => {
  expect(evaluate({ ...ERRORS, EvaluationPeriods: 3 }, traffic)).toMatchObject({ breachingPeriods, state: "OK" });
});

test("says what is compared", () => {
  expect(evaluate({ ...ERRORS, AlarmDescription: "Many errors." }, {})).toEqual({
    name: "alarm",
    description: "Many errors.",
    metric: "5xx (Sum)",
    threshold: 10,
    periodSeconds: 300,
    evaluationPeriods: 2,
    value: 0,
    comparison: ">",
    unit: "",
    breachingPeriods: 0,
    state: "OK",
  });
  expect(evaluate(RATE, {})).toMatchObject({ metric: "5xx rate", periodSeconds: 300, unit: "" });
  const rate = RATE.Metrics?.[2] as MetricDataQuery;
  const percent = { ...RATE, Metrics: [...(RATE.Metrics ?? []).slice(0, 2), { ...rate, Label: "5xx answers (%)" }] };
  expect(evaluate(percent, {})).toMatchObject({ unit: "%" });
  const latency = { ...ERRORS, MetricName: "Latency", ComparisonOperator: "LessThanOrEqualToThreshold" } as const;
  expect(evaluate(latency, {})).toMatchObject({ unit: "ms", comparison: "<=", state: "not counted here" });
});

test.each([
  ["2 * (errors + 1) / -requests", -1.2],
  ["1 + 2 * 3 - 4 / 2", 5],
  ["IF(errors == 5, IF(requests != 10, 1, 2), 3)", 2],
  ["errors >= 5", 1],
  ["errors < 5", 0],
  ["1e3 / requests", 100],
  ["errors ^ 2 * 2", 50],
  ["errors > 9 || requests > 9 && errors > 1", 1],
  ["errors > 9 AND requests > 9 OR 0", 0],
  // CloudWatch has no value for it.
  ["errors / (requests - 10)", 0],
])("the expression %s has the value %d", (Expression, value) => {
  const Metrics = [...(RATE.Metrics ?? []).slice(0, 2), { Id: "value", Expression, ReturnData: true }];
  expect(evaluate({ ...RATE, Metrics }, { 10: [5, 10] })).toMatchObject({ value });
});

test.each(["RATE(errors)", "errors +", "(errors", "errors requests", "constructor", "process.exit(1)"])(
  "%s is no expression that counts here",
  (Expression) => {
    const Metrics = [...(RATE.Metrics ?? []).slice(0, 2), { Id: "value", Expression, ReturnData: true }];
    expect(evaluate({ ...RATE, Metrics }, { 10: [5, 10] })).toMatchObject({ state: "not counted here" });
  },
);

test("says of a metric that is not counted here that it is not, without a value", () => {
  const summary = evaluate({ ...ERRORS, MetricName: "WriteThrottleEvents" }, {});
  expect(summary).toMatchObject({ state: "not counted here" });
  expect(summary).not.toHaveProperty("value");
});
