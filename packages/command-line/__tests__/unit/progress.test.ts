import { stripVTControlCharacters } from "node:util";
import { type Expectation, step } from "../../progress";
import { ApplyProgress, type TerraformMessage } from "../../terminal/apply-progress";
import { MovingLines } from "../../terminal/moving-lines";

beforeEach(() => jest.useFakeTimers());
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const RULES = "aws_s3_bucket_lifecycle_configuration.state_rules_9EBA48F5";
const EXPECTED: Expectation = { seconds: 60, resources: { aws_s3_bucket_lifecycle_configuration: 55 } };

const planned = (add: number): TerraformMessage => ({
  type: "change_summary",
  changes: { add, change: 0, remove: 0, operation: "plan" },
});
const hook = (type: string, addr: string, elapsed_seconds?: number, action = "create"): TerraformMessage => ({
  type,
  hook: { resource: { addr, resource_type: "" }, action, elapsed_seconds },
});

describe("the progress of an apply", () => {
  test("counts the changed resources of all plans, without data sources", () => {
    const progress = new ApplyProgress();
    expect([progress.hasBegun, progress.count]).toEqual([false, "0"]);
    progress.take(planned(2));
    progress.take(planned(5));
    progress.take(hook("apply_complete", "data.aws_caller_identity.current", 0, "read"));
    expect(progress.take(hook("apply_start", "aws_sqs_queue.a"))).toBeUndefined();
    expect(progress.take(hook("apply_complete", "aws_sqs_queue.a", 26))).toBe("aws_sqs_queue.a");
    expect([progress.hasBegun, progress.count, progress.done]).toEqual([true, "1/7", 1]);
  });

  test("names the resource that takes longest, and how long it usually takes", () => {
    const progress = new ApplyProgress(EXPECTED);
    progress.take(hook("apply_start", RULES));
    expect(progress.describeLongest(Infinity)).toBe("");
    jest.advanceTimersByTime(2000);
    progress.take(hook("apply_start", "aws_sqs_queue.a"));
    jest.advanceTimersByTime(39_000);
    expect(progress.describeLongest(Infinity)).toBe(`${RULES} 41 s of about 55 s`);
    expect(progress.describeLongest(40)).toBe("aws_s3_buc…s_9EBA48F5 41 s of about 55 s");
    expect(progress.describeLongest(15)).toBe("");
    progress.take(hook("apply_complete", RULES, 41));
    expect(progress.describeLongest(Infinity)).toBe("aws_sqs_queue.a 39 s");
    progress.take(hook("apply_errored", "aws_sqs_queue.a"));
    expect(progress.describeLongest(Infinity)).toBe("");
  });

  test("names what takes three times as long as usual, or a minute, and again after twice the time", () => {
    const progress = new ApplyProgress(EXPECTED);
    progress.take(hook("apply_start", RULES));
    progress.take(hook("apply_start", "aws_apigatewayv2_api.a"));
    progress.take(hook("apply_start", "aws_sqs_queue.a"));
    jest.advanceTimersByTime(59_000);
    progress.take(hook("apply_complete", "aws_sqs_queue.a", 59));
    expect(progress.takeStuck()).toEqual([]);
    jest.advanceTimersByTime(1000);
    expect(progress.takeStuck()).toEqual(["aws_apigatewayv2_api.a 60 s"]);
    expect(progress.takeStuck()).toEqual([]);
    jest.advanceTimersByTime(105_000);
    expect(progress.takeStuck()).toEqual([`${RULES} 165 s of about 55 s`, "aws_apigatewayv2_api.a 165 s"]);
  });
});

describe("a step without a terminal", () => {
  let printed: string[];
  beforeEach(() => {
    printed = [];
    process.stderr.isTTY = false;
    jest.spyOn(console, "error").mockImplementation((text) => void printed.push(stripVTControlCharacters(text)));
  });

  test("says each 15 s how far an apply is, if it does not list the resources", async () => {
    const options = { listsResources: false, expected: EXPECTED };
    await step(
      "state",
      async ({ follow }) => {
        jest.advanceTimersByTime(20_000);
        follow(planned(2));
        follow(hook("apply_start", "aws_s3_bucket.state"));
        follow(hook("apply_complete", "aws_s3_bucket.state", 1));
        follow(hook("apply_start", RULES));
        jest.advanceTimersByTime(40_000);
        follow(hook("apply_complete", RULES, 40));
      },
      options,
    );
    expect(printed).toEqual([
      "  state  0/2  20 s of about 60 s",
      `  state  1/2  35 s of about 60 s  ${RULES} 15 s of about 55 s`,
      `  state  1/2  50 s of about 60 s  ${RULES} 30 s of about 55 s`,
      "✔ state: 2 resources 60.0 s",
    ]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("names what is stuck, and why", async () => {
    let why: string | undefined;
    const options = { whyStuck: () => why };
    await step(
      "state",
      async ({ follow }) => {
        jest.advanceTimersByTime(1000);
        follow(hook("apply_start", "aws_s3_bucket.state"));
        jest.advanceTimersByTime(59_000);
        why = "The reason";
        jest.advanceTimersByTime(1000);
        follow(hook("apply_complete", "aws_s3_bucket.state", 60));
      },
      options,
    );
    expect(printed).toEqual([
      "  Stuck: state 60 s",
      "  Stuck: aws_s3_bucket.state 60 s. The reason",
      "  1 aws_s3_bucket.state 60 s",
      "✔ state 61.0 s",
    ]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("is stuck later, where that is set", async () => {
    const options = { whyStuck: () => undefined, stuckSeconds: 300 };
    await step("terraform init", async () => jest.advanceTimersByTime(299_000), options);
    await step("terraform init", async () => jest.advanceTimersByTime(300_000), options);
    expect(printed).toEqual(["✔ terraform init 299.0 s", "  Stuck: terraform init 300 s", "✔ terraform init 300.0 s"]);
  });

  test("is not stuck because the machine was asleep", async () => {
    const { now } = performance;
    await step(
      "state",
      async ({ follow }) => {
        follow(hook("apply_start", "aws_s3_bucket.state"));
        jest.advanceTimersByTime(30_000);
        jest.spyOn(performance, "now").mockImplementation(() => now.call(performance) + 600_000);
        jest.advanceTimersByTime(29_000);
      },
      { whyStuck: () => undefined },
    );
    expect(printed).toEqual(["✔ state 659.0 s"]);
  });

  test("lists each resource by default", async () => {
    const failure = new Error("no");
    const failed = step("Apply", async ({ follow, setNote }) => {
      setNote("account 123456789012");
      follow(hook("apply_complete", "aws_sqs_queue.a", 26));
      follow({ type: "diagnostic", diagnostic: { severity: "warning", summary: "Old", detail: "" } });
      throw failure;
    });
    await expect(failed).rejects.toBe(failure);
    expect(printed).toEqual(["  1 aws_sqs_queue.a 26 s", "  Warning: Old", "✖ Apply: account 123456789012 0.0 s"]);
  });
});

describe("moving lines", () => {
  const ESCAPE = "\u001b";

  /** What is on the screen, for what moving lines write: up, clear, text. */
  function makeScreen() {
    let rows = [""];
    let cursor = 0;
    const controls: Record<string, () => void> = {
      "\r": () => {},
      "ESC[A": () => {
        cursor -= 1;
      },
      "ESC[J": () => {
        rows = [...rows.slice(0, cursor), ""];
      },
      "\n": () => {
        cursor += 1;
        rows[cursor] ??= "";
      },
    };
    const write = (text: string): boolean => {
      for (const part of text.replaceAll(ESCAPE, "ESC").split(/(\r|\n|ESC\[[AJ])/)) {
        const control = controls[part];
        if (control) control();
        else rows[cursor] += part;
      }
      return true;
    };
    const stream = { isTTY: true, columns: 40, write };
    const lines = () => rows.map((row) => row.replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/, "*"));
    return { stream: stream as unknown as NodeJS.WriteStream, write, lines };
  }

  test("are drawn anew below what is printed, on whichever stream, and leave nothing behind", () => {
    const screen = makeScreen();
    const other = { write: screen.stream.write } as NodeJS.WriteStream;
    const moving = new MovingLines(screen.stream, [other]);
    let count = 0;
    const removeOne = moving.add((width) => `one ${count} ${width}`);
    const removeTwo = moving.add(() => "two");
    jest.advanceTimersByTime(100);
    expect(screen.lines()).toEqual(["* one 0 37", "* two"]);
    screen.stream.write("printed\n");
    expect(screen.lines()).toEqual(["printed", ""]);
    count = 1;
    jest.advanceTimersByTime(100);
    expect(screen.lines()).toEqual(["printed", "* one 1 37", "* two"]);
    other.write("more\n");
    jest.advanceTimersByTime(100);
    removeOne();
    jest.advanceTimersByTime(100);
    expect(screen.lines()).toEqual(["printed", "more", "* two"]);
    removeTwo();
    removeTwo();
    expect(screen.lines()).toEqual(["printed", "more", ""]);
    expect([screen.stream.write, jest.getTimerCount()]).toEqual([screen.write, 0]);
  });

  test("go on after all were cleared", () => {
    const screen = makeScreen();
    const moving = new MovingLines(screen.stream, []);
    moving.add(() => "one");
    jest.advanceTimersByTime(100);
    moving.clear();
    expect(screen.lines()).toEqual([""]);
    moving.add(() => "two");
    jest.advanceTimersByTime(100);
    expect(screen.lines()).toEqual(["* two"]);
    moving.clear();
  });

  test.each([
    ["no terminal", { isTTY: false, columns: 80 }],
    ["no width", { isTTY: true, columns: 0 }],
  ])("need a terminal with a width: %s", (_what, stream) => {
    const moving = new MovingLines(stream as NodeJS.WriteStream, []);
    expect(moving.areShown).toBe(false);
    moving.add(() => "one")();
    expect(jest.getTimerCount()).toBe(0);
  });
});
