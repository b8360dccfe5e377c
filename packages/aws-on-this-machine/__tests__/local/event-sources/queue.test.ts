import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { DeleteMessageBatchRequest } from "@aws-sdk/client-sqs";
import { InvokeError } from "../../../function/invocation";
import { describeWithPython, until } from "../echo-api";
import { ERROR, EventSourceBench, OK } from "./event-source-bench";

const REPORTS = { FunctionResponseTypes: ["ReportBatchItemFailures" as const] };

describeWithPython("a queue's event source", () => {
  let bench: EventSourceBench;
  beforeAll(async () => {
    bench = await EventSourceBench.start();
  });
  afterEach(() => bench.reset());
  afterAll(() => bench?.stop());

  test("of 1,000 messages with 10 % failures, each is processed or in the dead-letter queue", async () => {
    const { arn, url, dead } = await bench.createQueueWithDeadLetters("thousand", 2);
    const bodies = Array.from({ length: 1000 }, (_, number) => String(number));
    const failing = (body: string) => body.endsWith("7");
    await bench.send(url, bodies);
    const deleted: (string | undefined)[] = [];
    bench.aws.sqs.middlewareStack.add(
      (next) => (args) => {
        const { Entries = [] } = args.input as Partial<DeleteMessageBatchRequest>;
        const isDeletion = (args.request as { headers: Record<string, string> }).headers["x-amz-target"];
        if (isDeletion === "AmazonSQS.DeleteMessageBatch") deleted.push(...Entries.map((each) => each.ReceiptHandle));
        return next(args);
      },
      { step: "build", priority: "low" },
    );
    const processed: string[] = [];
    bench.open({ EventSourceArn: arn, BatchSize: 10, ...REPORTS }, (records) => {
      const failed = records.filter(({ body }) => failing(body));
      processed.push(...records.flatMap(({ body }) => (failing(body) ? [] : body)));
      const batchItemFailures = failed.map(({ messageId }) => ({ itemIdentifier: messageId }));
      return { payload: JSON.stringify({ batchItemFailures }), isError: false };
    });
    const deadBodies = new Set<string>();
    bench.open({ EventSourceArn: dead.arn, BatchSize: 10 }, (records) => {
      for (const { body } of records) deadBodies.add(body);
      return OK;
    });
    await until(() => deadBodies.size >= 100);
    await bench.reset();
    expect(processed.sort()).toEqual(bodies.filter((body) => !failing(body)).sort());
    expect([...deadBodies].sort()).toEqual(bodies.filter(failing).sort());
    expect(deleted).toHaveLength(new Set(deleted).size);
    expect(await Promise.all([bench.count(url), bench.count(dead.url)])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test("the attempts at a failing batch have one key, and end with the dead-letter queue", async () => {
    const { arn, url, dead } = await bench.createQueueWithDeadLetters("failing", 3);
    await bench.send(url, ["a", "b"]);
    const attempts: string[][] = [];
    bench.open({ EventSourceArn: arn }, (records) => {
      attempts.push(records.map(({ body, attributes }) => `${body}${attributes.ApproximateReceiveCount}`));
      return ERROR;
    });
    await until(() => bench.ends.length > 0);
    expect(attempts).toEqual([
      ["a1", "b1"],
      ["a2", "b2"],
      ["a3", "b3"],
    ]);
    const [key] = new Set(bench.deliveries.map((delivery) => delivery.key));
    const end = { outcome: "failed", reason: "ValueError: broken", destination: dead.arn };
    expect(bench.ends).toEqual([{ key, end }]);
    while ((await bench.count(dead.url))[0] < 2) await setTimeout(20);
  });

  test("messages that the function reports stay, and a later success ends the run", async () => {
    const { arn, url } = await bench.createQueue("partial");
    await bench.send(url, ["good", "bad"]);
    const attempts: string[][] = [];
    bench.open({ EventSourceArn: arn, ...REPORTS }, (records) => {
      attempts.push(records.map(({ body }) => body));
      const bad = records.filter(({ body }) => body === "bad").map(({ messageId }) => ({ itemIdentifier: messageId }));
      return { payload: JSON.stringify({ batchItemFailures: attempts.length < 3 ? bad : [] }), isError: false };
    });
    await until(() => bench.ends.length > 0);
    expect(attempts).toEqual([["good", "bad"], ["bad"], ["bad"]]);
    const keys = bench.deliveries.map(({ key }) => key);
    expect(bench.ends).toEqual([{ key: keys[0], end: { outcome: "processed" } }]);
    expect(new Set(keys).size).toBe(1);
    expect(await bench.count(url)).toEqual([0, 0]);
  });

  test("the function gets a message as Lambda passes it, in batches of the window", async () => {
    const { arn, url } = await bench.createQueue("window");
    const mapping = { EventSourceArn: arn, BatchSize: 25, MaximumBatchingWindowInSeconds: 1 };
    bench.open(mapping, () => OK);
    const bodies = Array.from({ length: 30 }, (_, number) => `m${number}`);
    await bench.send(url, bodies);
    await until(() => bench.ends.length === 2);
    const [first, second] = bench.deliveries.map(({ event }) => JSON.parse(event).Records);
    expect([first.length, second.length]).toEqual([25, 5]);
    expect(first[0]).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: "m0",
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {},
      md5OfBody: createHash("md5").update("m0").digest("hex"),
      eventSource: "aws:sqs",
      eventSourceARN: arn,
      awsRegion: "us-west-2",
    });
  });

  test("a message that no filter matches is deleted", async () => {
    const { arn, url } = await bench.createQueue("filtered");
    await bench.send(url, ['{"kind": "wanted", "n": 1}', '{"kind": "other"}', "text", '{"kind": "wanted", "n": 2}']);
    const got: string[] = [];
    const FilterCriteria = { Filters: [{ Pattern: '{"body": {"kind": ["wanted"]}}' }] };
    bench.open({ EventSourceArn: arn, FilterCriteria }, (records) => {
      got.push(...records.map(({ body }) => JSON.parse(body).n));
      return OK;
    });
    await until(() => bench.ends.length > 0 && got.length === 2);
    while ((await bench.count(url)).some((count) => count > 0)) await setTimeout(20);
    expect(got).toEqual([1, 2]);
  });

  test("in each group of a FIFO queue the order stays, although batches fail", async () => {
    const { arn, url, dead } = await bench.createQueueWithDeadLetters("ordered", 5, { FifoQueue: "true" });
    const groups = ["a", "b", "c", "d"];
    const bodies = Array.from({ length: 60 }, (_, number) => `${groups[number % 4]}${number}`);
    await bench.send(url, bodies, (body) => body.charAt(0));
    const processed: string[] = [];
    const busy = new Set<string>();
    const failed = new Set<string>();
    const faults: string[] = [];
    bench.open({ EventSourceArn: arn, BatchSize: 4, ScalingConfig: { MaximumConcurrency: 4 } }, async (records) => {
      const group = String(records[0]?.body.charAt(0));
      const numbers = records.map(({ attributes }) => attributes.SequenceNumber);
      if (numbers.some((number, index) => index > 0 && Number(number) < Number(numbers[index - 1])))
        faults.push(`the sequence numbers ${numbers}`);
      if (busy.has(group)) faults.push(`two batches of ${group} at once`);
      if (!records.every(({ body }) => body.startsWith(group))) faults.push("a batch of two groups");
      busy.add(group);
      await setTimeout(5);
      busy.delete(group);
      const first = records[0]?.body ?? "";
      if (Number(first.slice(1)) % 5 === 0 && !failed.has(first)) {
        failed.add(first);
        return ERROR;
      }
      processed.push(...records.map(({ body }) => body));
      return OK;
    });
    await until(() => processed.length >= 60);
    expect(failed.size).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    for (const group of groups) {
      const own = (list: string[]) => list.filter((body) => body.startsWith(group));
      expect(own(processed)).toEqual(own(bodies));
    }
    expect(await bench.count(dead.url)).toEqual([0, 0]);
  });

  test("after stop and start, no message is lost, and those that were not handled come at once", async () => {
    const { arn, url } = await bench.createQueue("stopped", { VisibilityTimeout: "600" });
    const bodies = Array.from({ length: 40 }, (_, number) => String(number));
    await bench.send(url, bodies);
    const processed: string[] = [];
    const mapping = { EventSourceArn: arn, BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } };
    const handle = async (records: { readonly body: string }[]) => {
      await setTimeout(5);
      processed.push(...records.map(({ body }) => body));
      return OK;
    };
    for (let stops = 0; processed.length < 40; stops += 1) {
      const source = bench.open(mapping, handle);
      const before = processed.length;
      await until(() => processed.length > Math.min(before + 4, 39));
      await source.stop();
      expect((await bench.count(url))[1]).toBe(0);
      expect(stops).toBeLessThan(40);
    }
    expect(processed.sort()).toEqual(bodies.sort());
  });

  test("a message that comes after a stop is visible to the next reader at once", async () => {
    const { arn, url } = await bench.createQueue("idle", { VisibilityTimeout: "600" });
    const first = bench.open({ EventSourceArn: arn }, () => OK);
    await setTimeout(300);
    await first.stop();
    await bench.send(url, ["late"]);
    bench.open({ EventSourceArn: arn }, () => OK);
    await until(() => bench.ends.length === 1);
    expect(bench.ends[0]?.end.outcome).toBe("processed");
  });

  test("a throttled event waits, which is no further delivery of its messages", async () => {
    const { arn, url } = await bench.createQueue("throttled");
    await bench.send(url, ["one"]);
    let refusals = 0;
    bench.open({ EventSourceArn: arn }, () => {
      refusals += 1;
      if (refusals < 3) throw new InvokeError("TooManyRequestsException", "Rate Exceeded.");
      return OK;
    });
    await until(() => bench.ends.length === 1);
    const counts = bench.deliveries.map(({ event }) => JSON.parse(event).Records[0].attributes.ApproximateReceiveCount);
    expect(counts).toEqual(["1", "1", "1"]);
  });

  test("a queue that does not exist is named once", async () => {
    bench.open({ EventSourceArn: "arn:aws:sqs:us-west-2:123456789012:missing" }, () => OK);
    await until(() => bench.notices.length > 0);
    await setTimeout(1500);
    expect(bench.notices).toEqual([expect.stringContaining("missing")]);
  });
});
