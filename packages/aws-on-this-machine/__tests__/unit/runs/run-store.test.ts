import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { RunRecord } from "../../../runs/run-record";
import { RunStore } from "../../../runs/run-store";
import { answer, invocation, logEntry, received } from "./records";

const LIMITS = { runs: 100, length: 200_000 };

function makeStore(limits = LIMITS) {
  const changed: string[] = [];
  const store = new RunStore(({ id, outcome }) => changed.push(`${id} ${outcome}`), limits);
  return { store, changed };
}

/** A request that was answered. */
function addRun(store: RunStore, id: string, bytes = 10, status = 200): RunRecord {
  const run = received(id, Buffer.alloc(bytes, "a"));
  store.add(run);
  run.event = "e".repeat(bytes);
  run.addInvocation(
    invocation({ outcome: { payload: "r".repeat(bytes), isError: false } }, [logEntry("l".repeat(bytes))]),
  );
  answer(run, status, "b".repeat(bytes));
  store.update(run);
  return run;
}

/** How much is kept of all runs. */
function keptOf(store: RunStore): number {
  return store.latest(LIMITS.runs).reduce((sum, { id }) => sum + (store.find(id)?.measure() ?? 0), 0);
}

test("tells of a run when it begins and when it ends", () => {
  const { store, changed } = makeStore();
  addRun(store, "a");
  expect(changed).toEqual(["a running", "a processed"]);
});

test("keeps the newest runs only, the newest first", () => {
  const { store } = makeStore();
  for (let number = 0; number < 250; number += 1) addRun(store, `run-${number}`);
  expect(store.latest(1000).map(({ id }) => id)).toEqual(
    Array.from({ length: 100 }, (_, index) => `run-${249 - index}`),
  );
  expect(store.latest(2).map(({ id }) => id)).toEqual(["run-249", "run-248"]);
  expect(store.find("run-149")).toBeUndefined();
  expect(store.find("run-150")).toBeDefined();
});

test.each([
  ["a message of its batch", "queue", '{"Records": [{"messageId":"m-1"}]}', "text"],
  ["Lambda's record of its last try", "schedule", "{}", '{"requestContext": {"requestId": "lambda-1"}}'],
  ["its event", "schedule", '{"id": "e"}', '{"id": "e"}'],
] as const)("finds the run of a dead letter by %s", (_what, source, event, body) => {
  const { store } = makeStore();
  const add = (id: string, isDeadLetter: boolean, others: object = {}) => {
    const run = new RunRecord({ id, source, path: "orders", time: 1000, event, ...others });
    run.addInvocation(invocation());
    run.isDeadLetter = isDeadLetter;
    store.add(run);
  };
  add("dead", true);
  add("processed", false);
  expect(store.findDead({ id: "m-1", body })?.id).toBe("dead");
  expect(store.findDead({ id: "m-2", body: "another text" })).toBeUndefined();
});

test("cuts the long texts of the oldest runs first, and leaves short ones whole", () => {
  const { store } = makeStore();
  const short = addRun(store, "short");
  // 50 KB each, of which four fit.
  const long = Array.from({ length: 6 }, (_, index) => addRun(store, `long-${index}`, 10_000));
  expect([short.isCut, short.isEventWhole, short.event]).toEqual([false, true, "eeeeeeeeee"]);
  expect(long.map(({ isCut }) => isCut)).toEqual([true, true, true, true, false, false]);
  const [cut, , , , whole] = long;
  expect(cut?.request?.body.describe()).toEqual({
    text: "a".repeat(4096),
    isBase64: false,
    bytes: 10_000,
    isCut: true,
  });
  expect(cut?.answer?.body.describe()).toMatchObject({ bytes: 10_000, isCut: true });
  expect([cut?.event?.length, cut?.isEventWhole, cut?.invocations[0]?.outcome?.payload.length]).toEqual([
    4096,
    false,
    4096,
  ]);
  expect(cut?.invocations[0]?.log.entries[0]?.raw).toHaveLength(4096);
  expect(whole?.request?.body.describe()).toMatchObject({ isCut: false, bytes: 10_000 });
  expect(keptOf(store)).toBeLessThanOrEqual(LIMITS.length);
});

test("then drops all but the summaries of the oldest", () => {
  const { store } = makeStore();
  for (let number = 0; number < 100; number += 1) addRun(store, `run-${number}`, 4000, number === 0 ? 500 : 200);
  expect(keptOf(store)).toBeLessThanOrEqual(LIMITS.length);
  const dropped = store.find("run-0");
  expect([dropped?.isCut, dropped?.request, dropped?.event, dropped?.invocations]).toEqual([
    true,
    undefined,
    undefined,
    [],
  ]);
  expect(store.latest(100).at(-1)).toMatchObject({ id: "run-0", status: 500, outcome: "failed", attempts: 1 });
  expect(store.latest(100).at(-1)?.error).toBe("Internal Server Error");
  expect(store.find("run-99")).toMatchObject({ isCut: false, event: "e".repeat(4000) });
});

test("never keeps more than the limit, however long what comes is", () => {
  const { store } = makeStore();
  for (const bytes of [100_000, 1, 100_000, 5, 70_000, 4096, 1_000_000, 100]) {
    addRun(store, `run-${bytes}-${Math.random()}`, bytes);
    expect(keptOf(store)).toBeLessThanOrEqual(LIMITS.length);
  }
});

test("cuts what a run gets after it was cut", () => {
  const { store } = makeStore();
  const running = received("running", Buffer.alloc(100_000));
  store.add(running);
  for (let number = 0; number < 5; number += 1) addRun(store, `run-${number}`, 50_000);
  expect(running.isCut).toBe(true);
  running.addInvocation(invocation({ outcome: { payload: "r".repeat(100_000), isError: false } }));
  answer(running, 200, "b".repeat(100_000));
  store.update(running);
  expect(keptOf(store)).toBeLessThanOrEqual(LIMITS.length);
  expect(running.answer?.body.length).toBe(4096);
});

test("a run that was evicted while it ran is not counted, and not found again", () => {
  const { store } = makeStore();
  const running = received("running");
  store.add(running);
  for (let number = 0; number < 100; number += 1) addRun(store, `run-${number}`, 100);
  answer(running, 200, "b".repeat(300_000));
  store.update(running);
  expect(store.find("running")).toBeUndefined();
  expect(store.find("run-0")).toMatchObject({ isCut: false });
});

test("10,000 runs leave as much memory as 5,000", () => {
  const { store } = makeStore({ runs: 1000, length: 20_000_000 });
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc");
  const usage = () => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const add = (from: number) => {
    for (let number = from; number < from + 5000; number += 1) addRun(store, `run-${number}`, 1000);
  };
  add(0);
  const half = usage();
  add(5000);
  expect(usage() - half).toBeLessThan(5_000_000);
});

describe("why a run is not processed", () => {
  const trace = ['  File "/code/index.py", line 119, in _answer_request\n    store(\n'];

  test.each<[string, string | undefined, (run: RunRecord) => void]>([
    ["it is processed", undefined, (run) => answer(run, 200)],
    [
      "the function raises",
      "ValueError: no (src/index.py:119)",
      (run) => {
        const payload = JSON.stringify({ errorType: "ValueError", errorMessage: "no", stackTrace: trace });
        run.addInvocation(invocation({ outcome: { payload, isError: true } }));
        answer(run, 500, '{"message":"Internal Server Error"}', { integrationErrorMessage: "ValueError: no" });
      },
    ],
    [
      "the function logs an error and answers by itself",
      "KeyError: E1 (src/index.py:119)",
      (run) => {
        const line = logEntry({ level: "ERROR", error: "KeyError", errorCode: "E1", stackTrace: trace });
        run.addInvocation(invocation({}, [line, logEntry("REPORT", true)]));
        answer(run, 500, '{"error": "InternalServerError", "message": "The request could not be processed"}');
      },
    ],
    [
      "the function refuses",
      "BadRequest: The body is not valid JSON",
      (run) => {
        run.addInvocation(invocation({}, [logEntry({ level: "INFO", error: "BadRequest", status: 400 })]));
        answer(run, 400, '{"error": "BadRequest", "message": "The body is not valid JSON"}');
      },
    ],
    ["the function says nothing", "I'm a Teapot", (run) => answer(run, 418, "no JSON")],
    [
      "the API refuses",
      "Unauthorized: Bearer error",
      (run) =>
        answer(run, 401, '{"message":"Unauthorized"}', {
          "error.message": "Unauthorized",
          "authorizer.error": "Bearer error",
        }),
    ],
    [
      "the function is too slow",
      "The function did not answer within the integration's 30 s.",
      (run) =>
        answer(run, 503, "{}", {
          "error.message": "x",
          integrationErrorMessage: "The function did not answer within the integration's 30 s.",
        }),
    ],
    ["nothing else ran", "ZeroReservedConcurrency", (run) => run.end("failed", "ZeroReservedConcurrency")],
  ])("where %s: %s", (_what, error, end) => {
    const { store } = makeStore();
    const run = received("a");
    store.add(run);
    expect(store.latest(1)[0]).toMatchObject({ outcome: "running", error: undefined });
    end(run);
    expect(store.latest(1)[0]?.error).toBe(error);
  });

  test("is found also in a line that comes after the answer", () => {
    const { store } = makeStore();
    const run = received("a");
    store.add(run);
    const attempt = invocation();
    run.addInvocation(attempt);
    answer(run, 500, "{}");
    expect(store.latest(1)[0]?.error).toBe("Internal Server Error");
    attempt.log.add(logEntry({ level: "ERROR", error: "KeyError", stackTrace: trace }));
    expect(store.latest(1)[0]?.error).toBe("KeyError (src/index.py:119)");
  });

  test("is still known when the trace is cut off", () => {
    const { store } = makeStore();
    const run = received("a", Buffer.alloc(60_000));
    store.add(run);
    const long = {
      error: "KeyError",
      stackTrace: [...Array(500).fill('  File "/lib/x.py", line 1, in x\n'), ...trace],
    };
    run.addInvocation(invocation({}, [logEntry(long)]));
    answer(run, 500, "{}");
    store.update(run);
    for (let number = 0; number < 5; number += 1) addRun(store, `run-${number}`, 50_000);
    expect(run.isCut).toBe(true);
    expect(store.latest(10).at(-1)?.error).toBe("KeyError (src/index.py:119)");
  });
});
