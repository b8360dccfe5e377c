import { describeWithPython, until } from "../echo-api";
import { QUEUE_ARN, SmallSystem } from "./small-system";

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

describeWithPython("the runs of events", () => {
  afterEach(() => SmallSystem.stopAll());

  test("a scheduled run that fails has three attempts, each with its log, and its event is a dead letter", async () => {
    const system = await SmallSystem.start(FAILS);
    const fired = await system.functionRuns.fireSchedule();
    expect(fired).toMatchObject({ outcome: "sent to the dead-letter queue", error: "RuntimeError: failed 3" });
    const run = await system.run(fired.runId);
    expect(run).toMatchObject({
      id: fired.eventId,
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
    expect(letter?.queueArn).toBe(QUEUE_ARN);
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
    const first = await system.functionRuns.invoke(event);
    expect(first).toMatchObject({ isError: true, result: expect.stringContaining('"errorMessage": "failed 1"') });
    expect(await system.run(first.runId)).toMatchObject({
      source: "invocation",
      path: "small",
      outcome: "failed",
      attempts: 1,
      event,
    });
    const second = await system.functionRuns.invoke(event);
    expect(second).toEqual({ runId: expect.any(String), isError: false, result: event });
    expect(await system.run(second.runId)).toMatchObject({ outcome: "processed", error: undefined });
    expect(system.metrics.series().coldStarts.at(-1)).toBe(1);
  });

  test("an event that Lambda refuses is a refused run", async () => {
    const system = await SmallSystem.start(FAILS);
    const event = JSON.stringify("x".repeat(6 * 1024 * 1024));
    await expect(system.functionRuns.invoke(event)).rejects.toThrow("Request must be smaller");
    expect(system.runs.latest(1)).toMatchObject([
      { outcome: "refused", attempts: 0, error: expect.stringContaining("smaller") },
    ]);
  });

  test("a dead letter runs asynchronously, with its event as it was and the item of its first run", async () => {
    const system = await SmallSystem.start(FAILS);
    const event = '{"failures": 1, "requestContext": {"requestId": "first"}, "n": 12345678901234567890}';
    const { runId, done } = system.functionRuns.takeDeadLetter(event);
    expect(await system.run(runId)).toMatchObject({ source: "dead letter", outcome: "running", attempts: 0 });
    expect(await done).toEqual({ eventId: "first", runId, outcome: "processed" });
    expect(await system.run(runId)).toMatchObject({ outcome: "processed", attempts: 2, event, isDeadLetter: false });
    expect(system.runs.find(runId)?.itemId).toBe("first");
  });

  test("a paused schedule is fired by hand, with a notice that AWS would not have", async () => {
    const system = await SmallSystem.start("def handler(event, context):\n    return event\n");
    expect(await system.functionRuns.fireSchedule()).not.toHaveProperty("notice");
    system.rule.State = "DISABLED";
    expect(await system.functionRuns.fireSchedule()).toMatchObject({
      outcome: "processed",
      notice: "The rule daily is disabled: EventBridge would not have fired it.",
    });
  });

  test("a scheduled run that is repeated is another run of the same event", async () => {
    const system = await SmallSystem.start("def handler(event, context):\n    return event\n");
    const first = await system.functionRuns.fireSchedule();
    const record = system.runs.find(first.runId);
    if (!record?.event) throw new Error("It has no event");
    const again = await system.functionRuns.repeat(record, record.event);
    expect(again).toMatchObject({ eventId: first.eventId, outcome: "processed" });
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
    const { runId, done } = system.functionRuns.takeDeadLetter('{"failures": 9}');
    await until(() => system.runs.find(runId)?.invocations[0]?.outcome !== undefined);
    await system.live.stop();
    await expect(done).rejects.toThrow("The local system has ended.");
    expect(await system.run(runId)).toMatchObject({ outcome: "failed", attempts: 1, isDeadLetter: false });
    expect(system.letters).toEqual([]);
  });

  test("what is under way is waited for", async () => {
    const system = await SmallSystem.start(FAILS);
    let hasEnded = false;
    system.functionRuns.takeDeadLetter('{"failures": 1}');
    void system.functionRuns.settled().then(() => {
      hasEnded = true;
    });
    await until(() => system.runs.latest(1)[0]?.attempts === 1);
    expect(hasEnded).toBe(false);
    await system.functionRuns.settled();
    expect(system.runs.latest(1)).toMatchObject([{ outcome: "processed", attempts: 2 }]);
  });
});
