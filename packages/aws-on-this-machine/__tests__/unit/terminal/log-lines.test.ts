import type { Frame, LogLine } from "../../../runs/run";
import { LogLines } from "../../../terminal/log-lines";
import { controlCharacters, logLine, plain } from "./samples";

function rendered(line: LogLine, width?: number): string[] {
  return new LogLines(width).render(line).map(plain);
}

const frame = (line: number, code?: string): Frame => ({
  file: "src/index.py",
  line,
  function: "handler",
  source: code ? { firstLine: line, lines: [code] } : undefined,
});

const trace = ['  File "/code/index.py", line 34, in handler\n    raise ValueError("x")\n'];

test("what is printed stays as it is", () => {
  expect(rendered(logLine("hello\tworld\n  again"))).toEqual(["          hello    world", "            again"]);
  expect(rendered(logLine("{}"))).toEqual(["          {}"]);
});

test("a line of JSON has its level, its message and its fields", () => {
  const fields = { count: 3, user: { name: "Ann" }, text: "two words", id: "order-1", none: null };
  expect(rendered(logLine("stored", fields))).toEqual([
    '          INFO   stored  count=3  user={"name":"Ann"}  text="two words"  id=order-1  none=null',
  ]);
});

test("fields that only repeat whose line it is are left out", () => {
  const fields = { apiRequestId: "JKJaXmPLvHcESHA=", awsRequestId: "lambda-1", status: 200 };
  const line = logLine("", fields);
  expect(rendered({ ...line, message: line.raw })).toEqual(["          INFO   status=200"]);
});

test("a line that is too long goes on below its beginning", () => {
  expect(rendered(logLine("one two three four five six", { level: "x" }), 35)).toEqual([
    "          INFO   one two three four",
    "                 five six  level=x",
  ]);
});

test("an error has its places in the code instead of its trace", () => {
  const fields = {
    errorType: "ValueError",
    errorMessage: "x",
    stackTrace: trace,
    location: "/code/index.py:handler:34",
  };
  const line = logLine("ValueError: x", fields, {
    level: "ERROR",
    frames: [frame(9), frame(134, 'raise ValueError("x")')],
  });
  expect(rendered(line)).toEqual([
    "          ERROR  ValueError: x",
    "            src/index.py:9    in handler",
    '            src/index.py:134  in handler  raise ValueError("x")',
  ]);
  expect(rendered({ ...line, message: "caught" })[0]).toBe("          ERROR  caught: ValueError: x");
});

test("a printed trace is shown by its last line, with the places in place of its lines", () => {
  expect(rendered(logLine("Traceback (most recent call last):", {}, { isTrace: true }))).toEqual([]);
  const fields = { errorType: "ValueError", errorMessage: "x", stackTrace: trace };
  const raw = "ValueError: x";
  expect(rendered(logLine(raw, fields, { raw, level: "ERROR", frames: [frame(9)] }))).toEqual([
    "          ERROR  ValueError: x",
    "            src/index.py:9  in handler",
  ]);
});

test("a trace of elsewhere is shown with real line breaks", () => {
  expect(rendered(logLine("caught", { stackTrace: trace }, { level: "ERROR" }))).toEqual([
    "          ERROR  caught",
    '              File "/code/index.py", line 34, in handler',
    '                raise ValueError("x")',
  ]);
});

test("the same place is shown once", () => {
  const lines = new LogLines();
  const line = (...frames: Frame[]) => logLine("e", { stackTrace: trace }, { level: "ERROR", frames });
  expect(lines.render(line(frame(1), frame(2)))).toHaveLength(3);
  expect(lines.render(line(frame(2)))).toHaveLength(1);
  expect(lines.render(line(frame(3)))).toHaveLength(2);
  lines.leaveOut([frame(4)]);
  expect(lines.render(line(frame(4)))).toHaveLength(1);
});

test("code that is too long is cut, the place is not", () => {
  const line = logLine(
    "e",
    { stackTrace: trace },
    { level: "ERROR", frames: [frame(134, `call(${"x".repeat(200)})`)] },
  );
  const [, shown = ""] = rendered(line, 70);
  expect(shown).toHaveLength(70);
  expect(shown).toMatch(/^ {12}src\/index\.py:134 {2}in handler {2}call\(x+…x+\)$/);
});

test("nothing that the function writes controls the terminal", () => {
  const evil = "a\u001b[2Jb\u0007";
  const frames = [{ ...frame(1, evil), file: `src/${evil}`, function: evil }];
  const line = logLine(evil, { [evil]: evil, stackTrace: [evil] }, { frames, level: "ERROR" });
  for (const each of [line, { ...line, frames: undefined }, logLine(evil)]) {
    const text = new LogLines().render(each).join("\n");
    expect(controlCharacters(text)).toEqual([]);
    expect(text).toContain("[2J");
  }
});
