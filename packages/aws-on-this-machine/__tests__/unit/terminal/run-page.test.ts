import type { Body, Invocation, Run } from "../../../runs/run";
import { renderOutcome, renderRunPage } from "../../../terminal/run-page";
import { controlCharacters, logLine, NOON, plain, report, request, scheduled } from "./samples";

const body = (text: string, more: Partial<Body> = {}): Body => ({
  text,
  isBase64: false,
  bytes: text.length,
  isCut: false,
  ...more,
});

const ERROR = {
  type: "ValueError",
  message: "x",
  frames: [
    { file: "src/index.py", line: 30, function: "handler" },
    {
      file: "src/table.py",
      line: 8,
      function: "store",
      source: { firstLine: 7, lines: ["def store():", "    raise ValueError", ""] },
    },
  ],
};

const invocation = (more: Partial<Invocation> = {}): Invocation => ({
  requestId: "lambda-1",
  time: NOON,
  waitMs: 0,
  durationMs: 5.12,
  usedMemoryMb: 36,
  memoryMb: 256,
  result: '{"statusCode": 200, "body": "{\\"ok\\": 1}"}',
  log: [logLine("stored", { n: 1 }), report()],
  ...more,
});

const RUN: Run = {
  ...request(),
  request: { method: "POST", target: "/orders?a=1", headers: [["Host", "api"]], body: body('{"n":1e2}') },
  event: '{"version":"2.0"}',
  answer: { status: 200, headers: { "content-type": "application/json" }, body: body('{"ok": 1}') },
  invocations: [invocation()],
  accessLog: '{"status":"200"}',
  archivedIn: "requests/lines.gz",
  calls: [
    { service: "dynamodb", operation: "PutItem", resource: "Orders", status: 200, time: NOON },
    { service: "sqs", operation: "SendMessage", resource: "Jobs", status: 403, time: NOON },
  ],
  items: [{ table: "Orders", item: { id: "JKJaXmPLvHcESHA=" } }],
};

test("a page has all of a request, in the end its line", () => {
  expect(plain(renderRunPage(RUN)).split("\n\n")).toEqual([
    'Event\n  {\n    "version": "2.0"\n  }',
    'Request\n  POST /orders?a=1\n  Host: api\n  {\n    "n": 1e2\n  }',
    "Function\n  12:00:00  5.1 ms  36 of 256 MB  lambda-1\n  INFO   stored  n=1",
    'Answer 200\n  content-type: application/json\n  {\n    "ok": 1\n  }',
    "AWS calls\n  200  dynamodb PutItem  Orders\n  403  sqs SendMessage  Jobs",
    'Item of Orders\n  {\n    "id": "JKJaXmPLvHcESHA="\n  }',
    'Access log\n  {\n    "status": "200"\n  }\n  in requests/lines.gz',
    "Run JKJaXmPLvHcESHA=\n12:00:00  200     POST     /orders  12 ms",
  ]);
});

test("each try names the version that ran", () => {
  const page = plain(
    renderRunPage({ ...RUN, invocations: [invocation({ version: "6" }), invocation({ version: "7" })] }),
  );
  expect(page).toContain("Function, try 1 of 2\n  12:00:00  version 6  5.1 ms");
  expect(page).toContain("Function, try 2 of 2\n  12:00:00  version 7  5.1 ms");
});

test("a failed try has its error, its places and the code around the last, once", () => {
  const log = [logLine("caught", { stackTrace: ["trace"] }, { level: "ERROR", frames: ERROR.frames })];
  const tries = [invocation({ error: ERROR, log, result: '{"errorType": "ValueError"}' }), invocation({ initMs: 99 })];
  const page = plain(renderRunPage({ ...scheduled(), invocations: tries, calls: [], items: [] }));
  expect(page.split("\n\n").slice(0, 2)).toEqual([
    [
      "Function, try 1 of 2",
      "  12:00:00  5.1 ms  36 of 256 MB  lambda-1",
      "  ERROR  caught",
      "  ValueError: x",
      "    src/index.py:30  in handler",
      "    src/table.py:8   in store  raise ValueError",
      "         7  def store():",
      "    >    8      raise ValueError",
      "         9",
    ].join("\n"),
    expect.stringMatching(/^Function, try 2 of 2\n.* 5\.1 ms {2}cold start 99 ms .*\n.*\nResult\n {2}\{\n/),
  ]);
  expect(page).toContain("\n\nItem\n  none\n\nRun event-1\n");
});

test("what is not known yet is not told as if there were none", () => {
  const going = invocation({ durationMs: 0, usedMemoryMb: 0, result: "", log: [] });
  const run = { ...RUN, answer: undefined, calls: undefined, items: [], archivedIn: undefined, invocations: [going] };
  const page = plain(renderRunPage({ ...run, lookupError: "connect ECONNREFUSED" }));
  expect(page).toContain("\n\nFunction\n  12:00:00  still running  lambda-1\n\nItem\n  not known\n\n");
  expect(page).toContain(
    "\n  not in the bucket yet\n\nCalls, items or log archive could not be read: connect ECONNREFUSED\n",
  );
});

test("bodies that are no text, and what is left out, are named", () => {
  const binary = { ...RUN, answer: { status: 200, headers: {}, body: body("AAEC", { isBase64: true, bytes: 3 }) } };
  expect(renderRunPage(binary)).toContain("(3 bytes that are no UTF-8)");
  const cut = {
    ...RUN,
    isCut: true,
    answer: { status: 200, headers: {}, body: body("{", { isCut: true, bytes: 9999 }) },
  };
  expect(renderRunPage(cut)).toMatch(/\{\n.*\(the beginning of 9999 bytes\)/);
  expect(renderRunPage(cut)).toContain("Only a part of this run is kept");
});

test("the outcome is the answer's body, or the function's result or error, and the run's line", () => {
  const line = "12:00:00  200     POST     /orders  12 ms  JKJaXmPL";
  expect(plain(renderOutcome(RUN))).toBe(`{\n  "ok": 1\n}\n${line}`);
  const invoked = { ...RUN, answer: undefined };
  expect(plain(renderOutcome({ ...invoked, invocations: [invocation({ result: "[1]" })] }))).toBe(`[\n  1\n]\n${line}`);
  const failed = plain(renderOutcome({ ...invoked, invocations: [invocation({ error: ERROR, result: "{}" })] }));
  expect(failed).toMatch(/^ValueError: x\n {2}src\/index\.py:30 {2}in handler\n/);
  expect(failed).not.toContain("{}");
});

test("nothing of a run controls the terminal", () => {
  const evil = "a\u001b[2Jb\u0007\r\u202e";
  const frames = [{ file: evil, line: 1, function: evil, source: { firstLine: 1, lines: [evil] } }];
  const error = { type: evil, message: evil, frames };
  const run: Run = {
    ...request({ id: evil, path: evil, method: evil, error: evil, replayOf: evil }),
    request: { method: evil, target: evil, headers: [[evil, evil]], body: body(evil) },
    event: evil,
    answer: { status: 500, headers: { [evil]: evil }, body: body(evil) },
    invocations: [
      invocation({ requestId: evil, error, log: [logLine(evil, { [evil]: evil })] }),
      invocation({ result: evil }),
    ],
    accessLog: evil,
    archivedIn: evil,
    calls: [{ service: evil, operation: evil, resource: evil, status: 400, time: NOON }],
    items: [{ table: evil, item: { [evil]: evil } }],
  };
  expect(controlCharacters(renderRunPage(run))).toEqual([]);
  expect(controlCharacters(renderOutcome(run))).toEqual([]);
});
