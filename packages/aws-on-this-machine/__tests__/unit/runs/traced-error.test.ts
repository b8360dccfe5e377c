import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findError, renderError, traceError } from "../../../runs/traced-error";
import { CODE, invocation, logEntry } from "./records";

const TEXT = Array.from({ length: 20 }, (_each, index) => `line ${index + 1}`).join("\n");

let root: string;
let codeFolder: string;
let code: typeof CODE;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "traced-error-"));
  codeFolder = join(root, "code");
  code = { ...CODE, folder: codeFolder };
  mkdirSync(join(codeFolder, "package"), { recursive: true });
  writeFileSync(join(codeFolder, "index.py"), `${TEXT}\n`);
  writeFileSync(join(codeFolder, "package", "part.py"), TEXT);
  writeFileSync(join(root, "secret.py"), "secret\n");
  writeFileSync(join(`${root}`, "code-other.py"), "other\n");
});
afterEach(() => rmSync(root, { recursive: true }));

const entry = (file: string, line: number, name = "handler") =>
  `  File "${file}", line ${line}, in ${name}\n    code\n`;

/** The trace of an error that left the function. */
function raised(stackTrace: unknown, location?: string) {
  const error = { errorType: "ValueError", errorMessage: "two\n  lines" };
  const payload = JSON.stringify({ ...error, stackTrace });
  const loadFailure = location === undefined ? undefined : { error, location };
  return findError(invocation({ code, outcome: { payload, isError: true, loadFailure } }));
}

async function framesOf(stackTrace: unknown, location?: string) {
  const error = raised(stackTrace, location);
  return error && (await traceError(error, code)).frames;
}

test("an error's frames are those in the function's code, with the lines around each", async () => {
  const frames = await framesOf([
    entry(join(codeFolder, "index.py"), 10),
    entry("/usr/lib/python3/botocore/client.py", 5),
    entry(join(codeFolder, "package", "part.py"), 2, "part"),
  ]);
  expect(frames).toEqual([
    {
      file: "src/index.py",
      line: 10,
      function: "handler",
      source: { firstLine: 5, lines: [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((line) => `line ${line}`) },
    },
    {
      file: "src/package/part.py",
      line: 2,
      function: "part",
      source: { firstLine: 1, lines: [1, 2, 3, 4, 5, 6, 7].map((line) => `line ${line}`) },
    },
  ]);
});

test("the last lines of a file are shown without what is after its end", async () => {
  const [frame] = (await framesOf([entry(join(codeFolder, "index.py"), 20)])) ?? [];
  expect(frame?.source).toEqual({ firstLine: 15, lines: [15, 16, 17, 18, 19, 20].map((line) => `line ${line}`) });
});

test("a line has the error's place", () => {
  const error = raised([entry(join(codeFolder, "index.py"), 10)]);
  expect(error && renderError(error, code)).toBe("ValueError: two lines (src/index.py:10)");
  const elsewhere = raised([]);
  expect(elsewhere && renderError(elsewhere, code)).toBe("ValueError: two lines");
});

test.each([
  ["a syntax error", [`  File "CODE/package/part.py" Line 3\n    code`], undefined, ["src/package/part.py", 3]],
  ["an import that fails, by its place alone", [], "index.py:12", ["src/index.py", 12]],
])("%s has its place", async (_what, stackTrace, location, [file, line] = []) => {
  const [frame, other] =
    (await framesOf(
      stackTrace.map((each) => each.replace("CODE", codeFolder)),
      location,
    )) ?? [];
  expect(frame).toMatchObject({ file, line, function: "<module>", source: { lines: expect.any(Array) } });
  expect(other).toBeUndefined();
});

test("a frame of a file that is not there any more, or is shorter, has no lines", async () => {
  rmSync(join(codeFolder, "package"), { recursive: true });
  const frames = await framesOf([
    entry(join(codeFolder, "package", "part.py"), 2),
    entry(join(codeFolder, "index.py"), 22),
  ]);
  expect(frames?.map(({ source }) => source)).toEqual([undefined, undefined]);
});

test.each(["ROOT/secret.py", "CODE/../secret.py", "../secret.py", "ROOT/code-other.py", "CODE", "/etc/passwd"])(
  "what the function writes does not open %s",
  async (path) => {
    const file = path.replace("ROOT", root).replace("CODE", codeFolder);
    expect(await framesOf([entry(file, 1)])).toEqual([]);
  },
);

test.each([["no list"], [[{ a: 1 }, 5, null]], [undefined]])("a trace that is %j has no frames", async (stackTrace) => {
  expect(await framesOf(stackTrace)).toEqual([]);
});

describe("where the function answers by itself", () => {
  const trace = ['  File "CODE/index.py", line 4, in store\n'];
  const found = (...lines: object[]) => {
    const log = lines.map((line) => logEntry(JSON.stringify(line).replaceAll("CODE", codeFolder)));
    return findError(invocation({ code }, log));
  };

  test.each<[string, object, string, string]>([
    ["this project's line", { error: "KeyError", errorCode: "E1", stackTrace: trace }, "KeyError", "E1"],
    ["this project's line without a code", { error: "KeyError", stackTrace: trace }, "KeyError", ""],
    [
      "logging.exception",
      { message: "caught", errorType: "ValueError", errorMessage: "no", stackTrace: trace },
      "ValueError",
      "no",
    ],
  ])("its error is that of %s", (_what, line, type, message) => {
    expect(found({ level: "INFO" }, line, { level: "INFO", message: "later" })).toEqual({
      type,
      message,
      places: [{ file: "index.py", line: 4, function: "store" }],
    });
  });

  test("it is the latest one", () => {
    expect(found({ error: "One", stackTrace: [] }, { error: "Two", stackTrace: [] })).toMatchObject({ type: "Two" });
  });

  test.each([
    [{ level: "ERROR", message: "no trace" }],
    [{ message: '"stackTrace"' }],
    [{ stackTrace: ["no type"] }],
    [{ error: 5, stackTrace: [] }],
  ])("it has no error, where it logs %j", (line) => {
    expect(found(line)).toBeUndefined();
  });

  test("it has none, where a line is no JSON", () => {
    expect(findError(invocation({}, [logEntry('{"stackTrace": ')]))).toBeUndefined();
  });
});
