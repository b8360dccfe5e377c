import stringWidth from "string-width";
import { renderRun } from "../../../terminal/run-line";
import { controlCharacters, NOON, plain, request, scheduled } from "./samples";

const rendered = (...args: Parameters<typeof renderRun>) => plain(renderRun(...args));

test("a request is a line with its status, path and milliseconds", () => {
  expect(rendered(request())).toBe("12:00:00  200     POST     /orders  12 ms");
  expect(rendered(request({ isColdStart: true, replayOf: "abcdefghijk" }))).toBe(
    "12:00:00  200     POST     /orders  12 ms  cold start  replay of abcdefgh",
  );
});

test("a line of a request to a domain has the domain, with the path there", () => {
  const run = request({ address: "api.example.com/v1/orders" });
  expect(rendered(run)).toBe("12:00:00  200     POST     api.example.com/v1/orders  12 ms");
});

test("a line names the function where that is wanted", () => {
  const run = scheduled({ source: "queue", path: "Jobs", functionName: "Wor\u0007ker" });
  expect(rendered(run, Infinity, true)).toBe("12:00:00  ok      queue    Jobs  Wor�ker  12 ms");
  expect(rendered(run)).toBe("12:00:00  ok      queue    Jobs  12 ms");
});

test("a line of an event that came through an alias names the version, after the function", () => {
  expect(rendered(request({ version: "7" }))).toBe("12:00:00  200     POST     /orders  version 7  12 ms");
  const run = scheduled({ source: "queue", path: "Jobs", functionName: "Worker", version: "7" });
  expect(rendered(run, Infinity, true)).toBe("12:00:00  ok      queue    Jobs  Worker  version 7  12 ms");
});

test("what is not processed has the reason", () => {
  expect(rendered(request({ status: 500, error: "ValueError: x (src/index.py:119)" }))).toBe(
    "12:00:00  500     POST     /orders  12 ms  JKJaXmPL  ValueError: x (src/index.py:119)",
  );
});

test.each([
  [scheduled(), "ok      schedule Daily  12 ms"],
  [
    scheduled({ outcome: "failed", attempts: 3, isDeadLetter: true, error: "ValueError: x" }),
    "failed  schedule Daily  12 ms  event-1  3 tries  dead letter  ValueError: x",
  ],
  [scheduled({ outcome: "running", attempts: 2, milliseconds: undefined }), "…       schedule Daily"],
  [scheduled({ source: "dead letter", path: "Function" }), "ok      dead letter Function  12 ms"],
])("other sources have an outcome: %#", (run, expected) => {
  expect(rendered(run)).toBe(`12:00:00  ${expected}`);
});

test("what is older has its day", () => {
  expect(rendered(request({ time: NOON - 48 * 3_600_000 }))).toMatch(/^\d{4}-\d\d-\d\d 1[123]:00:00 {2}200/);
});

test("a long path loses its middle, so that the line fits", () => {
  const path = `/first${"/segment".repeat(40)}?last=1`;
  const line = rendered(request({ path }), 79);
  expect(line).toHaveLength(79);
  expect(line).toMatch(/^12:00:00 {2}200 {5}POST {5}\/first\/segment.*….*segment\?last=1 {2}12 ms$/);
  expect(rendered(request({ path }))).toContain(path);
});

test("beside a reason, the beginning and the end of both stay", () => {
  const error = `BadRequest: ${"The body is wrong. ".repeat(9)}(src/index.py:119)`;
  const line = rendered(request({ status: 400, path: "/a".repeat(99), error }), 99);
  expect(line).toHaveLength(99);
  expect(line).toMatch(/POST {5}\/a\/a\S+…\S+\/a {2}12 ms {2}JKJaXmPL {2}BadRequest: .*…\S*.*index\.py:119\)$/);
});

test("a reason that has too little room has a line of its own", () => {
  const failed = scheduled({
    outcome: "failed",
    attempts: 3,
    isDeadLetter: true,
    isColdStart: true,
    path: "Daily-schedule",
  });
  const error = `Runtime.ExitError: ${"it has ended, ".repeat(9)}exit status 3`;
  const lines = rendered({ ...failed, error }, 79).split("\n");
  expect(lines[0]).toBe("12:00:00  failed  schedule Daily-schedule  12 ms  3 tries  dead letter");
  expect(lines[1]).toMatch(/^ {10}event-1 {2}Runtime\.ExitError: .*….*ended, exit status 3$/);
  expect(lines.map(({ length }) => length <= 79)).toEqual([true, true]);
  expect(rendered({ ...failed, error: "no" }, 100)).toMatch(/dead letter {2}no$/);
});

test("a line without a reason ends with its notes, and wide characters count as two columns", () => {
  const line = rendered(request({ path: "/日本語".repeat(20) }), 60);
  expect(line).toMatch(/^12:00:00 {2}200 {5}POST {5}\S+…\S+ {2}12 ms$/);
  expect(stringWidth(line)).toBe(60);
  expect(rendered(request())).not.toMatch(/\s$/);
});

test("control characters do not reach the terminal", () => {
  const error = "no\u001b]0;title\u0007";
  const line = renderRun(request({ method: "P\u009b31m", path: "/a\nb\u202e", error, status: 400 }));
  expect(controlCharacters(line)).toEqual([]);
  expect(plain(line)).toBe("12:00:00  400     P�31m    /a�b�  12 ms  JKJaXmPL  no�]0;title�");
});
