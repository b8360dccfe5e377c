import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithPython, EchoApi, FUNCTION_ARN, send, until } from "./echo-api";

describeWithPython("the function runtime, behind the HTTP gateway", () => {
  let echo: EchoApi;
  beforeAll(async () => {
    echo = await EchoApi.start();
  });
  afterAll(async () => {
    await echo?.stop();
    expect(echo?.failures).toEqual([]);
  });

  test("tells the function what Lambda tells it", async () => {
    const context = JSON.parse((await send(await echo.serve(echo.function()), "/context")).body);
    expect(context).toMatchObject({ name: "echo", memory: "256", arn: FUNCTION_ARN, given: "deployed" });
    expect(context.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(context.left).toBeGreaterThan(0);
    expect(context.left).toBeLessThanOrEqual(60_000);
  });

  test("runs as many at once as it may, also when more come at once", async () => {
    const crowded = echo.function("echo.handler", { reservedConcurrency: 5 });
    const url = await echo.serve(crowded);
    const answers = Promise.all(Array.from({ length: 6 }, () => send(url, "/gate/crowded")));
    await until(() => crowded.busyCount === 5);
    echo.openGate("/gate/crowded");
    expect((await answers).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(crowded.processCount).toBe(5);
  });

  test("refuses an event when the function may not run at all: 429", async () => {
    const stopped = echo.function("echo.handler", { reservedConcurrency: 0 });
    await stopped.warmUp();
    expect((await send(await echo.serve(stopped), "/")).status).toBe(429);
  });

  test("replaces a process that the function ended, that took too long, or that died between events", async () => {
    const runtime = echo.function();
    const url = await echo.serve(runtime);
    const pid = async (): Promise<number> => {
      const { status, body } = await send(url, "/context");
      expect(status).toBe(200);
      return JSON.parse(body).pid;
    };
    const first = await pid();
    expect(await pid()).toBe(first);
    expect((await send(url, "/exits")).status).toBe(500);
    expect(echo.lastLogged().error).toContain("Runtime.ExitError");
    const second = await pid();
    expect(second).not.toBe(first);
    const limits = runtime.configuration as { Timeout: number };
    limits.Timeout = 1;
    expect((await send(url, "/slow")).status).toBe(500);
    expect(echo.lastLogged().error).toContain("Task timed out after 1");
    limits.Timeout = 60;
    const third = await pid();
    expect(third).not.toBe(second);
    process.kill(third, "SIGKILL");
    await until(() => !exists(third));
    expect(await pid()).not.toBe(third);
  });

  test.each([
    ["missing.handler", "Runtime.ImportModuleError: Unable to import module 'missing'"],
    ["exits.handler", "Error: Runtime exited with error: exit status 5"],
    ["dies.handler", "Error: Runtime exited with error: exit status 7"],
    ["echo.nothing", "Runtime.HandlerNotFound: Handler 'nothing' missing on module 'echo'"],
  ])("says in the log why a handler %s cannot answer", async (handler, reason) => {
    writeFileSync(join(echo.folder, "exits.py"), "import sys\nsys.exit(5)\n");
    writeFileSync(join(echo.folder, "dies.py"), "import os\nos._exit(7)\n");
    expect((await send(await echo.serve(echo.function(handler)), "/")).status).toBe(500);
    expect(echo.lastLogged().error).toContain(reason);
  });

  test("runs saved code for the next event, while one under way ends with the old", async () => {
    const next = join(echo.folder, "next");
    mkdirSync(next);
    writeFileSync(join(next, "echo.py"), 'def handler(event, context):\n    return "new"\n');
    const runtime = echo.function();
    const url = await echo.serve(runtime);
    const late = send(url, "/gate/old");
    await until(() => runtime.busyCount === 1);
    await runtime.replace({ configuration: runtime.configuration, codeFolder: next });
    expect((await send(url, "/")).body).toBe("new");
    echo.openGate("/gate/old");
    expect(JSON.parse((await late).body).rawPath).toBe("/gate/old");
    expect((await send(url, "/")).body).toBe("new");
  });

  test("gives an event to no process with replaced code, also not the failure to load it", async () => {
    const fixed = join(echo.folder, "fixed");
    mkdirSync(fixed);
    writeFileSync(join(fixed, "late.py"), "from echo import handler\n");
    copyFileSync(join(echo.folder, "echo.py"), join(fixed, "echo.py"));
    writeFileSync(join(echo.folder, "late.py"), "import time\ntime.sleep(2)\n1 / 0\n");
    const runtime = echo.function("late.handler", { reservedConcurrency: 2 });
    const url = await echo.serve(runtime);
    const first = send(url, "/gate/fixed");
    await until(() => runtime.processCount === 1);
    await runtime.replace({ configuration: runtime.configuration, codeFolder: fixed, reservedConcurrency: 2 });
    await until(() => runtime.busyCount === 1);
    expect((await send(url, "/")).status).toBe(200);
    echo.openGate("/gate/fixed");
    expect((await first).status).toBe(200);
  });
});

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
