import type { LogLine, RunSummary } from "../../../runs/run";
import { Feed, type FeedOptions } from "../../../terminal/feed";
import { logLine, plain, report, request, scheduled } from "./samples";

let printed: string[];
let feed: Feed;

beforeEach(() => {
  jest.useFakeTimers();
  start();
});
afterEach(() => {
  feed.stop();
  jest.useRealTimers();
});

function start(options?: FeedOptions): void {
  printed = [];
  feed = new Feed((text) => printed.push(...plain(text).split("\n")), options);
}

function write(...lines: LogLine[]): void {
  for (const line of lines) feed.take({ type: "log", line });
}

function go(run: RunSummary): void {
  feed.take({ type: "run", run });
}

const running = (run: RunSummary): RunSummary => ({
  ...run,
  outcome: "running",
  status: undefined,
  milliseconds: undefined,
});
const written = (text: string, runId: string) => logLine(text, {}, { runId });

test("what the function wrote follows the request's line, without Lambda's report", () => {
  go(running(request()));
  write(logLine("one"), logLine("two"), report());
  expect(printed).toEqual([]);
  go(request());
  expect(printed).toEqual(["12:00:00  200     POST     /orders  12 ms", "          one", "          two"]);
  expect(jest.getTimerCount()).toBe(0);
});

test("the lines of requests at the same time are not mixed", () => {
  const runs = ["a", "b"].map((id) => request({ id, path: `/${id}` }));
  for (const run of runs) go(running(run));
  write(written("a1", "a"), written("b1", "b"), written("a2", "a"));
  for (const run of runs) go(run);
  expect(printed.map((line) => line.slice(-8).trim())).toEqual(["a  12 ms", "a1", "a2", "b  12 ms", "b1"]);
});

test("a request that takes long is shown while it goes on, with its lines as they come", () => {
  go(running(request()));
  write(logLine("one"));
  jest.advanceTimersByTime(900);
  expect(printed).toEqual([]);
  jest.advanceTimersByTime(400);
  expect(printed).toEqual(["12:00:00  …       POST     /orders", "          one"]);
  write(logLine("two"));
  expect(printed.at(-1)).toBe("          two");
  go(request({ id: "other", path: "/other" }));
  write(logLine("three"));
  go(request());
  expect(printed.slice(3)).toEqual([
    "12:00:00  200     POST     /other  12 ms",
    "12:00:00  …       POST     /orders",
    "          three",
    "12:00:00  200     POST     /orders  12 ms",
  ]);
});

test("a line of a printed trace of an ended run is not shown, and does not repeat the run's line", () => {
  for (const id of ["a", "b"]) go(request({ id }));
  write(logLine("Traceback", {}, { isTrace: true, runId: "a" }));
  expect(printed).toHaveLength(2);
});

describe("a scheduled run that fails three times", () => {
  const failed = scheduled({ outcome: "failed", attempts: 3, isDeadLetter: true, error: "ValueError: x" });
  const last = "12:00:00  failed  schedule Daily  12 ms  event-1  3 tries  dead letter  ValueError: x";
  const error = (milliseconds: number) =>
    logLine("", { milliseconds, error: "ValueError" }, { runId: "event-1", level: "ERROR", message: "failed" });
  const attempt = (...lines: LogLine[]) => write(...lines, report({ runId: "event-1" }));

  test("shows what each try wrote only once", () => {
    go(running(scheduled()));
    for (const milliseconds of [1.5, 0.3, 12]) attempt(error(milliseconds), written("end", "event-1"));
    go(failed);
    expect(printed).toEqual([
      last,
      "          ERROR  failed  milliseconds=1.5  error=ValueError",
      "          end",
      "          Tries 2 and 3 wrote the same.",
    ]);
  });

  test("shows a try of which a number tells something else, and not one that only took longer", () => {
    const line = (status: number, text: string) =>
      logLine("", { milliseconds: 7 * status, status }, { runId: "event-1", level: "INFO", message: text });
    go(running(scheduled()));
    attempt(line(503, "paid in 1.5 s, answered 503"));
    attempt(line(503, "paid in 0.2 s, answered 503"));
    attempt(line(400, "paid in 1.5 s, answered 400"));
    go(failed);
    expect(printed.slice(1)).toEqual([
      "          INFO   paid in 1.5 s, answered 503  milliseconds=3521  status=503",
      "          INFO   paid in 1.5 s, answered 400  milliseconds=2800  status=400",
      "          Try 2 wrote the same.",
    ]);
  });

  test("shows what a try wrote that the first did not", () => {
    go(running(scheduled()));
    attempt(error(1));
    attempt(error(1), written("more", "event-1"));
    attempt(error(1));
    go(failed);
    expect(printed.slice(1)).toEqual([
      "          ERROR  failed  milliseconds=1  error=ValueError",
      "          ERROR  failed  milliseconds=1  error=ValueError",
      "          more",
      "          Try 3 wrote the same.",
    ]);
  });

  test("shows the first try while the others go on", () => {
    go(running(scheduled()));
    attempt(error(1));
    jest.advanceTimersByTime(1250);
    const begun = ["12:00:00  …       schedule Daily", "          ERROR  failed  milliseconds=1  error=ValueError"];
    expect(printed).toEqual(begun);
    attempt(error(2));
    attempt(error(3));
    go(failed);
    expect(printed).toEqual([...begun, "          Tries 2 and 3 wrote the same.", last]);
  });

  test("shows its last line once, also after lines of other runs", () => {
    go(running(scheduled()));
    attempt(error(1));
    jest.advanceTimersByTime(1250);
    go(request());
    attempt(error(2));
    printed.splice(0);
    go(failed);
    expect(printed).toEqual([last, "          Try 2 wrote the same."]);
  });

  test("says nothing of tries that wrote nothing", () => {
    go(running(scheduled()));
    for (let count = 0; count < 3; count += 1) attempt();
    go(failed);
    expect(printed).toEqual([last]);
  });
});

describe("requests that fail with the same error at the same place", () => {
  const HEAD = "12:00:00  500     POST     /orders  12 ms  ";
  const REASON = "KeyError (src/index.py:7)";
  /** Lines of which the numbers are those of the event. */
  const lines = (bytes: number) => {
    const frames = [{ file: "src/index.py", line: 7, function: "handle" }];
    return [logLine("begun", { seconds: bytes / 10 }), logLine("failed", { bytes }, { level: "ERROR", frames })];
  };

  /** Returns the printed lines. */
  function fail(id: string, log: readonly LogLine[], error = REASON, functionName = "Orders"): string[] {
    printed.splice(0);
    const run = request({ id, status: 500, error, functionName });
    go(running(run));
    write(...log.map((line) => ({ ...line, runId: id })));
    go(run);
    return printed;
  }
  const whole = (bytes: number) => [
    `          INFO   begun  seconds=${bytes / 10}`,
    `          ERROR  failed  bytes=${bytes}`,
    expect.stringMatching(/^ {12}src\/index\.py:7 {2}in handle/),
  ];

  test("are one line each after the first, with their number", () => {
    expect(fail("run-a", lines(2))).toEqual([`${HEAD}run-a  ${REASON}`, ...whole(2)]);
    expect(fail("run-b", lines(3))).toEqual([`${HEAD}run-b  2 times  ${REASON}`]);
    go(request({ id: "another" }));
    expect(fail("run-c", lines(3))).toEqual([`${HEAD}run-c  3 times  ${REASON}`]);
  });

  test("show a line that the others did not write", () => {
    const more = ["a", "b"].map((text) => logLine(text));
    fail("run-a", lines(2));
    expect(fail("run-b", [...more, ...lines(2)])).toEqual([
      `${HEAD}run-b  2 times  ${REASON}`,
      "          a",
      "          b",
    ]);
    expect(fail("run-c", lines(2))).toEqual([`${HEAD}run-c  3 times  ${REASON}`]);
    expect(fail("run-d", [...more, ...lines(2)])).toEqual([`${HEAD}run-d  4 times  ${REASON}`]);
  });

  test("share lines that differ by the ids of the request alone, or by the way to the place", () => {
    const frames = [7, 8].map((line) => ({ file: "src/index.py", line, function: "handle" }));
    const run = (id: string, functionRequest: string) =>
      fail(id, [
        logLine(`[INFO] ${functionRequest} begins`, {}, { requestId: functionRequest }),
        logLine("begun", { apiRequestId: `${id}-id` }),
        logLine("failed", { bytes: 1 }, { level: "ERROR", frames: id === "run-a" ? frames : frames.slice(1) }),
      ]);
    expect(run("run-a", "lambda-1")).toHaveLength(6);
    expect(run("run-b", "lambda-2")).toEqual([`${HEAD}run-b  2 times  ${REASON}`]);
  });

  test("are shown whole at another place or with another error, in another function, and after a minute", () => {
    fail("run-a", lines(2));
    const other = "KeyError (src/index.py:8)";
    expect(fail("run-b", lines(2), other)).toEqual([`${HEAD}run-b  ${other}`, ...whole(2)]);
    expect(fail("run-c", lines(2), REASON, "Other").slice(1)).toEqual(whole(2));
    jest.advanceTimersByTime(60_001);
    expect(fail("run-d", lines(2)).slice(1)).toEqual(whole(2));
  });

  test("are told apart by their lines where they have no error", () => {
    const run = (id: string, text: string) => {
      printed.splice(0);
      go(running(request({ id })));
      write(written(text, id));
      go(request({ id, status: 500 }));
      return printed;
    };
    expect(run("run-a", "one")).toEqual([`${HEAD}run-a`, "          one"]);
    expect(run("run-b", "two")).toEqual([`${HEAD}run-b`, "          two"]);
    expect(run("run-c", "one")).toEqual([`${HEAD}run-c  2 times`]);
  });

  test("are one line also after a first one that took long", () => {
    const run = request({ id: "run-a", status: 500, error: REASON, functionName: "Orders" });
    go(running(run));
    write(...lines(2).map((line) => ({ ...line, runId: "run-a" })));
    jest.advanceTimersByTime(1250);
    go(run);
    expect(fail("run-b", lines(2))).toEqual([`${HEAD}run-b  2 times  ${REASON}`]);
  });
});

test("what is told again of an ended run is printed no second time, what it wrote later is", () => {
  go(request());
  go(request({ attempts: 1 }));
  expect(printed).toHaveLength(1);
  write(logLine("late"), report());
  go(request({ id: "other", path: "/other" }));
  write(logLine("later"));
  expect(printed.slice(1)).toEqual([
    "          late",
    "12:00:00  200     POST     /other  12 ms",
    "12:00:00  200     POST     /orders  12 ms",
    "          later",
  ]);
});

test("names the functions once there are several", () => {
  const runs = ["One", "One", "Other", "One"].map((functionName, index) => request({ id: `${index}`, functionName }));
  for (const run of runs) go(run);
  const line = "12:00:00  200     POST     /orders";
  expect(printed).toEqual([`${line}  12 ms`, `${line}  12 ms`, `${line}  Other  12 ms`, `${line}  One  12 ms`]);
});

test("what is written while the function is loaded is printed at once", () => {
  write(logLine("loading", {}, { runId: undefined }));
  expect(printed).toEqual(["          loading"]);
});

test("after the first run that fails, says once how to learn more", () => {
  start({ hint: (id) => `All of it: ${id}` });
  for (const [id, status] of [
    ["a", 200],
    ["b", 404],
    ["c", 500],
  ] as const) {
    go(request({ id, status }));
  }
  expect(printed.filter((line) => line.includes("All of it"))).toEqual(["          All of it: b"]);
  expect(printed[2]).toBe("          All of it: b");
});

test("verbose, prints each line as it was written, when it was", () => {
  start({ isVerbose: true });
  go(running(request()));
  const line = logLine("stored", { count: 1 });
  write(line, logLine("two\nlines\u0007"), report());
  const raw = [line.raw, "two", "lines�", report().raw].map((text) => `          ${text}`);
  expect(printed).toEqual(raw);
  go(request());
  expect(printed.slice(raw.length)).toEqual(["12:00:00  200     POST     /orders  12 ms"]);
});
