import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithPython, exists, until } from "./echo-api";
import { SmallFunction, writeFiles } from "./function/small-function";

/** Runs the event as Python. Answers with its process's id. */
const RUNS = `
import os, sys, time
def wait_for(name):
    while not os.path.exists(os.path.join(os.environ["GATES"], name)):
        time.sleep(0.01)
def handler(event, context):
    exec(event)
    return os.getpid()
`;

describeWithPython("the function runtime", () => {
  afterEach(() => SmallFunction.stopAll());

  /** Starts a function whose events wait at gates, which are files below its folder. */
  async function start(files: Readonly<Record<string, string>> = { "index.py": RUNS }) {
    const variables: Record<string, string> = {};
    const fn = await SmallFunction.start(files, { Environment: { Variables: variables } });
    const gates = join(fn.root, "gates");
    variables.GATES = gates;
    mkdirSync(gates);
    const { runtime, folder, root } = fn;
    return { fn, runtime, folder, root, open: (name: string) => writeFileSync(join(gates, name), "") };
  }

  test("runs as many at once as it may, also when more come at once", async () => {
    const { fn, runtime, folder, open } = await start();
    await runtime.replace({
      configuration: runtime.configuration,
      codeFolder: folder,
      source: "src",
      reservedConcurrency: 5,
    });
    const answers = Promise.all(Array.from({ length: 6 }, () => fn.invoke("wait_for('crowded')")));
    await until(() => runtime.busyCount === 5);
    open("crowded");
    expect((await answers).map(({ isError }) => isError)).toEqual(Array(6).fill(false));
    expect(runtime.processCount).toBe(5);
  });

  test("refuses an event when the function may not run at all", async () => {
    const { fn, runtime, folder } = await start();
    await runtime.replace({
      configuration: runtime.configuration,
      codeFolder: folder,
      source: "src",
      reservedConcurrency: 0,
    });
    await expect(fn.invoke("")).rejects.toMatchObject({ name: "TooManyRequestsException", isFinal: true });
  });

  test("replaces a process that the function ended, that took too long, or that died between events", async () => {
    const { fn, runtime } = await start();
    const pid = async (): Promise<number> => {
      const { isError, result } = await fn.invoke("");
      expect(isError).toBe(false);
      return result;
    };
    const first = await pid();
    expect(await pid()).toBe(first);
    const ended = "Runtime exited with error: exit status 3";
    expect((await fn.invoke("sys.exit(3)")).result.errorMessage).toContain(ended);
    const second = await pid();
    expect(second).not.toBe(first);
    const limits = runtime.configuration as { Timeout: number };
    limits.Timeout = 1;
    expect((await fn.invoke("time.sleep(600)")).result.errorMessage).toContain("Task timed out after 1");
    limits.Timeout = 60;
    const third = await pid();
    expect(third).not.toBe(second);
    process.kill(third, "SIGKILL");
    await until(() => !exists(third));
    expect(await pid()).not.toBe(third);
  });

  test("gives an event to no process with replaced code, also not the failure to load it", async () => {
    const { fn, runtime, root, open } = await start({ "index.py": "import time\ntime.sleep(2)\n1 / 0\n" });
    const codeFolder = join(root, "fixed");
    writeFiles(codeFolder, { "index.py": RUNS });
    const first = fn.invoke("wait_for('fixed')");
    await until(() => runtime.processCount === 1);
    await runtime.replace({ configuration: runtime.configuration, codeFolder, source: "src", reservedConcurrency: 2 });
    await until(() => runtime.busyCount === 1);
    expect((await fn.invoke("")).isError).toBe(false);
    open("fixed");
    expect((await first).isError).toBe(false);
  });
});
