import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describeUnlessSkipped } from "@local/command-line/testing/skip";
import { findPython } from "../../../emulator/python";
import { DebugPorts } from "../../../function/debugging/debug-port";
import { installDebugger } from "../../../function/debugging/debugging";
import { exists } from "../echo-api";
import { CONFIGURATION, SmallFunction, writeFiles } from "../function/small-function";
import { DebugClient } from "./debug-client";

const INDEX = `
import os

def handler(event, context):
    answer = event["a"] + 1
    if event.get("stop"):
        breakpoint()
    return {"answer": answer, "pid": os.getpid(), "left": sorted(name for name in os.environ if "PATHS" in name)}
`;
const ANSWER_LINE = 5;
const BREAKPOINT_LINE = 7;

/** Longer than Lambda's limits in this test, and than an event waits for a process without a debugger. */
const HELD_MS = 10_500;

describeUnlessSkipped("DEBUGGER_SKIP", "a function with a debugger", () => {
  let ports: DebugPorts;
  let source: string;
  let packages: string;
  const clients: DebugClient[] = [];
  beforeAll(async () => {
    packages = await installDebugger(await findPython());
  });
  beforeEach(async () => {
    ports = await DebugPorts.open(0);
    source = mkdtempSync(join(tmpdir(), "debugged-"));
    writeFiles(source, { "index.py": INDEX });
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await SmallFunction.stopAll();
    ports.close();
    rmSync(source, { recursive: true });
  });

  const start = async () => {
    const port = await ports.next();
    const debug = { port, packages, source };
    return { small: await SmallFunction.start(INDEX, { Timeout: 1 }, false, debug), port: port.port };
  };
  const attach = async (port: number, lines = [ANSWER_LINE]) => {
    const client = await DebugClient.attach(port, join(source, "index.py"), lines);
    clients.push(client);
    return client;
  };

  test("stops at a breakpoint for as long as the user wants, and loses no event", async () => {
    const { small, port } = await start();
    const client = await attach(port);
    const held = small.invoke({ a: 1 }, "held");
    const stop = await client.stop();
    expect(stop).toMatchObject({ line: ANSWER_LINE, path: join(source, "index.py") });
    const { result } = await client.ask("evaluate", { expression: "event", frameId: stop.frameId });
    expect(result).toBe("{'a': 1}");
    const next = small.invoke({ a: 2 }, "next");
    await setTimeout(HELD_MS);
    await client.ask("continue", { threadId: stop.threadId });
    expect((await held).result).toMatchObject({ answer: 2, left: [] });
    await client.ask("continue", { threadId: (await client.stop()).threadId });
    expect((await next).result.answer).toBe(3);
    expect(small.runtime.processCount).toBe(1);
  });

  test("stops at breakpoint() with a debugger, and says without one what to do", async () => {
    const { small, port } = await start();
    expect((await small.invoke({ a: 1, stop: true })).result.answer).toBe(2);
    expect(small.log).toEqual([
      `breakpoint() at index.py:${BREAKPOINT_LINE} does not stop the function here. Attach a debugger to 127.0.0.1:${port}.`,
    ]);
    const client = await attach(port, []);
    const held = small.invoke({ a: 1, stop: true });
    // debugpy stops at the line that follows.
    const { line, threadId } = await client.stop();
    expect([BREAKPOINT_LINE, BREAKPOINT_LINE + 1]).toContain(line);
    await client.ask("continue", { threadId });
    expect((await held).result.answer).toBe(2);
  });

  test("lets the debugger attach to the saved code at the same port, and leaves no process", async () => {
    const { small, port } = await start();
    const first = await attach(port);
    const before = small.invoke({ a: 1 });
    await first.ask("continue", { threadId: (await first.stop()).threadId });
    const { pid } = (await before).result;
    const saved = join(small.root, "saved");
    cpSync(small.folder, saved, { recursive: true });
    const replaced = small.runtime.replace({ configuration: CONFIGURATION, codeFolder: saved, source: "small" });
    expect(await first.event("terminated")).toEqual({ restart: true });
    const second = await attach(port);
    await replaced;
    const held = small.invoke({ a: 5 });
    const { line, path, threadId } = await second.stop();
    expect([line, path]).toEqual([ANSWER_LINE, join(source, "index.py")]);
    await second.ask("continue", { threadId });
    expect((await held).result).toMatchObject({ answer: 6 });
    expect(exists(pid)).toBe(false);
  });

  test("cannot be attached to while its code cannot be loaded", async () => {
    const port = await ports.next();
    const small = await SmallFunction.start("raise ValueError('no')", {}, false, { port, packages, source });
    await expect(DebugClient.attach(port.port, join(source, "index.py"), [])).rejects.toThrow("cut off");
    expect((await small.invoke()).result.errorType).toBe("ValueError");
  });

  test("gets the next free port after that of the function before it", async () => {
    const { port } = await ports.next();
    const taken = createServer();
    await new Promise<void>((done, fail) => taken.once("error", fail).listen(port + 1, "127.0.0.1", done));
    expect((await ports.next()).port).toBeGreaterThan(port + 1);
    taken.close();
    await expect(DebugPorts.open(port)).rejects.toThrow(
      `Port ${port} is taken; choose another one with --debug, where 0 takes any free one.`,
    );
  });
});
