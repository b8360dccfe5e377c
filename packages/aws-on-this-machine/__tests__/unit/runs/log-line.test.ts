import { renderReport } from "../../../function/report";
import { LogBook } from "../../../runs/log-book";
import { readLogLine } from "../../../runs/log-line";
import { invocation, logEntry } from "./records";

test.each([
  ["DEBUG", "DEBUG"],
  ["TRACE", "DEBUG"],
  ["info", "INFO"],
  ["WARNING", "WARN"],
  ["ERROR", "ERROR"],
  ["CRITICAL", "ERROR"],
  ["other", "INFO"],
])("level %s is %s", (level, expected) => {
  expect(readLogLine(logEntry({ level, message: "m" })).level).toBe(expected);
  expect(readLogLine(logEntry({ log_level: level, message: "m" })).level).toBe(expected);
});

test("a line of JSON has its message, and the further fields", () => {
  const raw =
    '{"timestamp":"2026-01-01T00:00:00Z","level":"ERROR","message":"caught","logger":"mine","requestId":"x","user":{"a":1}}';
  const entry = { ...logEntry(raw), owner: { requestId: "lambda-1", runId: "run-1" } };
  expect(readLogLine(entry)).toEqual({
    number: entry.number,
    time: entry.time,
    level: "ERROR",
    message: "caught",
    raw,
    fields: { logger: "mine", user: { a: 1 } },
    functionName: "small",
    runId: "run-1",
    requestId: "lambda-1",
    isReport: false,
  });
});

test.each([
  ["an error that leaves the function", { errorType: "ValueError", errorMessage: "no" }, "ValueError: no"],
  ["an error without a text", { errorType: "ValueError", errorMessage: "" }, "ValueError"],
  ["a line without a message", { status: 200 }, '{"status":200}'],
  ["a message that is no text", { message: { a: 1 } }, '{"message":{"a":1}}'],
])("%s reads as a message", (_what, line, message) => {
  expect(readLogLine(logEntry(line)).message).toBe(message);
});

test("a line of JSON with a trace has its places in the function's code", () => {
  const stackTrace = [
    '  File "/code/index.py", line 34, in handler\n    return answer(event)\n',
    '  File "/usr/lib/python3.12/json/decoder.py", line 5, in decode\n    code\n',
    '  File "/code/part/table.py", line 9, in store\n',
  ];
  expect(readLogLine(logEntry({ message: "caught", stackTrace })).frames).toEqual([
    {
      file: "src/index.py",
      line: 34,
      function: "handler",
      source: { firstLine: 34, lines: ["return answer(event)"] },
    },
    { file: "src/part/table.py", line: 9, function: "store", source: undefined },
  ]);
});

const HEADER = "Traceback (most recent call last):";
test.each([
  [
    "leaves the function",
    [
      "[ERROR] ValueError: no",
      HEADER,
      '\u00a0\u00a0File "/code/index.py", line 34, in handler',
      "\u00a0\u00a0\u00a0go()",
    ],
    "ValueError: no",
  ],
  [
    "the function logs after another one",
    [
      "[ERROR]\t2026-01-01T00:00:00.000Z\tid\tcaught",
      ...[HEADER, '  File "/code/other.py", line 1, in handler', "KeyError", "", "During handling of ...", ""],
      ...[HEADER, '  File "/code/index.py", line 34, in handler', "    go()", "    ~~^^", "ValueError: no"],
    ],
    "caught",
  ],
])("in Lambda's text format, an error that %s reads as in JSON", (_what, lines, message) => {
  expect(readLogLine(logEntry(lines.join("\n")))).toMatchObject({
    level: "ERROR",
    message,
    fields: { errorType: "ValueError", errorMessage: "no" },
    frames: [{ file: "src/index.py", line: 34, function: "handler", source: { lines: ["go()"] } }],
  });
});

test.each([
  ["[ERROR] ValueError: no\nTraceback", "ERROR"],
  ["[WARNING]\t2026-01-01T00:00:00.000Z\tid\tm", "WARN"],
  ["printed", "INFO"],
  ['{"half": ', "INFO"],
  ["[1, 2]", "INFO"],
])("the text %j is its own message, of level %s", (raw, level) => {
  expect(readLogLine(logEntry(raw))).toMatchObject({ level, message: raw, raw, fields: {} });
});

test.each([
  [{ durationMs: 12.3456, initMs: 301.2 }, "Duration: 12.35 ms\tBilled Duration: 314 ms", "\tInit Duration: 301.20 ms"],
  [{ durationMs: 12.3456, initMs: undefined }, "Duration: 12.35 ms\tBilled Duration: 13 ms", ""],
])("a report reads the same in both formats, with the start of a process: %j", (timing, durations, init) => {
  const ended = invocation(timing);
  const text = `REPORT RequestId: lambda-1\t${durations}\tMemory Size: 256 MB\tMax Memory Used: 70 MB${init}`;
  expect(renderReport(ended, {})).toBe(text);
  const json = renderReport(ended, { LoggingConfig: { LogFormat: "JSON" } });
  expect(JSON.parse(json)).toMatchObject({
    type: "platform.report",
    record: { requestId: "lambda-1", status: "success" },
  });
  expect(JSON.parse(json).record.metrics.initDurationMs).toBe(timing.initMs);
  for (const raw of [text, json])
    expect(readLogLine(logEntry(raw, true))).toMatchObject({ level: "INFO", message: text });
  const failed = renderReport(
    { ...ended, outcome: { payload: "{}", isError: true } },
    { LoggingConfig: { LogFormat: "JSON" } },
  );
  expect(readLogLine(logEntry(failed, true)).level).toBe("ERROR");
});

test.each([
  ["Sandbox.Timedout", { status: "timeout" }, "\tStatus: timeout", "ERROR"],
  [
    "Runtime.ExitError",
    { status: "error", errorType: "Runtime.ExitError" },
    "\tStatus: error\tError Type: Runtime.ExitError",
    "ERROR",
  ],
  // In text, nothing tells it but the function's own line.
  ["ValueError", { status: "error" }, "", "INFO"],
])("a report tells of %s as Lambda does", (errorType, record, end, textLevel) => {
  const payload = JSON.stringify({ errorType, errorMessage: "x" });
  const ended = { ...invocation({ durationMs: 1, initMs: undefined }), outcome: { payload, isError: true } };
  const text = renderReport(ended, {});
  expect(text.slice(text.indexOf(" MB", text.indexOf("Max Memory")) + 3)).toBe(end);
  const json = renderReport(ended, { LoggingConfig: { LogFormat: "JSON" } });
  const { requestId: _id, metrics: _metrics, ...told } = JSON.parse(json).record;
  expect(told).toEqual(record);
  expect(readLogLine(logEntry(json, true))).toMatchObject({ level: "ERROR", message: text });
  expect(readLogLine(logEntry(text, true))).toMatchObject({ level: textLevel, message: text });
});

describe("the log book", () => {
  test("keeps the newest 5,000 entries", () => {
    const book = new LogBook();
    for (let number = 0; number < 5200; number += 1) book.add(logEntry(`line ${number}`));
    const lines = book.latest(10_000);
    expect([lines.length, lines[0]?.message, lines.at(-1)?.message]).toEqual([5000, "line 200", "line 5199"]);
    expect(book.latest(2).map(({ message }) => message)).toEqual(["line 5198", "line 5199"]);
  });

  test("keeps at most 16 MB of them, and the newest however long it is", () => {
    const book = new LogBook();
    const megabyte = "x".repeat(1024 * 1024);
    for (let number = 0; number < 40; number += 1) book.add(logEntry(megabyte));
    expect(book.latest(100)).toHaveLength(16);
    book.add(logEntry(megabyte.repeat(17)));
    expect(book.latest(100)).toHaveLength(1);
    book.add(logEntry("short"));
    expect(book.latest(100).map(({ message }) => message)).toEqual(["short"]);
  });
});
