import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions, type Server } from "node:http";
import { close, listen, serverUrl } from "@local/command-line/server";
import { UserError } from "@local/command-line/user-error";
import { serveConsole } from "../../../console/console-server";
import { drawArchitecture } from "../../../diagram/draw";
import { ARCHITECTURE, FakeSystem, GROWN, MARKUP, SYSTEM } from "../fake-system";

let system: FakeSystem;
let server: Server;
let origin: string;

beforeEach(async () => {
  system = new FakeSystem();
  server = await listen(0, "");
  origin = serverUrl(server);
  serveConsole(server, system);
});

afterEach(() => close(server));

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Unlike `fetch`, it sends every header that it is given. */
function call(path: string, options: RequestOptions = {}, body = ""): Promise<Answer> {
  return new Promise((done, fail) => {
    httpRequest(`${origin}/`, { path, ...options }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
    })
      .once("error", fail)
      .end(body);
  });
}

const send = (body: string) => call("/api/requests", { method: "POST" }, body);

describe("the local console's server", () => {
  test.each([
    ["/", "text/html; charset=utf-8", "<title>Local console</title>"],
    ["/diagram.css", "text/css; charset=utf-8", ".architecture"],
    ["/console.js", "text/javascript; charset=utf-8", "import"],
    ["/icon.svg", "image/svg+xml; charset=utf-8", "<svg"],
    ["/api/summary", "application/json; charset=utf-8", "OrdersAPI"],
    ["/api/diagram", "image/svg+xml; charset=utf-8", "<svg"],
  ])("serves %s and lets no page of elsewhere have it", async (path, type, part) => {
    const { status, headers, body } = await call(path);
    expect(status).toBe(200);
    expect(body).toContain(part);
    expect(headers).toMatchObject({
      "content-type": type,
      "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  });

  test("answers what the system says", async () => {
    system.addRequest("/orders");
    expect(JSON.parse((await call("/api/summary")).body)).toEqual({ ...SYSTEM, ...system.state });
    expect(JSON.parse((await call("/api/tables/OrdersTable/items")).body)).toMatchObject([{ Path: "/orders" }]);
    expect(JSON.parse((await call("/api/archived-log?limit=100")).body)).toMatchObject({ objects: [{ bytes: 1234 }] });
    expect(system.limits).toEqual([20, 100]);
    const fired = await call("/api/schedules/DailySchedule", { method: "POST" });
    expect(JSON.parse(fired.body)).toMatchObject([{ runId: "event-1", functionName: "OrdersFunction" }]);
    expect((await call("/api/diagram")).body).toBe(await drawArchitecture(ARCHITECTURE));
  });

  test("tells of the runs, the log and the metrics", async () => {
    const id = system.addRequest("/orders?a=1");
    expect(JSON.parse((await call("/api/runs?limit=5000")).body)).toMatchObject([{ id, path: "/orders?a=1" }]);
    const run = await call(`/api/runs/${encodeURIComponent(id)}`);
    expect(JSON.parse(run.body)).toMatchObject({ id, status: 200, invocations: expect.any(Array) });
    system.addLine({ message: "a line" });
    expect(JSON.parse((await call("/api/log?limit=1")).body)).toMatchObject([{ message: "a line" }]);
    expect(JSON.parse((await call("/api/metrics")).body)).toMatchObject({ periodSeconds: 10 });
  });

  test("does a run again, gives an event to the function, and puts dead letters back", async () => {
    const id = system.addRequest("/orders");
    expect(await call(`/api/runs/${encodeURIComponent(id)}/replay`, { method: "POST" })).toMatchObject({ status: 200 });
    const path = "/api/functions/aws_lambda_function.processor/invocations";
    const { body } = await call(path, { method: "POST" }, '{"a": 1.50}');
    expect(JSON.parse(body)).toMatchObject({ isError: false });
    expect([system.replayed, system.invoked]).toEqual([[id], ['{"a": 1.50}']]);

    const letter = { id: "a/b", sentAt: 1, what: "Scheduled Event e", error: "gone", event: "{}" };
    system.setLetters([letter, { ...letter, id: "c" }]);
    const queue = "/api/queues/OrdersDeadLetters";
    expect(JSON.parse((await call(`${queue}/messages?limit=1`)).body)).toMatchObject([{ id: "a/b", letter }]);
    const put = await call(`${queue}/messages/a%2Fb/put-back`, { method: "POST" });
    expect(JSON.parse(put.body)).toEqual({ runId: expect.any(String) });
    expect(JSON.parse((await call(`${queue}/purge`, { method: "POST" })).body)).toEqual({ purged: 1 });
    expect(system.letters).toEqual([]);
  });

  test("sends messages to a queue, and puts one of no event back", async () => {
    system.setState(GROWN);
    const path = "/api/queues/Jobs/messages";
    for (const body of ["one", '{"two": 2}']) {
      expect(await call(path, { method: "POST" }, JSON.stringify({ body }))).toMatchObject({ status: 200 });
    }
    const messages = JSON.parse((await call(path)).body);
    expect(messages).toMatchObject([{ body: "one" }, { body: '{"two": 2}' }]);
    const put = await call(`${path}/${messages[0].id}/put-back`, { method: "POST" });
    expect([put.status, JSON.parse(put.body)]).toEqual([200, {}]);
    expect(JSON.parse((await call(path)).body)).toMatchObject([{ body: '{"two": 2}' }]);
  });

  test.each([
    ["{}", "body: "],
    ['{"body": ""}', "body: use a text of at least one character"],
    ['{"body": "a", "delay": 1}', "delay"],
    ["a", "The body is not valid JSON."],
  ])("refuses the message %s", async (text, part) => {
    const { status, body } = await call("/api/queues/OrdersDeadLetters/messages", { method: "POST" }, text);
    expect([status, JSON.parse(body)]).toEqual([400, { message: expect.stringContaining(part) }]);
  });

  test.each([
    ["GET", "/api/tables/none/items", "There is no table none; there are OrdersTable."],
    ["GET", "/api/queues/none/messages", "There is no queue none; there are OrdersDeadLetters."],
    ["POST", "/api/schedules/none", "There is no schedule none; there are DailySchedule."],
  ])("%s %s lists the names that there are", async (method, path, message) => {
    const { status, body } = await call(path, { method });
    expect([status, JSON.parse(body)]).toEqual([409, { message }]);
  });

  test.each([
    ["GET", "/api/runs/none"],
    ["GET", "/api/runs/%"],
    ["POST", "/api/runs/none/replay"],
    ["POST", "/api/queues/OrdersDeadLetters/messages/none/put-back"],
  ])("%s %s is not found", async (method, path) => {
    const { status, body } = await call(path, { method });
    expect([status, JSON.parse(body)]).toEqual([404, { message: expect.stringContaining("There is no") }]);
  });

  test("says what a user cannot have as a conflict", async () => {
    system.failure = new UserError("Not all is kept.");
    const id = system.addRequest("/orders");
    const { status, body } = await call(`/api/runs/${id}/replay`, { method: "POST" });
    expect([status, JSON.parse(body)]).toEqual([409, { message: "Not all is kept." }]);
  });

  test("refuses an event that is no JSON", async () => {
    const { status, body } = await call("/api/functions/OrdersFunction/invocations", { method: "POST" }, "{a}");
    expect([status, JSON.parse(body)]).toEqual([400, { message: "The body is not valid JSON." }]);
    expect(system.invoked).toEqual([]);
  });

  test("hands out a token, and refuses claims that are none", async () => {
    const { body } = await call("/api/tokens", { method: "POST" }, '{"sub": "anna"}');
    expect(JSON.parse(body)).toEqual({ token: 'header.{"sub":"anna"}.signature' });
    expect((await call("/api/tokens", { method: "POST" })).status).toBe(200);
    expect((await call("/api/tokens", { method: "POST" }, "[1]")).status).toBe(400);
  });

  test("passes on markup in path, header, body and log as it is, as data", async () => {
    const path = `/?q=${MARKUP}`;
    const headers = { "x-markup": MARKUP };
    const sent = await send(JSON.stringify({ method: "POST", path, headers, body: MARKUP }));
    const id = JSON.parse(sent.body).requestId;
    system.addLine({ message: MARKUP });
    for (const [asked, found] of [
      ["/api/runs", [expect.objectContaining({ path })]],
      [`/api/runs/${encodeURIComponent(id)}`, expect.objectContaining({ path })],
      ["/api/log", expect.arrayContaining([expect.objectContaining({ message: MARKUP, raw: MARKUP })])],
    ] as const) {
      const answer = await call(asked);
      expect(answer.headers).toMatchObject({
        "content-type": "application/json; charset=utf-8",
        "x-content-type-options": "nosniff",
      });
      expect(JSON.parse(answer.body)).toEqual(found);
    }
    expect(system.sent).toEqual([{ method: "POST", path, headers, body: MARKUP }]);
  });

  test("passes on a test request", async () => {
    const repeats = { isBase64Encoded: false, replayOf: "request-7" };
    const request = { method: "PUT", path: "/a?b=c", headers: { "content-type": "text/plain" }, body: "é", ...repeats };
    const { status, body } = await send(JSON.stringify(request));
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ status: 200, requestId: "request-0" });
    expect(system.sent).toEqual([request]);
  });

  test.each([
    ["another host", { host: "rebound.example" }],
    ["the same host with another port", { host: "127.0.0.1:1" }],
    ["a page of another origin", { origin: "http://elsewhere.example" }],
    ["a page without an origin", { origin: "null" }],
    ["a page of another port", { "sec-fetch-site": "same-site" }],
    ["a page of another site", { "sec-fetch-site": "cross-site" }],
  ])("refuses %s", async (_, headers) => {
    for (const [path, method] of [
      ["/api/summary", "GET"],
      ["/api/schedules/DailySchedule", "POST"],
      ["/api/events", "GET"],
      ["/api/runs", "GET"],
      ["/api/queues/OrdersDeadLetters/purge", "POST"],
    ]) {
      const { status, body } = await call(path ?? "", { method, headers });
      expect(status).toBe(403);
      expect(JSON.parse(body)).toEqual({ message: expect.stringContaining("its own page only") });
    }
  });

  test("answers its own page, by each name of this machine", async () => {
    const { host, port } = new URL(origin);
    for (const name of [host, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
      const headers = { host: name, origin: `http://${name.toLowerCase()}`, "sec-fetch-site": "same-origin" };
      expect(await call("/api/summary", { headers })).toMatchObject({ status: 200 });
    }
    expect(await call("/", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
    // A link on another page may lead here.
    expect(await call("/", { headers: { "sec-fetch-site": "cross-site" } })).toMatchObject({ status: 200 });
  });

  test.each([
    ["no JSON", "{", "The body is not valid JSON."],
    ["no object", "[]", "expected object"],
    ["no path", '{"method": "GET"}', "path: "],
    ["an unknown method", '{"method": "BREW", "path": "/"}', "method: "],
    ["an unknown field", '{"method": "GET", "path": "/", "url": "x"}', "url"],
    ["a path that leads to another host", '{"method": "GET", "path": "//elsewhere.example"}', "path: use a path"],
    ["a path that does so by \\", '{"method": "GET", "path": "/\\\\elsewhere.example"}', "path: use a path"],
    ["a path that does so by a tab", '{"method": "GET", "path": "/\\t/elsewhere.example"}', "path: use a path"],
    [
      "a header that is two",
      '{"method": "GET", "path": "/", "headers": {"a": "b\\r\\nc: d"}}',
      "headers.a: use a header",
    ],
  ])("refuses a test request with %s", async (_, text, part) => {
    const { status, body } = await send(text);
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({ message: expect.stringContaining(part) });
    expect(system.sent).toEqual([]);
  });

  test("refuses a body above 14 MB, and answers it although the client still sends", async () => {
    const longest = JSON.stringify({ method: "POST", path: "/", body: "" });
    const fill = (bytes: number) => longest.replace('""', `"${"x".repeat(bytes - longest.length)}"`);
    const limit = 14 * 1024 * 1024;
    expect(await send(fill(limit))).toMatchObject({ status: 200 });
    expect(await send(fill(limit + 1))).toMatchObject({ status: 413 });
    expect(await send(fill(2 * limit))).toMatchObject({ status: 413 });
  });

  test("takes a limit from 1 to 100, and to 5000 for what is in memory", async () => {
    for (const [path, limit, status] of [
      ...["0", "101", "1.5", "x", "", "-1"].map((limit) => ["tables/OrdersTable/items", limit, 400] as const),
      ...["runs", "log"].flatMap((name) => [[name, 5000, 200] as const, [name, 5001, 400] as const]),
    ])
      expect([path, limit, (await call(`/api/${path}?limit=${limit}`)).status]).toEqual([path, limit, status]);
  });

  test.each([
    "/favicon.txt",
    "//",
    "/api",
    "/api/../api/summary",
    "/api/runs/",
    "/api/queues//messages",
    "/api/items",
    "/api/runs/request-0/other",
    "/api/runs/request-0/replay/more",
    "/console-server.ts",
    "/console.html",
    "/browser/console.js",
    "/../console-server.ts",
    "/../package.json",
    "/%2e%2e/package.json",
    "http://elsewhere.example/api/summary",
  ])("does not know %s", async (path) => {
    expect(await call(path)).toMatchObject({ status: 404, body: expect.stringContaining("message") });
  });

  test.each([
    ["POST", "/api/summary", "GET, HEAD"],
    ["DELETE", "/", "GET, HEAD"],
    ["GET", "/api/schedules/DailySchedule", "POST"],
    ["OPTIONS", "/api/requests", "POST"],
    ["POST", "/api/runs/request-0", "GET, HEAD"],
    ["GET", "/api/runs/request-0/replay", "POST"],
    ["GET", "/api/queues/OrdersDeadLetters/purge", "POST"],
    ["DELETE", "/api/queues/OrdersDeadLetters/messages", "GET, HEAD, POST"],
    ["POST", "/api/events", "GET"],
  ])("refuses %s %s", async (method, path, allow) => {
    expect(await call(path, { method })).toMatchObject({ status: 405, headers: { allow } });
  });

  test("tells why the system fails", async () => {
    system.failure = new Error("The emulator has ended.");
    for (const [path, method] of [
      ["/api/summary", "GET"],
      ["/api/schedules/DailySchedule", "POST"],
    ]) {
      const { status, body } = await call(path ?? "", { method });
      expect(status).toBe(502);
      expect(JSON.parse(body)).toEqual({ message: "The emulator has ended." });
    }
  });
});
