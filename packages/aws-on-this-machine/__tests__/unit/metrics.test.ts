import { type MetricId, Metrics, type Statistic } from "../../monitoring/metrics";

const ERRORS: MetricId = { namespace: "AWS/Lambda", metricName: "Errors", dimensions: { FunctionName: "f" } };
const HOUR_MS = 3_600_000;

function recorded(...values: [at: number, value: number][]): Metrics {
  const metrics = new Metrics();
  metrics.declare(ERRORS);
  for (const [at, value] of values) metrics.record(ERRORS, value, at);
  return metrics;
}

test.each<[Statistic, number]>([
  ["Sum", 9],
  ["SampleCount", 3],
  ["Average", 3],
  ["Maximum", 6],
  ["Minimum", 1],
])("%s is told over all values of a time", (statistic, expected) => {
  const metrics = recorded([1000, 1], [1500, 6], [2000, 2]);
  expect(metrics.statistic(ERRORS, statistic, 0, 2000)).toBe(expected);
});

test("a time begins after its start and includes its end", () => {
  const metrics = recorded([1000, 1], [2000, 2], [3000, 4]);
  expect(metrics.statistic(ERRORS, "Sum", 1000, 2000)).toBe(2);
  expect(metrics.statistic(ERRORS, "Sum", 0, 2999)).toBe(3);
});

test("a time without values has no statistic, not even a sum of 0", () => {
  const metrics = recorded([1000, 0]);
  expect(metrics.statistic(ERRORS, "Sum", 0, 1000)).toBe(0);
  expect(metrics.statistic(ERRORS, "Sum", 1000, 9000)).toBeUndefined();
});

test("values older than an hour are forgotten", () => {
  const metrics = recorded([1000, 1], [2000, 2], [1000 + HOUR_MS, 4]);
  expect(metrics.statistic(ERRORS, "Sum", 0, 2 * HOUR_MS)).toBe(6);
});

test("metrics differ by namespace, name and dimensions, in any order of these", () => {
  const metrics = new Metrics();
  metrics.declare({ ...ERRORS, dimensions: { a: "1", b: "2" } });
  expect(metrics.isCounted({ ...ERRORS, dimensions: { b: "2", a: "1" } })).toBe(true);
  expect(metrics.isCounted({ ...ERRORS, dimensions: { a: "1" } })).toBe(false);
  expect(metrics.isCounted({ ...ERRORS, dimensions: { a: "2", b: "1" } })).toBe(false);
  expect(metrics.isCounted({ ...ERRORS, metricName: "Throttles", dimensions: { a: "1", b: "2" } })).toBe(false);
  expect(metrics.isCounted({ ...ERRORS, namespace: "AWS/SQS", dimensions: { a: "1", b: "2" } })).toBe(false);
});

test("what was not declared is not counted", () => {
  const other = { ...ERRORS, metricName: "Throttles" };
  const metrics = recorded();
  metrics.record(other, 1, 1000);
  expect(metrics.isCounted(other)).toBe(false);
  expect(metrics.statistic(other, "Sum", 0, 1000)).toBeUndefined();
});
