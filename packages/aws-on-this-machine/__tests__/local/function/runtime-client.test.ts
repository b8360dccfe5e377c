import { describeWithPython } from "../echo-api";
import { SmallFunction } from "./small-function";

/** What AWS's own client, awslambdaric 4, was seen to do with the same code. */
describeWithPython("a function's process, as AWS's own runtime client has it", () => {
  afterAll(() => SmallFunction.stopAll());

  const EVALUATE = `
import collections, enum, os
from decimal import Decimal
Point = collections.namedtuple("Point", "x y")
class Color(enum.IntEnum):
    RED = 1
def deep(levels):
    value = 1
    for _ in range(levels): value = [value]
    return value
def circular():
    value = []
    value.append(value)
    return value
def handler(event, context):
    return eval(event)
`;

  let evaluate: SmallFunction;
  beforeAll(async () => {
    evaluate = await SmallFunction.start(EVALUATE);
  });

  test("encodes a result as JSON", async () => {
    const results = [
      ["None", "null"],
      ["[1, True, (2.5, 1e-9), {}]", "[1, true, [2.5, 1e-09], {}]"],
      ["{1: 2, 1.5: 3, None: 4, False: 5}", '{"1": 2, "1.5": 3, "null": 4, "false": 5}'],
      [`{"é": 'ž🦊"'}`, '{"é": "ž🦊\\""}'],
      ["[Decimal('1.10'), Decimal('1E+2'), 10 ** 30]", "[1.10, 1E+2, 1000000000000000000000000000000]"],
      ["[float('nan'), Decimal('NaN'), -float('inf')]", "[NaN, NaN, -Infinity]"],
      ["{'body': b'abc', b'key': Point(1, Color.RED)}", '{"body": "abc", "key": {"x": 1, "y": 1}}'],
      ["b'{\"statusCode\": 201}'", '{"statusCode": 201}'],
      ["deep(800)", `${"[".repeat(800)}1${"]".repeat(800)}`],
    ] as const;
    const payloads = [];
    for (const [python] of results) payloads.push([python, (await evaluate.invoke(python)).payload]);
    expect(payloads).toEqual(results);
    const older = await SmallFunction.start(EVALUATE, { Runtime: "python3.11" });
    expect((await older.invoke('"ž🦊"')).payload).toBe('"\\u017e\\ud83e\\udd8a"');
  });

  test.each([
    ["{1}", "Object of type set is not JSON serializable"],
    ["object", "Object of type type is not JSON serializable"],
    ["{(1, 2): 3}", "keys must be str, int, float, bool or None, not tuple"],
    ["{'body': b'\\xff'}", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"],
    ["circular()", "Circular reference detected"],
    ["deep(100_000)", "maximum recursion depth exceeded"],
  ])("answers a result of %s with a marshal error, logs it, and goes on", async (python, reason) => {
    evaluate.log.length = 0;
    const process = (await evaluate.invoke("os.getpid()")).result;
    const { isError, result } = await evaluate.invoke(python, "id-2");
    expect(isError).toBe(true);
    expect(result).toEqual({
      errorMessage: expect.stringContaining(`Unable to marshal response: ${reason}`),
      errorType: "Runtime.MarshalError",
      requestId: "id-2",
      stackTrace: [],
    });
    expect(evaluate.log.map((event) => JSON.parse(event))).toEqual([
      { timestamp: expect.any(String), log_level: "ERROR", ...result },
    ]);
    expect((await evaluate.invoke("os.getpid()")).result).toBe(process);
  });

  test("answers an event of 100,000 levels with an unmarshal error, and goes on", async () => {
    const { payload } = await evaluate.runtime.invoke(`${"[".repeat(100_000)}${"]".repeat(100_000)}`, "id-1", "");
    expect(JSON.parse(payload)).toMatchObject({
      errorType: "Runtime.UnmarshalError",
      requestId: "id-1",
      stackTrace: [],
    });
    expect((await evaluate.invoke("1 + 1")).payload).toBe("2");
  });

  test("ends where a result is too large, or no Unicode", async () => {
    const tooLarge = await evaluate.invoke("'x' * (6 * 1024 * 1024 + 99)");
    expect(tooLarge).toMatchObject({ isError: true, result: { errorType: "Function.ResponseSizeTooLarge" } });
    expect((await evaluate.invoke("'x' * (6 * 1024 * 1024 + 98)")).isError).toBe(false);
    expect((await evaluate.invoke("'\\ud800'")).result.errorMessage).toContain("exit status 1");
  });

  test("reports an error with the request's id and the function's frames, without marks below the code", async () => {
    const fails = await SmallFunction.start({
      "index.py": "import helper\ndef handler(event, context):\n    return helper.divide(1 / 1, 0)\n",
      "helper.py": "def divide(a, b):\n    return a / b\n",
    });
    const { isError, result } = await fails.invoke();
    expect([isError, result]).toEqual([
      true,
      {
        errorMessage: "float division by zero",
        errorType: "ZeroDivisionError",
        requestId: "id-1",
        stackTrace: [
          `  File "${fails.folder}/index.py", line 3, in handler\n    return helper.divide(1 / 1, 0)\n`,
          `  File "${fails.folder}/helper.py", line 2, in divide\n    return a / b\n`,
        ],
      },
    ]);
  });

  test.each([
    ["gone.handler", "Runtime.ImportModuleError", "Unable to import module 'gone': No module named 'gone'"],
    ["imports.handler", "Runtime.ImportModuleError", "'imports': No module named 'gone'", "imports.py:2"],
    ["syntax.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'syntax': ", "nested/wrong.py:3"],
    ["raises.handler", "ZeroDivisionError", "division by zero", "nested/raises.py:2"],
    ["index.nothing", "Runtime.HandlerNotFound", "Handler 'nothing' missing on module 'index'"],
    ["index", "Runtime.MalformedHandlerName", "Bad handler 'index': not enough values to unpack (expected 2, got 1)"],
    ["sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"],
    ["exits.handler", "Runtime.ExitError", "RequestId: id-1 Error: Runtime exited with error: exit status 5"],
    ["dies.handler", "Runtime.ExitError", "RequestId: id-1 Error: Runtime exited with error: exit status 7"],
    ["exits_well.handler", "Runtime.ExitError", "RequestId: id-1 Error: Runtime exited without providing a reason"],
  ])("says why %s cannot be loaded: %s", async (Handler, errorType, errorMessage, ...[location]) => {
    const broken = await SmallFunction.start(
      {
        "index.py": "def handler(event, context): pass\n",
        "imports.py": "\nimport gone\n",
        "syntax.py": "import nested.wrong\n",
        "raises.py": "import nested.raises\n",
        "exits.py": "import sys\nsys.exit(5)\n",
        "dies.py": "import os\nos._exit(7)\n",
        "exits_well.py": "import sys\nsys.exit()\n",
        "nested/wrong.py": "\n\nx ===\n",
        "nested/raises.py": "\n1 / 0\n",
      },
      { Handler },
    );
    const { isError, result, loadFailure } = await broken.invoke();
    expect(isError).toBe(true);
    expect(result).toMatchObject({ errorType, errorMessage: expect.stringContaining(errorMessage) });
    expect([loadFailure?.error.errorType, loadFailure?.location]).toEqual([errorType, location]);
    if (errorType === "Runtime.ExitError") return;
    expect(result).toHaveProperty("requestId", "");
    expect(broken.log.map((event) => JSON.parse(event))).toEqual([
      { timestamp: expect.any(String), log_level: "ERROR", ...result },
    ]);
  });

  test.each([
    ["handler = 5", "TypeError", "'int' object is not callable"],
    ["handler = None", "TypeError", "'NoneType' object is not callable"],
    ["def handler(event): pass", "TypeError", "handler() takes 1 positional argument but 2 were given"],
    [
      "import sys\ndef handler(*_): sys.exit(3)",
      "Runtime.ExitError",
      "RequestId: id-1 Error: Runtime exited with error: exit status 3",
    ],
    [
      "import os, signal\ndef handler(*_): os.kill(os.getpid(), signal.SIGTERM)",
      "Runtime.ExitError",
      "RequestId: id-1 Error: Runtime exited with error: signal: SIGTERM",
    ],
  ])("answers an event for %j with %s", async (code, errorType, errorMessage) => {
    const { isError, result, loadFailure } = await (await SmallFunction.start(code)).invoke();
    expect([isError, loadFailure]).toEqual([true, undefined]);
    expect(result).toMatchObject({ errorType, errorMessage });
  });

  test("gives the function ten seconds to load", async () => {
    const slow = await SmallFunction.start("import time\ntime.sleep(600)\n", { Timeout: 1 });
    expect(await slow.runtime.warmUp()).toEqual({
      error: { errorType: "Sandbox.Timedout", errorMessage: "Task timed out after 10.00 seconds" },
    });
  });

  test("gives the handler Lambda's context, and the function's folder", async () => {
    const context = await SmallFunction.start({
      "index.py": `
import context as own, errors, handler as other, logs, marshaller
import os, sys
def handler(event, context):
    return [
        own.MINE, context.aws_request_id, context.invoked_function_arn, context.function_name, context.function_version,
        context.memory_limit_in_mb, context.log_group_name, context.log_stream_name, context.client_context,
        context.tenant_id, context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id,
        type(context).__name__, 0 < context.get_remaining_time_in_millis() <= 60000,
        type(context.get_remaining_time_in_millis()).__name__, os.environ["_X_AMZN_TRACE_ID"],
        sys.path[0] == os.getcwd() == os.environ["LAMBDA_TASK_ROOT"],
    ]
`,
      // Names that the runtime's own modules have.
      ...Object.fromEntries(
        ["context", "errors", "handler", "logs", "marshaller"].map((name) => [`${name}.py`, "MINE = 1"]),
      ),
    });
    const names = ["id-1", "arn:aws:lambda:us-west-2:123456789012:function:small", "small", "$LATEST", "256"];
    const nothing = [null, null, null, null];
    expect((await context.invoke()).result).toEqual([
      1,
      ...names,
      "/aws/lambda/small",
      "stream",
      ...nothing,
      "LambdaContext",
      true,
      "int",
      "Root=1-2-3",
      true,
    ]);
  });
});
