import { describeWithPython, until } from "../echo-api";
import { QUEUE_ARN, RULE, SmallSystem, TARGET } from "./small-system";

/** Fails as long as the event says so. */
const FAILS = `
attempts = 0
def handler(event, context):
    global attempts
    attempts += 1
    print(f"attempt {attempts}")
    if attempts <= event.get("failures", 0) or event.get("detail-type"):
        raise RuntimeError(f"failed {attempts}")
    return event
`;

/** Reports its failure by itself, as a worker does. */
const WORKER = `
import sys, traceback

def send(message):
    print(message["to"])


def handler(event, context):
    try:
        send(event)
    except KeyError:
        traceback.print_exc()
    print("on", file=sys.stderr)
    return {"batchItemFailures": [{"itemIdentifier": "m"}]}
`;

const OTHER = { FunctionName: "other", FunctionArn: "arn:aws:lambda:us-west-2:123456789012:function:other" };
const DEAD_LETTER = { source: "dead letter", path: "letters" } as const;
const ECHO = "def handler(event, context):\n    return event\n";

describeWithPython("the runs of events", () => {
  afterEach(() => SmallSystem.stopAll());

  test("a batch that is done again fails as long as its answer reports failed records", async () => {
    const system = await SmallSystem.start(ECHO);
    const failing = '{"batchItemFailures": [{"itemIdentifier": "m"}]}';
    for (const [event, isError] of [
      [failing, true],
      ["{}", false],
    ] as const) {
      await system.functionRuns.attempt(system.fn, event, event, { source: "queue", path: "letters" });
      system.functionRuns.settle(system.fn, event, { outcome: "processed" });
      const [{ id = "" } = {}] = system.runs.latest(1);
      const record = system.runs.find(id);
      const again = record && (await system.functionRuns.repeat(system.fn, record, event));
      expect(again).toMatchObject({ isError, result: expect.any(String) });
      expect(system.runs.latest(1)).toMatchObject([{ outcome: isError ? "failed" : "processed", replayOf: id }]);
    }
  });

  test("a worker's printed trace gives its run the error's place, and the log keeps each line of it", async () => {
    const system = await SmallSystem.start(WORKER);
    await system.functionRuns.attempt(system.fn, "key", "{}", { source: "queue", path: "letters" });
    system.functionRuns.settle(system.fn, "key", { outcome: "failed", reason: "The answer reports failed records." });
    const [summary] = system.runs.latest(1);
    expect(summary).toMatchObject({ outcome: "failed", error: "KeyError: 'to' (src/index.py:5)" });
    const { invocations } = await system.run(summary?.id ?? "");
    expect(invocations[0]?.error?.frames).toMatchObject([
      { file: "src/index.py", line: 10, function: "handler" },
      { file: "src/index.py", line: 5, function: "send" },
    ]);
    const lines = (invocations[0]?.log ?? []).filter(({ isReport }) => !isReport);
    expect(lines.at(0)).toMatchObject({ raw: "Traceback (most recent call last):", isTrace: true });
    expect(lines.at(-2)).toMatchObject({ raw: "KeyError: 'to'", level: "ERROR", frames: [{ line: 10 }, { line: 5 }] });
    expect(lines.at(-1)).toMatchObject({ raw: "on", level: "INFO", isTrace: undefined });
  });

  test("a scheduled run that fails has three attempts, each with its log, and its event is a dead letter", async () => {
    const system = await SmallSystem.start(FAILS);
    const fired = await system.functionRuns.fire(system.fn, RULE, TARGET);
    expect(fired).toMatchObject({
      functionName: "small",
      outcome: "sent to the dead-letter queue",
      error: "RuntimeError: failed 3",
    });
    const run = await system.run(fired.runId);
    expect(run).toMatchObject({
      functionName: "small",
      id: JSON.parse(run.event ?? "").id,
      source: "schedule",
      method: "",
      path: "daily",
      outcome: "failed",
      attempts: 3,
      isDeadLetter: true,
      error: "RuntimeError: failed 3 (src/index.py:8)",
    });
    expect(run.status).toBeUndefined();
    expect(run.milliseconds).toBeGreaterThan(3000);
    const printed = run.invocations.map(({ log }) => log.map(({ message }) => message));
    expect(printed).toEqual(
      [1, 2, 3].map((attempt) => [
        `attempt ${attempt}`,
        `RuntimeError: failed ${attempt}`,
        expect.stringMatching(/^REPORT/),
      ]),
    );
    expect(run.invocations.map(({ error }) => error?.message)).toEqual(["failed 1", "failed 2", "failed 3"]);
    const [letter] = system.letters;
    expect(letter?.arn).toBe(QUEUE_ARN);
    expect(JSON.parse(letter?.message ?? "")).toMatchObject({
      version: "1.0",
      requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 3 },
      requestPayload: JSON.parse(run.event ?? ""),
      responsePayload: { errorType: "RuntimeError", errorMessage: "failed 3" },
    });
    expect(new Set(run.invocations.map(({ requestId }) => requestId)).size).toBe(1);
  });

  test("an event by hand is one attempt, with its result as it is", async () => {
    const system = await SmallSystem.start(FAILS);
    const event = '{"failures": 1, "n": 12345678901234567890}';
    const first = await system.functionRuns.invoke(system.fn, event);
    expect(first).toMatchObject({ isError: true, result: expect.stringContaining('"errorMessage": "failed 1"') });
    expect(await system.run(first.runId)).toMatchObject({
      source: "invocation",
      path: "small",
      outcome: "failed",
      attempts: 1,
      event,
    });
    const second = await system.functionRuns.invoke(system.fn, event);
    expect({ ...second, log: system.functionRuns.logOf(second.runId) }).toEqual({
      runId: expect.any(String),
      isError: false,
      result: event,
      log: expect.stringMatching(/^attempt 2\n.*platform\.report.*\n$/),
    });
    expect(await system.run(second.runId)).toMatchObject({ outcome: "processed", error: undefined });
    expect(system.metrics.series().coldStarts.at(-1)).toBe(1);
  });

  test("an event that Lambda refuses is a refused run", async () => {
    const system = await SmallSystem.start(FAILS);
    const event = JSON.stringify("x".repeat(6 * 1024 * 1024));
    await expect(system.functionRuns.invoke(system.fn, event)).rejects.toThrow("Request must be smaller");
    expect(system.runs.latest(1)).toMatchObject([
      { outcome: "refused", attempts: 0, error: expect.stringContaining("smaller") },
    ]);
  });

  test("a dead letter runs asynchronously, with its event as it was", async () => {
    const system = await SmallSystem.start(FAILS);
    const event = '{"failures": 1, "requestContext": {"requestId": "first"}, "n": 12345678901234567890}';
    const { runId, done } = system.functionRuns.invokeLater(system.fn, event, DEAD_LETTER);
    expect(await system.run(runId)).toMatchObject({
      source: "dead letter",
      path: "letters",
      outcome: "running",
      attempts: 0,
    });
    expect(await done).toEqual({ runId, functionName: "small", outcome: "processed" });
    expect(await system.run(runId)).toMatchObject({ outcome: "processed", attempts: 2, event, isDeadLetter: false });
  });

  test("a paused schedule is fired by hand, with a notice that AWS would not have", async () => {
    const system = await SmallSystem.start(ECHO);
    expect(await system.functionRuns.fire(system.fn, RULE, TARGET)).not.toHaveProperty("notice");
    expect(await system.functionRuns.fire(system.fn, { ...RULE, isEnabled: false }, TARGET)).toMatchObject({
      outcome: "processed",
      notice: "daily is disabled: EventBridge would not have fired it.",
    });
  });

  test("a scheduled run that is repeated is another run of the same event", async () => {
    const system = await SmallSystem.start(ECHO);
    const first = await system.functionRuns.fire(system.fn, RULE, TARGET);
    const record = system.runs.find(first.runId);
    if (!record?.event) throw new Error("It has no event");
    const again = await system.functionRuns.repeat(system.fn, record, record.event);
    expect(again).toMatchObject({ functionName: "small", outcome: "processed" });
    expect(again.runId).not.toBe(first.runId);
    expect(await system.run(again.runId)).toMatchObject({
      source: "schedule",
      replayOf: first.runId,
      event: record.event,
    });
    expect(system.runs.latest(5)).toHaveLength(2);
  });

  test("an event between two tries ends with the system, and is no dead letter", async () => {
    const system = await SmallSystem.start(FAILS);
    const { runId, done } = system.functionRuns.invokeLater(system.fn, '{"failures": 9}', DEAD_LETTER);
    await until(() => system.runs.find(runId)?.invocations[0]?.outcome !== undefined);
    await system.live.stop();
    await expect(done).rejects.toThrow("The local system has ended.");
    expect(await system.run(runId)).toMatchObject({ outcome: "failed", attempts: 1, isDeadLetter: false });
    expect(system.letters).toEqual([]);
  });

  test("what is under way is waited for", async () => {
    const system = await SmallSystem.start(FAILS);
    let hasEnded = false;
    system.functionRuns.invokeLater(system.fn, '{"failures": 1}', DEAD_LETTER);
    void system.functionRuns.settled().then(() => {
      hasEnded = true;
    });
    await until(() => system.runs.latest(1)[0]?.attempts === 1);
    expect(hasEnded).toBe(false);
    await system.functionRuns.settled();
    expect(system.runs.latest(1)).toMatchObject([{ outcome: "processed", attempts: 2 }]);
  });

  test("a schedule with two targets is a run of each function, with one event or the target's own", async () => {
    const [one, other] = [await SmallSystem.start(ECHO), await SmallSystem.start(ECHO, { configuration: OTHER })];
    const own = '{"n": 12345678901234567890}';
    const fired = await Promise.all([
      one.functionRuns.fire(one.fn, RULE, TARGET),
      one.functionRuns.fire(other.fn, RULE, { ...TARGET, input: own }),
    ]);
    expect(fired).toEqual([
      { runId: expect.any(String), functionName: "small", outcome: "processed" },
      { runId: expect.any(String), functionName: "other", outcome: "processed" },
    ]);
    const runs = await Promise.all(fired.map(({ runId }) => one.run(runId)));
    expect(runs.map(({ functionName, path, source }) => [functionName, path, source])).toEqual([
      ["small", "daily", "schedule"],
      ["other", "daily", "schedule"],
    ]);
    expect(JSON.parse(runs[0]?.event ?? "")).toMatchObject({ source: "aws.events", resources: [RULE.arn], detail: {} });
    expect(runs[1]?.event).toBe(own);
  });

  test("an event that a function's policy refuses goes to the target's queue, and other functions are asked by their own", async () => {
    const system = await SmallSystem.start(ECHO);
    system.fn.resource = { ...system.fn.resource, policy: undefined };
    const target = { ...TARGET, deadLetterArn: QUEUE_ARN };
    expect(await system.functionRuns.fire(system.fn, RULE, target)).toMatchObject({
      outcome: "sent to the dead-letter queue",
      error: "The function's policy does not let the rule invoke it",
    });
    const run = await system.run();
    expect(run).toMatchObject({ outcome: "failed", attempts: 0, isDeadLetter: true });
    const attributes = {
      RULE_ARN: RULE.arn,
      TARGET_ARN: TARGET.arn,
      ERROR_CODE: "NO_PERMISSIONS",
      ERROR_MESSAGE: "The function's policy does not let the rule invoke it",
    };
    expect(system.letters).toEqual([{ arn: QUEUE_ARN, message: run.event, attributes }]);
    expect(await system.functionRuns.fire(system.fn, RULE, TARGET)).toMatchObject({ outcome: "lost" });

    // A schedule of EventBridge Scheduler has a role, and asks no policy.
    const schedule = { ...RULE, service: undefined };
    expect(await system.functionRuns.fire(system.fn, schedule, TARGET)).toMatchObject({ outcome: "processed" });
    const other = await SmallSystem.start(ECHO, { configuration: OTHER });
    expect(await system.functionRuns.fire(other.fn, RULE, TARGET)).toMatchObject({ outcome: "processed" });
  });

  test("a processed event is recorded at the destination for that", async () => {
    const [OnSuccess, OnFailure] = ["arn:aws:sns:us-west-2:123456789012:done", QUEUE_ARN].map((Destination) => ({
      Destination,
    }));
    const invokeConfig = { DestinationConfig: { OnSuccess, OnFailure }, MaximumRetryAttempts: 0 };
    const system = await SmallSystem.start(FAILS, { invokeConfig });
    const origin = { source: "topic", path: "orders" } as const;
    await system.functionRuns.invokeLater(system.fn, '{"failures": 1}', origin).done;
    await system.functionRuns.invokeLater(system.fn, '{"failures": 1}', origin).done;
    expect(system.letters.map(({ arn, message }) => [arn, JSON.parse(message).requestContext.condition])).toEqual([
      [QUEUE_ARN, "RetriesExhausted"],
      [OnSuccess?.Destination, "Success"],
    ]);
    expect(system.runs.latest(2)).toMatchObject([
      { source: "topic", path: "orders", outcome: "processed", attempts: 1, isDeadLetter: false },
      { source: "topic", path: "orders", outcome: "failed", attempts: 1, isDeadLetter: true },
    ]);
  });

  test("the function's own dead-letter queue gets the event itself, with the error", async () => {
    const configuration = { DeadLetterConfig: { TargetArn: QUEUE_ARN } };
    const system = await SmallSystem.start(FAILS, { configuration, invokeConfig: { MaximumRetryAttempts: 0 } });
    const event = '{"failures": 1, "n": 12345678901234567890}';
    const { runId, done } = system.functionRuns.invokeLater(system.fn, event, { source: "bucket", path: "uploads" });
    expect(await done).toMatchObject({ outcome: "sent to the dead-letter queue", error: "RuntimeError: failed 1" });
    const [{ requestId } = { requestId: "" }] = (await system.run(runId)).invocations;
    const attributes = { RequestID: requestId, ErrorCode: "200", ErrorMessage: "RuntimeError: failed 1" };
    expect(system.letters).toEqual([{ arn: QUEUE_ARN, message: event, attributes }]);
  });

  test("a destination that does not take its message is a notice, and changes neither the run nor the other destinations", async () => {
    const [gone, done] = ["gone", "done"].map((name) => `arn:aws:sqs:us-west-2:123456789012:${name}`);
    const DestinationConfig = { OnFailure: { Destination: gone }, OnSuccess: { Destination: done } };
    const configuration = { DeadLetterConfig: { TargetArn: QUEUE_ARN } };
    const system = await SmallSystem.start(FAILS, {
      configuration,
      invokeConfig: { MaximumRetryAttempts: 0, DestinationConfig },
    });
    const { functionRuns, fn, letters, notices } = system;
    system.refusing.push(gone ?? "", done ?? "");
    const run = () => functionRuns.invokeLater(fn, '{"failures": 1}', DEAD_LETTER).done;
    const failed = await run();
    expect(failed).toMatchObject({ outcome: "sent to the dead-letter queue", error: "RuntimeError: failed 1" });
    expect(letters.map(({ arn }) => arn)).toEqual([QUEUE_ARN]);
    expect(await system.run(failed.runId)).toMatchObject({ outcome: "failed", attempts: 1, isDeadLetter: true });
    expect(await run()).toMatchObject({ outcome: "processed" });
    expect(await system.run()).toMatchObject({ outcome: "processed", attempts: 1 });
    expect(notices).toEqual([gone, done].map((arn) => `${arn} did not get an event of small: There is no such queue`));

    system.fn.resource = { ...fn.resource, policy: undefined };
    expect(await functionRuns.fire(fn, RULE, { ...TARGET, deadLetterArn: gone })).toMatchObject({ outcome: "lost" });
    expect(await system.run()).toMatchObject({ outcome: "failed", attempts: 0, isDeadLetter: false });
  });

  test("an event in the pause before a retry goes to the function that has replaced its own", async () => {
    const [system, next] = [await SmallSystem.start(FAILS), await SmallSystem.start(ECHO)];
    const { runId, done } = system.functionRuns.invokeLater(system.fn, '{"failures": 9}', DEAD_LETTER);
    await until(() => system.runs.find(runId)?.invocations[0]?.outcome !== undefined);
    system.replacements.set(system.fn.arn, next.fn);
    await system.fn.end();
    expect(await done).toMatchObject({ outcome: "processed" });
    expect(await system.run(runId)).toMatchObject({ attempts: 2 });
  });

  test("attempts with the same key are those of one run, until it is settled", async () => {
    const system = await SmallSystem.start(FAILS);
    const { functionRuns, fn } = system;
    const origin = { source: "queue", path: "orders" } as const;
    const event = '{"failures": 2}';
    expect(await functionRuns.attempt(fn, "key", event, origin)).toMatchObject({ isError: true });
    expect(await functionRuns.attempt(fn, "key", event, origin)).toMatchObject({ isError: true });
    expect(system.runs.latest(5)).toMatchObject([{ source: "queue", path: "orders", outcome: "running", attempts: 2 }]);
    expect(await functionRuns.attempt(fn, "key", event, origin)).toMatchObject({ isError: false });
    functionRuns.settle(fn, "key", { outcome: "processed" });
    expect(await system.run()).toMatchObject({ outcome: "processed", attempts: 3, isDeadLetter: false, event });
    const ids = (await system.run()).invocations.map(({ requestId }) => requestId);
    expect(new Set(ids).size).toBe(3);

    // A settled key begins another run. So does the same key of another function.
    await functionRuns.attempt(fn, "key", '{"failures": 9}', origin);
    const other = await SmallSystem.start(ECHO, { configuration: OTHER });
    await functionRuns.attempt(other.fn, "key", event, origin);
    expect(system.runs.latest(5)).toHaveLength(3);
    functionRuns.settle(fn, "key", { outcome: "failed", reason: "received 3 times", destination: QUEUE_ARN });
    functionRuns.settle(fn, "unknown", { outcome: "failed" });
    expect(system.runs.latest(5)).toMatchObject([
      { functionName: "other", outcome: "running", attempts: 1 },
      { functionName: "small", outcome: "failed", isDeadLetter: true, error: expect.stringContaining("failed 4") },
      { functionName: "small", outcome: "processed" },
    ]);
  });

  test("an attempt that Lambda refuses is none, and the next one belongs to the same run", async () => {
    const system = await SmallSystem.start(ECHO);
    const { functionRuns, fn, live } = system;
    const { configuration } = live.runtime;
    const codeFolder = system.version("first");
    const origin = { source: "stream", path: "orders" } as const;
    await live.runtime.replace({ configuration, codeFolder, source: "src", reservedConcurrency: 0 });
    await expect(functionRuns.attempt(fn, "key", "{}", origin)).rejects.toMatchObject({
      name: "TooManyRequestsException",
    });
    expect(await system.run()).toMatchObject({ outcome: "running", attempts: 0 });
    await live.runtime.replace({ configuration, codeFolder, source: "src" });
    expect(await functionRuns.attempt(fn, "key", "{}", origin)).toEqual({ payload: "{}", isError: false });
    functionRuns.settle(fn, "key", { outcome: "processed" });
    expect(system.runs.latest(5)).toMatchObject([{ source: "stream", outcome: "processed", attempts: 1 }]);
  });

  test("a run keeps the root of its trace, by which the emulator keeps the calls of all its attempts", async () => {
    const system = await SmallSystem.start(
      "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n",
    );
    const attempt = () => system.functionRuns.attempt(system.fn, "key", "{}", { source: "queue", path: "orders" });
    const payloads = [await attempt(), await attempt()].map(({ payload }) => JSON.parse(payload));
    const root = `Root=${system.runs.find(system.runs.latest(1)[0]?.id ?? "")?.traceRoot}`;
    expect(payloads).toEqual([expect.stringContaining(root), expect.stringContaining(root)]);
    const { runId, result } = await system.functionRuns.invoke(system.fn, "{}");
    const { traceRoot = "none" } = system.runs.find(runId) ?? {};
    expect(traceRoot).toMatch(/^1-[\da-f]{8}-[\da-f]{24}$/);
    expect(JSON.parse(result)).toContain(`Root=${traceRoot}`);
  });
});
