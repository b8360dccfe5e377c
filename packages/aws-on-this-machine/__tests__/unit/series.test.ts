import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { SeriesCounter, thresholdsOf } from "../../monitoring/series";

const START = 1_000_000_000_000;
const HOUR_MS = 3_600_000;

test("counts answers, their latencies, and the function's runs by periods of ten seconds", () => {
  const counter = new SeriesCounter(START + 3000);
  for (const [status, latency] of [
    [200, 10],
    [204, 20],
    [404, 30],
    [500, 40],
    [503, 1000],
  ] as const) {
    counter.countRequest(status, latency, START + 9999);
  }
  counter.countInvocation(10, true, START + 5000);
  counter.countInvocation(30, false, START + 6000);
  counter.countRequest(200, 7, START + 20_000);

  const series = counter.read(START + 25_000);
  expect(series).toEqual({
    periodSeconds: 10,
    times: [START, START + 10_000, START + 20_000],
    requests: [5, 0, 1],
    clientErrors: [1, 0, 0],
    serverErrors: [2, 0, 0],
    p50Ms: [expect.any(Number), null, expect.any(Number)],
    p99Ms: [expect.any(Number), null, expect.any(Number)],
    functionMs: [20, null, null],
    coldStarts: [1, 0, 0],
  });
  const near = (value: number | null | undefined, expected: number) =>
    expect(Math.abs((value ?? 0) / expected - 1)).toBeLessThan(0.006);
  near(series.p50Ms[0], 30);
  near(series.p99Ms[0], 1000);
  near(series.p50Ms[2], 7);
});

test("the percentiles are those of sorted latencies", () => {
  const counter = new SeriesCounter(START);
  for (let milliseconds = 1000; milliseconds > 0; milliseconds -= 1) counter.countRequest(200, milliseconds, START);
  const { p50Ms, p99Ms } = counter.read(START);
  expect(Math.abs((p50Ms[0] ?? 0) - 500)).toBeLessThan(3);
  expect(Math.abs((p99Ms[0] ?? 0) - 990)).toBeLessThan(6);
});

test("keeps an hour, in a bounded memory", () => {
  const counter = new SeriesCounter(START);
  for (let time = START; time < START + 3 * HOUR_MS; time += 5000) counter.countRequest(200, 1, time);
  const { times, requests } = counter.read(START + 3 * HOUR_MS - 1);
  expect([times.length, times[0], times.at(-1)]).toEqual([360, START + 2 * HOUR_MS, START + 3 * HOUR_MS - 10_000]);
  expect(requests).toEqual(Array(360).fill(2));
  // After a silence, what is older is none of the last hour.
  expect(counter.read(START + 5 * HOUR_MS).requests).toEqual(Array(360).fill(0));
  const sizes = Object.values(counter)
    .filter(Array.isArray)
    .map(({ length }) => length);
  expect(sizes).toEqual([360]);
});

test("a clock that is set back loses nothing", () => {
  const counter = new SeriesCounter(START);
  counter.countRequest(200, 1, START + 20_000);
  counter.countRequest(200, 1, START + 5000);
  expect(counter.read(START + 20_000).requests).toEqual([0, 0, 2]);
});

describe("the thresholds", () => {
  const id = { namespace: "AWS/ApiGateway", metricName: "5xx", dimensions: { ApiId: "abc" } };
  const latency = { ...id, metricName: "Latency" };
  const METRICS = [
    { id, statistic: "Sum", series: "serverErrors" },
    { id: latency, statistic: "p99", series: "p99Ms" },
  ] as const;
  const ALARM: MetricAlarm = {
    AlarmName: "errors",
    Namespace: "AWS/ApiGateway",
    MetricName: "5xx",
    Dimensions: [{ Name: "ApiId", Value: "abc" }],
    Statistic: "Sum",
    Period: 300,
    Threshold: 60,
  };

  test("of a count are scaled to the shorter period", () => {
    expect(thresholdsOf([ALARM], METRICS)).toEqual([{ series: "serverErrors", value: 2, alarm: "errors" }]);
  });

  test("of a duration are as they are", () => {
    const { Statistic: _, ...rest } = ALARM;
    const slow = { ...rest, AlarmName: "slow", MetricName: "Latency", ExtendedStatistic: "p99", Threshold: 800 };
    expect(thresholdsOf([slow], METRICS)).toEqual([{ series: "p99Ms", value: 800, alarm: "slow" }]);
  });

  test.each<[string, Partial<MetricAlarm>]>([
    ["another API", { Dimensions: [{ Name: "ApiId", Value: "other" }] }],
    ["a route", { Dimensions: [...(ALARM.Dimensions ?? []), { Name: "Route", Value: "$default" }] }],
    ["another statistic", { Statistic: "Average" }],
    ["metric math", { MetricName: undefined, Metrics: [] }],
  ])("of an alarm on %s are none of a series", (_what, alarm) => {
    expect(thresholdsOf([{ ...ALARM, ...alarm }], METRICS)).toEqual([]);
  });
});
