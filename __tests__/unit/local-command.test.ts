import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { serveConsole } from "@local/aws-on-this-machine/console/console-server";
import type { Run, RunSummary } from "@local/aws-on-this-machine/runs/run";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { run, startChild } from "@local/command-line/process/child-process";
import { close, listen, serverUrl } from "@local/command-line/server";
import { UserError } from "@local/command-line/user-error";
import { FakeSystem, GROWN } from "../../packages/aws-on-this-machine/__tests__/local/fake-system";
import { NOON, request, scheduled } from "../../packages/aws-on-this-machine/__tests__/unit/terminal/samples";
import { runInProcess } from "../command-in-process";

const LOCAL = [...TYPESCRIPT, resolve("commands/local.ts")];

/** Its runs come to what the test sets. */
class SystemWithRuns extends FakeSystem {
  details: Partial<Run> = {};
  outcome: Partial<RunSummary> = {};
  notice: string | undefined;

  /** @param runs the newest first */
  keep(...runs: RunSummary[]): void {
    for (const run of runs.reverse()) {
      const item = { RequestId: run.id, Path: run.path };
      const accessLog = JSON.stringify({ requestId: run.id, path: run.path });
      this.add({ ...run, invocations: [], items: [{ table: "OrdersTable", item }], accessLog, ...this.details });
    }
  }

  override async replay(id: string) {
    if (this.failure) throw this.failure;
    if (!this.kept.has(id)) return undefined;
    this.replayed.push(id);
    this.keep(request({ id: "run-1", replayOf: id, ...this.outcome }));
    return { status: 200, requestId: "run-1", body: "" };
  }

  override async invoke(functionName: string, event: string) {
    this.invoked.push(event);
    this.keep(scheduled({ id: "run-1", source: "invocation", path: functionName, ...this.outcome }));
    return { runId: "run-1", isError: false, result: '{"a": [1]}' };
  }

  override async fireSchedule(name: string) {
    this.fired.push(name);
    this.keep(scheduled({ id: "event-1", ...this.outcome }));
    const outcome = "sent to the dead-letter queue" as const;
    return [{ runId: "event-1", functionName: "Function", outcome, error: "no", notice: this.notice }];
  }
}

let system: SystemWithRuns;
let server: Server;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "local-command-"));
  system = new SystemWithRuns();
  server = await listen(0, "");
  serveConsole(server, system);
});
afterEach(async () => {
  await close(server);
  rmSync(folder, { recursive: true });
});

const port = () => new URL(serverUrl(server)).port;

/** Runs `npm run local -- <arguments>` in a folder of the user's. */
async function local(...args: string[]): Promise<[exitCode: number, stdout: string, stderr: string]> {
  const options = ["--console-port", port()];
  const { exitCode, stdout, stderr } = await runInProcess("local", [...args, ...options], { INIT_CWD: folder });
  return [exitCode, stdout.trimEnd(), stderr.trimEnd()];
}

async function json(...args: string[]): Promise<unknown> {
  const [, stdout] = await local(...args, "--json");
  return JSON.parse(stdout);
}

test("requests lists the runs, the newest last, as many as are wanted", async () => {
  system.keep(request({ id: "new-1234567", status: 404, path: "/new" }), request({ id: "old-1234567" }));
  expect(await local("requests")).toEqual([
    0,
    "12:00:00  200  POST  /orders  12 ms  old-1234\n12:00:00  404  POST  /new     12 ms  new-1234",
    "",
  ]);
  expect(await json("requests", "--limit", "1")).toMatchObject([{ id: "new-1234567", status: 404 }]);
  expect(await local("requests", "--limit", "x")).toEqual([
    1,
    "",
    "Error: --limit is x; use a whole number from 1 to 5000.",
  ]);
});

describe("show", () => {
  beforeEach(() => {
    system.details = { event: '{"version": "2.0"}' };
    system.keep(request({ id: "abc-1=" }), request({ id: "abd-2=" }), request({ id: "abc" }));
  });

  test.each([["abd-2="], ["abd"], ["http://127.0.0.1:3001/#run=abd-2%3D"]])(
    "finds %s by its id or the beginning of it",
    async (id) => {
      const [exitCode, stdout] = await local("show", id);
      expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^Event\n.*\n\nRun abd-2=/s)]);
    },
  );

  test("takes a whole id although others begin with it", async () => {
    expect(await json("show", "abc")).toMatchObject({
      id: "abc",
      event: '{"version": "2.0"}',
      invocations: [],
      items: [{ table: "OrdersTable", item: { RequestId: "abc" } }],
    });
  });

  test.each([
    ["x", "No run's id begins with x; npm run local -- requests lists the newest."],
    ["ab", "The ids of 3 runs begin with ab: abc-1=, abd-2=, abc."],
  ])("refuses %s with one line", async (id, message) => {
    expect(await local("show", id)).toEqual([1, "", `Error: ${message}`]);
  });
});

describe("replay", () => {
  test("does a run again, and shows what came of it", async () => {
    system.keep(request({ id: "first-123456" }));
    system.details = {
      answer: { status: 200, headers: {}, body: { text: '{"ok":1}', isBase64: false, bytes: 8, isCut: false } },
    };
    expect(await local("replay", "first")).toEqual([
      0,
      '{\n  "ok": 1\n}\n12:00:00  200     POST     /orders  12 ms  run-1  replay of first-12',
      "",
    ]);
    expect(system.replayed).toEqual(["first-123456"]);
  });

  test("ends with 1 if that was not processed", async () => {
    system.keep(request({ id: "first" }));
    system.outcome = { status: 400, outcome: "refused" };
    expect(await local("replay", "first", "--json")).toEqual([1, expect.stringContaining('"replayOf": "first"'), ""]);
  });

  test("says in one line why it cannot be done", async () => {
    system.keep(request({ id: "first" }));
    system.failure = new UserError("first cannot be done again: not all that was sent is kept.");
    const message = `Error: ${serverUrl(server)} answers 409: first cannot be done again: not all that was sent is kept.`;
    expect(await local("replay", "first")).toEqual([1, "", message]);
  });
});

describe("invoke", () => {
  const facts = { requestId: "l", time: 0, waitMs: 0, durationMs: 1, usedMemoryMb: 1, memoryMb: 1, log: [] };
  test("gives the event of a file of the user's to the function", async () => {
    const event = '{"detail-type": "Scheduled Event", "n": 1e2}';
    writeFileSync(join(folder, "event.json"), event);
    system.details = { invocations: [{ ...facts, result: '{"a": [1]}' }] };
    expect(await local("invoke", "event.json")).toEqual([
      0,
      '{\n  "a": [\n    1\n  ]\n}\n12:00:00  ok      invocation OrdersFunction  12 ms  run-1',
      "",
    ]);
    expect(system.invoked).toEqual([event]);
  });

  test("takes the event of standard input, and shows why it failed", async () => {
    const error = {
      type: "ValueError",
      message: "x",
      frames: [{ file: "lambda-src/index.py", line: 7, function: "handler" }],
    };
    system.details = { invocations: [{ ...facts, result: "{}", error }] };
    system.outcome = { outcome: "failed" };
    const command = `echo '[1]' | ${process.execPath} ${LOCAL.join(" ")} invoke - --console-port ${port()}`;
    const { exitCode, stdout } = await run("sh", ["-c", command]);
    expect([exitCode, stdout.split("\n").slice(0, 2)]).toEqual([
      1,
      ["ValueError: x", "  lambda-src/index.py:7  in handler"],
    ]);
    expect(system.invoked).toEqual(["[1]\n"]);
  });

  test("prints the result as JSON in JSON", async () => {
    writeFileSync(join(folder, "event.json"), "{}");
    expect(await json("invoke", "event.json")).toEqual({ runId: "run-1", isError: false, result: { a: [1] } });
  });

  test.each([
    ["none.json", /^Error: The event cannot be read: ENOENT.*none\.json/],
    ["broken.json", /^Error: broken\.json is no JSON: /],
  ])("refuses %s with one line", async (file, message) => {
    writeFileSync(join(folder, "broken.json"), "{");
    expect(await local("invoke", file)).toEqual([1, "", expect.stringMatching(message)]);
    expect(system.invoked).toEqual([]);
  });
});

test("schedule fires it, and ends with 1 if that fails", async () => {
  expect(await local("schedule")).toEqual([0, "12:00:00  ok      schedule Daily  12 ms  event-1", ""]);
  system.outcome = { outcome: "failed", attempts: 3, isDeadLetter: true, error: "ValueError: x" };
  const line = "12:00:00  failed  schedule Daily  12 ms  event-1  3 tries  dead letter  ValueError: x";
  expect(await local("schedule")).toEqual([1, line, ""]);
  expect(await json("schedule")).toMatchObject([{ runId: "event-1", outcome: "sent to the dead-letter queue" }]);
  system.notice = "The rule Daily is disabled";
  expect(await local("schedule")).toEqual([1, line, "The rule Daily is disabled"]);
});

test("items and logs show what is stored, the newest last", async () => {
  system.keep(request({ id: "new-1234567", path: "/new" }), request({ id: "old-1234567", path: "/old" }));
  const [, items] = await local("items");
  expect(items?.split("\n")).toEqual(['old-1234567  {"Path":"/old"}', 'new-1234567  {"Path":"/new"}']);
  const [, logs] = await local("logs", "--limit", "5");
  expect(logs).toMatch(/"\/old"\}\n.*"\/new"\}\nNewest object: requests\/.+\.gz$/s);
  expect(system.limits).toEqual([10, 5]);
  expect(await json("logs")).toMatchObject({ lines: [{}, {}].map(() => expect.any(String)) });
});

describe("with several of each kind", () => {
  beforeEach(() => system.setState(GROWN));

  test("queues lists them with their messages, or the messages of one", async () => {
    system.setMessages("Jobs", [{ id: "m-1", sentAt: NOON, body: '{"resize":7}' }]);
    system.setLetters([{ id: "l-1", sentAt: NOON, what: "Scheduled Event e", error: "ValueError: x", event: "{}" }]);
    expect(await local("queues")).toEqual([
      0,
      "OrdersDeadLetters  1 message   dead letters\nJobs               1 message\nMail               0 messages",
      "",
    ]);
    expect(await local("queues", "Jobs")).toEqual([0, '12:00:00  {"resize":7}', ""]);
    expect(await local("queues", "aws_sqs_queue.letters")).toEqual([
      0,
      "12:00:00  Scheduled Event e  ValueError: x",
      "",
    ]);
    system.setMessages("Mail", [{ id: "m-2", sentAt: NOON, body: "bad", runId: "run-123456789" }]);
    expect(await local("queues", "Mail")).toEqual([0, "12:00:00  bad  run run-1234", ""]);
    system.setMessages("Mail", []);
    expect(await local("queues", "Mail")).toEqual([0, "The queue has no message.", ""]);
    expect(await json("queues")).toMatchObject([{ name: "OrdersDeadLetters", messages: 1 }, {}, {}]);
    expect(await json("queues", "Jobs")).toMatchObject([{ id: "m-1", body: '{"resize":7}' }]);
  });

  test("send sends an argument or standard input to a queue, unchanged", async () => {
    expect(await local("send", "Jobs", " a b ")).toEqual([
      0,
      expect.stringMatching(/^Sent to Jobs: message \S+\.$/),
      "",
    ]);
    const command = `echo two | ${process.execPath} ${LOCAL.join(" ")} send aws_sqs_queue.jobs - --console-port ${port()}`;
    await run("sh", ["-c", command]);
    expect(system.queued.get("Jobs")).toMatchObject([{ body: " a b " }, { body: "two\n" }]);
    expect(await json("send", "Jobs", "three")).toEqual({ sent: 1, id: expect.any(String) });
  });

  test("functions lists them with their processes, memory and source, and why one cannot be loaded", async () => {
    const loadFailure = { message: "Traceback\nSyntaxError: x", location: "worker/index.py:1" };
    system.setState({ functions: GROWN.functions.map((each, index) => (index ? { ...each, loadFailure } : each)) });
    const facts = "python3.13  30 s  71 of 256 MB  1 of 3 processes busy";
    expect(await local("functions")).toEqual([
      0,
      [
        `OrdersFunction  ${facts}  src`,
        `Worker          ${facts}  worker  cannot be loaded: worker/index.py:1 SyntaxError: x`,
      ].join("\n"),
      "",
    ]);
    expect(await json("functions")).toMatchObject([{ name: "OrdersFunction" }, { loadFailure }]);
  });

  test("invoke, schedule and items take a name or an address", async () => {
    writeFileSync(join(folder, "event.json"), "{}");
    const [, invoked] = await local("invoke", "event.json", "--function", "aws_lambda_function.worker");
    expect(invoked).toContain("invocation Worker");
    await local("schedule", "aws_scheduler_schedule.nightly");
    expect(system.fired).toEqual(["Nightly"]);
    expect(await local("items", "--table", "StockTable")).toEqual([0, "No items yet.", ""]);
  });

  test.each([
    [["invoke", "event.json"], "Choose a function with --function <name>: OrdersFunction, Worker."],
    [["schedule"], "Choose a schedule with schedule <name>: DailySchedule, Nightly."],
    [["items"], "Choose a table with --table <name>: OrdersTable, StockTable."],
    [["items", "--table", "x"], "There is no table x; there are OrdersTable, StockTable."],
    [["send", "x", "body"], "There is no queue x; there are OrdersDeadLetters, Jobs, Mail."],
  ])("%j lists the names in one line", async (args, message) => {
    writeFileSync(join(folder, "event.json"), "{}");
    expect(await local(...args)).toEqual([1, "", `Error: ${message}`]);
  });

  test("a system without any says so", async () => {
    system.setState({ tables: [], queues: [], functions: [] });
    expect(await local("items")).toEqual([1, "", "Error: The system has no table."]);
    expect(await local("queues")).toEqual([1, "", "Error: The system has no queue."]);
    expect(await local("functions")).toEqual([0, "The system has no function.", ""]);
  });
});

test("token prints it alone, with the claims as JSON or text", async () => {
  const claims = ["sub=anna", "exp=12", 'groups=["a"]', "note=a=b", "empty="].flatMap((claim) => ["--claim", claim]);
  const [exitCode, stdout, stderr] = await local("token", ...claims);
  expect([exitCode, stdout]).toEqual([
    0,
    'header.{"sub":"anna","exp":12,"groups":["a"],"note":"a=b","empty":""}.signature',
  ]);
  expect(stderr).toMatch(/^Valid for an hour, at the API of this npm start only, .+$/);
  expect(await json("token")).toEqual({ token: "header.{}.signature" });
});

test.each([
  [["token", "--claim", "sub"], "--claim is sub; use name=value, such as scope=orders."],
  [["items", "--claim", "a=b"], "--claim is for token alone."],
])("%j is refused", async (args, message) => {
  expect(await local(...args)).toEqual([1, "", `Error: ${message}`]);
});

test("logs says why there are none", async () => {
  system.archivedLog = async () => ({ objects: [], lines: [] });
  expect(await local("logs")).toEqual([
    0,
    expect.stringMatching(/^No log lines .* No request has been answered yet: /),
    "",
  ]);
});

describe("tail", () => {
  /** Runs tail until it has printed so many lines. */
  async function tail(lines: number, ...args: string[]): Promise<{ printed: string[]; exitCode: number | null }> {
    const child = startChild(process.execPath, [...LOCAL, "tail", ...args, "--console-port", port()], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise<number | null>((done) => child.once("close", done));
    let output = "";
    const subscribed = new Promise<void>((done) => {
      const subscribe = system.subscribe.bind(system);
      system.subscribe = (listener) => {
        done();
        return subscribe(listener);
      };
    });
    await subscribed;
    system.addLine({ message: "loading" });
    system.keep(request());
    await new Promise<void>((done) => {
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.split("\n").length > lines) done();
      });
    });
    child.kill("SIGINT");
    return { printed: output.trimEnd().split("\n"), exitCode: await ended };
  }

  test("prints what happens as npm start does, and ends with Ctrl-C", async () => {
    expect(await tail(2)).toEqual({
      printed: ["          loading", "12:00:00  200     POST     /orders  12 ms"],
      exitCode: 0,
    });
  });

  test("takes what ends a line elsewhere for a part of it", async () => {
    system.addLine = new Proxy(system.addLine, {
      apply: (add, self, [line]) => Reflect.apply(add, self, [{ ...line, message: "load\u2028ing" }]),
    });
    const { printed } = await tail(2);
    expect(printed[0]).toBe("          load\u2028ing");
  });

  test("prints objects of JSON, each as a line", async () => {
    const { printed, exitCode } = await tail(2, "--json");
    expect([exitCode, ...printed.map((line) => JSON.parse(line))]).toMatchObject([
      0,
      { type: "log", line: { message: "loading" } },
      { type: "run", run: { path: "/orders", status: 200 } },
    ]);
  });

  test("ends without an error when nobody reads it any more", async () => {
    const command = `${process.execPath} ${LOCAL.join(" ")} tail --console-port ${port()} | head -n 1`;
    const ended = run("sh", ["-c", command]);
    const lines = setInterval(() => system.addLine({ message: "line" }), 50);
    const { stdout, stderr } = await ended;
    clearInterval(lines);
    expect([stdout, stderr]).toEqual(["          line\n", expect.stringMatching(/^Following .*\n$/)]);
  });

  test("ends with 1 when the system does", async () => {
    const ended = run(process.execPath, [...LOCAL, "tail", "--console-port", port()]);
    while (!(await new Promise<number>((done) => server.getConnections((_error, count) => done(count))))) {
      await new Promise(setImmediate);
    }
    await new Promise((done) => setTimeout(done, 100));
    server.closeAllConnections();
    expect(await ended).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: `Following ${serverUrl(server)}; Ctrl-C ends this.\nError: npm start has ended, or cut off the connection.\n`,
    });
  });
});

test.each([
  [
    [],
    "A subcommand is missing; use npm run local -- requests, show, replay, invoke, tail, schedule, functions, queues, send, items, logs, token.",
  ],
  [["none"], "There is no subcommand none; use npm run local -- requests, show,"],
  [["toString"], "There is no subcommand toString; use npm run local -- requests, show,"],
  [["show"], "Use npm run local -- show <id>;"],
  [["invoke", "a", "b"], "Use npm run local -- invoke <event.json>;"],
  [["items", "5"], "Use npm run local -- items;"],
  [["queues", "a", "b"], "Use npm run local -- queues [name];"],
  [["send", "a"], "Use npm run local -- send <queue> <body>;"],
  [["items", "--function", "a"], "npm run local -- items has no --function."],
  [["items", "--all"], "Unknown option '--all'; --help lists the options."],
])("%j is refused with one line", async (args, message) => {
  const [exitCode, stdout, stderr] = await local(...args);
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^Error: [^\n]+$/);
  expect(stderr).toContain(message);
});
