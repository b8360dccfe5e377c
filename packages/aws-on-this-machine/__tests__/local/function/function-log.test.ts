import type { LoggingConfig } from "@aws-sdk/client-lambda";
import { describeWithPython } from "../echo-api";
import { SmallFunction } from "./small-function";

const LOGS = `
import contextlib, io, logging, sys
log = logging.getLogger("mine")
def handler(event, context):
    exec(event)
`;

/** What AWS's own client, awslambdaric 4, was seen to log with the same code. */
describeWithPython("a function's log", () => {
  afterEach(() => SmallFunction.stopAll());

  /** The events that a piece of Python logs, with TIME for the times in them. */
  async function logged(python: string, LoggingConfig: LoggingConfig): Promise<string[]> {
    const logs = await SmallFunction.start(LOGS, { LoggingConfig });
    await logs.invoke(python);
    return logs.log.map((event) => event.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z/g, "TIME"));
  }

  const head = { timestamp: "TIME", logger: "mine", requestId: "id-1" };
  test("in JSON has levels in tens, the message, what `extra` adds and, of an error, where it was logged", async () => {
    const python = [
      "log.info('%s ž', 'é', extra={'user': {'name': 'u'}, 'level': 'mine', 'none': None})",
      "log.log(25, 'between')",
      "try:\n    1 / 0\nexcept Exception:\n    log.exception('caught')",
    ];
    const events = await logged(python.join("\n"), { LogFormat: "JSON" });
    expect(events[0]).toContain("é ž");
    expect(events.map((event) => JSON.parse(event))).toEqual([
      { ...head, level: "INFO", message: "é ž", user: { name: "u" } },
      { ...head, level: "INFO", message: "between" },
      {
        ...head,
        level: "ERROR",
        message: "caught",
        stackTrace: [expect.stringContaining('File "<string>", line 4, in <module>')],
        errorType: "ZeroDivisionError",
        errorMessage: "division by zero",
        location: "<string>:<module>:6",
      },
    ]);
  });

  test.each<[LoggingConfig, string[]]>([
    [{ LogFormat: "JSON" }, ["INFO", "WARNING", "ERROR", "CRITICAL"]],
    [{ LogFormat: "JSON", ApplicationLogLevel: "TRACE" }, ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]],
    [{ LogFormat: "JSON", ApplicationLogLevel: "WARN" }, ["WARNING", "ERROR", "CRITICAL"]],
    [{ LogFormat: "JSON", ApplicationLogLevel: "FATAL" }, ["CRITICAL"]],
    [{ LogFormat: "Text" }, ["WARNING", "ERROR", "CRITICAL"]],
    [{}, ["WARNING", "ERROR", "CRITICAL"]],
  ])("with %j has the levels %j", async (config, levels) => {
    const events = await logged("for level in (10, 20, 30, 40, 50): log.log(level, '')", config);
    expect(events.map((event) => /DEBUG|INFO|WARNING|ERROR|CRITICAL/.exec(event)?.[0])).toEqual(levels);
  });

  test("in text has one event for each message, also of several lines", async () => {
    const python = "log.warning('%s', 'ž\\nline')\ntry:\n    1 / 0\nexcept Exception:\n    log.exception('caught')";
    expect(await logged(python, { LogFormat: "Text" })).toEqual([
      "[WARNING]\tTIME\tid-1\tž\nline",
      '[ERROR]\tTIME\tid-1\tcaught\nTraceback (most recent call last):\n  File "<string>", line 3, in <module>\nZeroDivisionError: division by zero',
    ]);
  });

  test("in text has an error that leaves the function, its frames indented by no-break spaces", async () => {
    const fails = await SmallFunction.start("def handler(event, context):\n    raise ValueError('ž')\n", {
      LoggingConfig: { LogFormat: "Text" },
    });
    await fails.invoke();
    const frame = `  File "${fails.folder}/index.py", line 2, in handler\n    raise ValueError('ž')`.replace(
      /^ +/gm,
      (spaces) => "\u00a0".repeat(spaces.length),
    );
    expect(fails.log).toEqual([`[ERROR] ValueError: ž\nTraceback (most recent call last):\n${frame}`]);
    await fails.invoke({}, "id-2");
    const report =
      /^REPORT RequestId: id-\d\tDuration: (\S+) ms\tBilled Duration: (\d+) ms\tMemory Size: 256 MB\tMax Memory Used: \d+ MB(?:\tInit Duration: (\S+) ms)?$/;
    const reports = fails.reports.map((each) => (report.exec(each) ?? []).slice(1).map(Number));
    expect(reports).toHaveLength(2);
    const [[cold = 0, coldBilled, init = 0] = [], [warm = 0, warmBilled, none] = []] = reports;
    // A process that has just started was waited for; both figures are rounded.
    expect(init).toBeGreaterThan(0);
    expect(Math.abs((coldBilled ?? 0) - (cold + init))).toBeLessThan(1.1);
    expect([Math.abs((warmBilled ?? 0) - warm) < 1.1, none]).toEqual([true, Number.NaN]);
  });

  test("has what is printed as it is, also without a line's end, and what is logged while output is redirected", async () => {
    const python = [
      "print('ž', '\\r', chr(0x2028))",
      "with contextlib.redirect_stdout(io.StringIO()):\n    context.log('a\\nb')\n    print('lost')",
      "sys.stdout.write('half')",
      "import os; os._exit(0)",
    ];
    expect(await logged(python.join("\n"), { LogFormat: "JSON" })).toEqual(["ž \r \u2028", "a\nb", "half"]);
  });
});
