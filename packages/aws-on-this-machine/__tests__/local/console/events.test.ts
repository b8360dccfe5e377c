import { get as httpGet, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { close, listen, serverUrl } from "@local/command-line/server";
import { serveConsole } from "../../../console/console-server";
import type { Change } from "../../../system/running-system";
import { until } from "../echo-api";
import { FakeSystem, MARKUP, SYSTEM } from "../fake-system";

let system: FakeSystem;
let server: Server;
let clients: IncomingMessage[];

beforeEach(async () => {
  system = new FakeSystem();
  server = await listen(0, "");
  serveConsole(server, system);
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await close(server);
});

/** How many want to know what changes. */
function watchSubscriptions(): { count: number } {
  const subscriptions = { count: 0 };
  const subscribe = system.subscribe.bind(system);
  system.subscribe = (listener) => {
    subscriptions.count += 1;
    const unsubscribe = subscribe(listener);
    return () => {
      subscriptions.count -= 1;
      unsubscribe();
    };
  };
  return subscriptions;
}

async function connect(): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((done) => httpGet(`${serverUrl(server)}/api/events`, done));
  response.on("error", () => {});
  clients.push(response);
  return response;
}

/** Collects what a client receives: the events' names with their values. */
function collect(response: IncomingMessage): [name: string, values: unknown[]][] {
  const events: [string, unknown[]][] = [];
  let rest = "";
  response.setEncoding("utf8").on("data", (text: string) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, name, data] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
      if (name && data) events.push([name, JSON.parse(data)]);
    }
  });
  return events;
}

test("sends each change to each browser, as an array of values, also markup and line breaks", async () => {
  const [one, other] = [await connect(), await connect()];
  expect(one.headers).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  const received = [collect(one), collect(other)];
  const id = system.addRequest("/orders");
  system.addLine({ message: `${MARKUP}\n\nevent: run\ndata: []` });
  system.setState({ tables: [] });
  for (const events of received) {
    await until(() => events.length === 3);
    expect(Object.fromEntries(events)).toEqual({
      run: [expect.objectContaining({ id, path: "/orders" })],
      log: expect.arrayContaining([expect.objectContaining({ message: `${MARKUP}\n\nevent: run\ndata: []` })]),
      summary: [{ ...SYSTEM, tables: [] }],
    });
  }
});

test("sends together what comes together, and of a run only its last state", async () => {
  let tell: (change: Change) => void = () => {};
  system.subscribe = (listener) => {
    tell = listener;
    return () => {};
  };
  const events = collect(await connect());
  system.addRequest("/orders");
  const run = { ...system.runs(1)[0], outcome: "running" } as Extract<Change, { type: "run" }>["run"];
  for (const milliseconds of [1, 2, 3]) tell({ type: "run", run: { ...run, milliseconds } });
  tell({ type: "run", run: { ...run, id: "other" } });
  await until(() => events.length > 0);
  await setTimeout(100);
  expect(events).toEqual([
    ["run", [expect.objectContaining({ milliseconds: 3 }), expect.objectContaining({ id: "other" })]],
  ]);
});

test("tells of a flood once a second", async () => {
  const events = collect(await connect());
  const told = () => events.filter(([name]) => name === "run").map(([, runs]) => runs.length);
  const started = performance.now();
  for (let count = 0; count < 60; count += 1) system.addRequest("/orders");
  await until(() => told().length === 1);
  for (let count = 0; count < 20; count += 1) {
    system.addRequest("/orders");
    await setTimeout(10);
  }
  await until(() => told().reduce((sum, count) => sum + count, 0) === 80);
  expect(told().length).toBeLessThanOrEqual(2 + (performance.now() - started) / 1000);
});

test("asks for changes only while somebody listens", async () => {
  const subscriptions = watchSubscriptions();
  const [one, other] = [await connect(), await connect()];
  expect(subscriptions.count).toBe(1);
  one.destroy();
  const events = collect(other);
  system.addRequest("/orders");
  await until(() => events.length > 0);
  expect(subscriptions.count).toBe(1);
  other.destroy();
  await until(() => subscriptions.count === 0);
  await connect();
  expect(subscriptions.count).toBe(1);
});

test("cuts off a browser that does not read, before much waits for it, and goes on with the others", async () => {
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  const slow = await connect();
  slow.pause();
  const isCutOff = new Promise((done) => slow.once("close", done));
  const events = collect(await connect());
  const message = "x".repeat(900_000);
  let waiting = 0;
  // How much the system itself takes for a connection differs between machines.
  for (let count = 1; sockets[0]?.destroyed === false; count += 1) {
    waiting = sockets[0].writableLength;
    system.addLine({ message });
    await until(() => events.length === count);
  }
  expect(waiting).toBeGreaterThan(4_000_000);
  expect(waiting).toBeLessThan(7_000_000);
  slow.resume();
  await isCutOff;
  expect(sockets[1]?.destroyed).toBe(false);
});

test("of a flood of lines, sends the newest", async () => {
  const events = collect(await connect());
  const message = "x".repeat(1000);
  for (let count = 0; count < 3000; count += 1) system.addLine({ message });
  system.addLine({ message: "the last one" });
  await until(() => events.length > 0);
  const [[, lines] = ["", []]] = events;
  expect(lines.length).toBeLessThan(1100);
  expect(lines.at(-1)).toMatchObject({ message: "the last one" });
});
