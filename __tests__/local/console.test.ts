import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type RequestOptions,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { readArchitecture } from "../../commands/diagram/architecture";
import { drawArchitecture } from "../../commands/diagram/draw";
import { serveConsole } from "../../commands/local-system/console/console-server";
import type { ConsoleSource, RequestSummary, SystemSummary, TestRequest } from "../../commands/local-system/system";
import { describeInBrowser, launchChromium } from "./chromium";

const MARKUP = "<img src=x onerror=alert(1)>";

const SYSTEM: SystemSummary = {
  api: {
    name: "RequestProcessorAPI",
    url: "http://127.0.0.1:41001",
    routes: ["$default"],
    cors: true,
    rateLimit: 200,
    burstLimit: 400,
    logGroup: "/aws/apigateway/a1b2c3d4e5",
  },
  function: {
    name: "RequestProcessorFunction",
    runtime: "python3.13",
    timeoutSeconds: 30,
    memoryMb: 256,
    usedMemoryMb: 71,
    processes: 3,
    busyProcesses: 1,
    logGroup: "/aws/lambda/RequestProcessorFunction",
  },
  schedule: { name: "LambdaDailySchedule", expression: "rate(24 hours)", state: "ENABLED" },
  table: { name: "RequestDataTable" },
  logArchive: { bucket: "api-logs-123456789012-us-west-2" },
  deadLetterQueue: { name: "RequestProcessorDeadLetters", messages: 0 },
  requests: [],
  alarms: [
    {
      name: "ApiGateway-5XX-Errors",
      description: "The API answers many requests with 5xx.",
      metric: "5xx (Sum)",
      threshold: 10,
      periodSeconds: 300,
      evaluationPeriods: 2,
      value: 4,
      state: "OK",
    },
  ],
};

const [QUEUE, RULE, ALARM] = ["aws_sqs_queue.letters", "aws_cloudwatch_event_rule.daily", "CloudWatch"] as const;

const ARCHITECTURE = readArchitecture({
  resource: {
    aws_sqs_queue: { letters: { name: SYSTEM.deadLetterQueue.name } },
    aws_cloudwatch_event_rule: { daily: { name: SYSTEM.schedule.name } },
    aws_cloudwatch_event_target: {
      daily: {
        rule: "${aws_cloudwatch_event_rule.daily.name}",
        dead_letter_config: { arn: "${aws_sqs_queue.letters.arn}" },
      },
    },
    aws_cloudwatch_metric_alarm: { letters: { dimensions: { QueueName: "${aws_sqs_queue.letters.name}" } } },
    // The widest letters.
    aws_s3_bucket: { wide: { bucket: "mmmm-wwww-mmmm-wwww-mmmm-wwww" } },
  },
});

/** A system that is not there: it keeps what it is asked and answers what the test sets. */
class FakeSource implements ConsoleSource {
  requests: RequestSummary[] = [];
  limits: number[] = [];
  sent: TestRequest[] = [];
  failure: Error | undefined;
  state: Partial<SystemSummary> = {};

  addRequest(path: string, status = 200): string {
    const requestId = `request-${this.requests.length}`;
    this.requests = [{ requestId, time: Date.now(), method: "POST", path, status, milliseconds: 12 }, ...this.requests];
    return requestId;
  }

  async summary() {
    if (this.failure) throw this.failure;
    return { ...SYSTEM, ...this.state, requests: this.requests };
  }

  async diagram() {
    if (this.failure) throw this.failure;
    return drawArchitecture(ARCHITECTURE);
  }

  async items(limit: number) {
    this.limits.push(limit);
    return this.requests.map(({ requestId, path }) => ({
      RequestId: requestId,
      Path: path,
      Body: '{"hello": "world"}',
    }));
  }

  async archivedLog(limit: number) {
    this.limits.push(limit);
    return {
      objects: [{ key: "requests/2026/01/31/12/lines.gz", bytes: 1234, time: Date.now() }],
      lines: this.requests.map(({ requestId, path }) => JSON.stringify({ requestId, path })),
    };
  }

  async fireSchedule() {
    if (this.failure) throw this.failure;
    return { eventId: "event-1", outcome: "sent to the dead-letter queue" as const, error: "Task timed out" };
  }

  async send(request: TestRequest) {
    this.sent.push(request);
    return {
      status: 200,
      requestId: this.addRequest(request.path),
      body: '{"message": "Request processed successfully"}',
    };
  }
}

let source: FakeSource;
let server: Server;
let origin: string;

beforeEach(async () => {
  source = new FakeSource();
  server = createServer();
  serveConsole(server, source);
  await listen(0);
});

afterEach(close);

async function listen(port: number): Promise<void> {
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  server.closeAllConnections();
  await closed;
}

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
    ["/console.css", "text/css; charset=utf-8", ":root"],
    ["/diagram.css", "text/css; charset=utf-8", ".architecture"],
    ["/console.js", "text/javascript; charset=utf-8", "/api/summary"],
    ["/api/summary", "application/json; charset=utf-8", "RequestProcessorAPI"],
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
    source.addRequest("/orders");
    expect(JSON.parse((await call("/api/summary")).body)).toEqual({ ...SYSTEM, requests: source.requests });
    expect(JSON.parse((await call("/api/items")).body)).toMatchObject([{ Path: "/orders" }]);
    expect(JSON.parse((await call("/api/archived-log?limit=100")).body)).toMatchObject({ objects: [{ bytes: 1234 }] });
    expect(source.limits).toEqual([20, 100]);
    expect(JSON.parse((await call("/api/schedule", { method: "POST" })).body)).toMatchObject({ eventId: "event-1" });
  });

  test("puts the drawing of what is deployed into its page", async () => {
    expect((await call("/")).body).toContain(await drawArchitecture(ARCHITECTURE));
  });

  test("says in the page why there is no drawing, as text whatever it is", async () => {
    source.failure = new Error(MARKUP);
    const { status, body } = await call("/");
    expect(status).toBe(200);
    expect(body).toContain("&#60;img src=x onerror=alert(1)&#62;");
    expect(body).not.toContain(MARKUP);
  });

  test("passes on a test request", async () => {
    const request = { method: "PUT", path: "/a?b=c", headers: { "content-type": "text/plain" }, body: "é" };
    const { status, body } = await send(JSON.stringify(request));
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ status: 200, requestId: "request-0" });
    expect(source.sent).toEqual([request]);
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
      ["/api/schedule", "POST"],
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
    expect(source.sent).toEqual([]);
  });

  test("refuses a body above 1 MB, and answers it although the client still sends", async () => {
    const longest = JSON.stringify({ method: "POST", path: "/", body: "" });
    const fill = (bytes: number) => longest.replace('""', `"${"x".repeat(bytes - longest.length)}"`);
    expect(await send(fill(1024 * 1024))).toMatchObject({ status: 200 });
    expect(await send(fill(1024 * 1024 + 1))).toMatchObject({ status: 413 });
    expect(await send(fill(8 * 1024 * 1024))).toMatchObject({ status: 413 });
  });

  test.each(["0", "101", "1.5", "x", "", "-1"])("refuses the limit %p", async (limit) => {
    expect(await call(`/api/items?limit=${limit}`)).toMatchObject({ status: 400 });
  });

  test.each([
    "/favicon.txt",
    "//",
    "/api",
    "/api/../api/summary",
    "/console-server.ts",
    "/../package.json",
    "/%2e%2e/package.json",
    "http://elsewhere.example/api/summary",
  ])("does not know %s", async (path) => {
    expect(await call(path)).toMatchObject({ status: 404, body: expect.stringContaining("message") });
  });

  test.each([
    ["POST", "/api/summary", "GET, HEAD"],
    ["DELETE", "/", "GET, HEAD"],
    ["GET", "/api/schedule", "POST"],
    ["OPTIONS", "/api/requests", "POST"],
  ])("refuses %s %s", async (method, path, allow) => {
    expect(await call(path, { method })).toMatchObject({ status: 405, headers: { allow } });
  });

  test("answers HEAD without a body", async () => {
    expect(await call("/", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  test("tells why the system fails", async () => {
    source.failure = new Error("The emulator has ended.");
    for (const [path, method] of [
      ["/api/summary", "GET"],
      ["/api/schedule", "POST"],
    ]) {
      const { status, body } = await call(path ?? "", { method });
      expect(status).toBe(502);
      expect(JSON.parse(body)).toEqual({ message: "The emulator has ended." });
    }
  });
});

describeInBrowser("the local console's page", () => {
  let browser: Browser;
  let page: Page;
  let problems: string[];
  let origins: Set<string>;

  beforeAll(async () => {
    browser = await launchChromium();
  }, 30_000);
  afterAll(() => browser?.close());

  beforeEach(async () => {
    page = await browser.newPage();
    problems = [];
    origins = new Set();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("dialog", (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("request", (request) => origins.add(new URL(request.url()).origin));
    await page.goto(origin);
  });

  afterEach(async () => {
    await page.close();
    expect(problems).toEqual([]);
    expect([...origins]).toEqual([origin]);
  });

  const sees = (text: string) => page.getByText(text, { exact: true }).first().waitFor({ timeout: 3000 });

  test("shows what is deployed", async () => {
    for (const name of [
      SYSTEM.api.name,
      SYSTEM.api.url,
      SYSTEM.function.name,
      "71 of 256 MB used",
      "1 of 3 busy",
      SYSTEM.table.name,
      SYSTEM.schedule.name,
      SYSTEM.logArchive.bucket,
      SYSTEM.deadLetterQueue.name,
      "ApiGateway-5XX-Errors",
      "5xx (Sum) in 300 s: 4 now, alarm above 10, 2 times in a row",
    ]) {
      await sees(name);
    }
    expect(await page.locator(".bar i").evaluate((bar) => bar.getAttribute("style"))).toBe("width: 40%;");
  });

  const node = (id: string) => page.locator(`#diagram [id="${id}"]`);

  test("shows in the diagram how each is doing", async () => {
    await sees("live");
    expect(await page.locator("#diagram .node[data-state]:not([data-state=''])").count()).toBe(0);
    source.state = {
      schedule: { ...SYSTEM.schedule, state: "DISABLED" },
      deadLetterQueue: { ...SYSTEM.deadLetterQueue, messages: 1 },
      alarms: SYSTEM.alarms.map((alarm) => ({ ...alarm, state: "ALARM" })),
    };
    await page.locator("#queue[data-state=alarm]").waitFor({ timeout: 3000 });
    expect(await node(QUEUE).getAttribute("data-state")).toBe("alarm");
    expect(await node(ALARM).getAttribute("data-state")).toBe("alarm");
    expect(await node(RULE).getAttribute("data-state")).toBe("off");
  });

  test("keeps each text of the diagram in its box", async () => {
    const room = await page.locator("#diagram .node text").evaluateAll((texts) =>
      texts.map((text) => {
        const box = text.parentElement?.querySelector("rect")?.getBoundingClientRect();
        const { left, right } = text.getBoundingClientRect();
        return box ? Math.min(left - box.left, box.right - right) : 0;
      }),
    );
    expect(room.length).toBeGreaterThan(6);
    expect(Math.min(...room)).toBeGreaterThan(0);
  });

  test("shows a new request, its item and its archived line, as text whatever it is", async () => {
    await sees(SYSTEM.api.name);
    const requestId = source.addRequest(`/${MARKUP}`, 503);
    const line = page.locator("#requests tr");
    await line.waitFor({ timeout: 3000 });
    expect(await line.locator("td").allTextContents()).toEqual(
      expect.arrayContaining(["POST", `/${MARKUP}`, "503", "12", requestId]),
    );
    await page.locator("#items").getByText(`/${MARKUP}`, { exact: true }).waitFor({ timeout: 3000 });
    await page.locator("#lines summary").getByText(MARKUP).waitFor({ timeout: 3000 });
    expect(await page.locator("img").count()).toBe(0);
  });

  test("leaves what it shows already", async () => {
    source.addRequest("/first");
    const first = page.locator("#requests tr");
    await first.waitFor({ timeout: 3000 });
    const row = await first.elementHandle();
    source.addRequest("/second");
    await page.locator("#requests").getByText("/second").waitFor({ timeout: 3000 });
    expect(await page.locator("#requests td.wide").allTextContents()).toEqual(["/second", "/first"]);
    expect(await row?.evaluate((element) => element.isConnected)).toBe(true);
  });

  test("fires the schedule and tells the outcome", async () => {
    await page.getByRole("button", { name: "Fire the schedule" }).press("Enter");
    await sees("sent to the dead-letter queue");
    await sees("event event-1");
    await sees("Task timed out");
  });

  test("sends a test request and shows the answer", async () => {
    await page.getByLabel("Method").selectOption("PUT");
    await page.getByLabel("Path").fill("/orders?id=1");
    await page.getByLabel("Body").fill('{"a": 1}');
    await page.getByRole("button", { name: "Send" }).click();
    const answer = page.locator("#answer");
    await answer.getByText("request request-0").waitFor({ timeout: 3000 });
    expect(await answer.textContent()).toContain('{"message": "Request processed successfully"}');
    expect(source.sent).toEqual([
      { method: "PUT", path: "/orders?id=1", headers: { "content-type": "application/json" }, body: '{"a": 1}' },
    ]);
  });

  test("sends no body with GET", async () => {
    await page.getByLabel("Method").selectOption("GET");
    await page.getByRole("button", { name: "Send" }).click();
    await sees("request request-0");
    expect(source.sent).toEqual([{ method: "GET", path: "/" }]);
  });

  test("tells that the system fails, and that npm start has ended, and goes on afterwards", async () => {
    await sees("live");
    source.failure = new Error("The emulator has ended.");
    const trouble = page.getByRole("alert");
    await trouble.getByText("The emulator has ended.").waitFor({ timeout: 3000 });
    source.failure = undefined;
    await trouble.waitFor({ state: "hidden", timeout: 3000 });

    const { port } = new URL(origin);
    await close();
    await trouble.getByText("npm start has ended").waitFor({ timeout: 3000 });
    await listen(Number(port));
    await trouble.waitFor({ state: "hidden", timeout: 3000 });
    await sees("live");
    // The browser itself reports each answer that is none.
    problems = problems.filter((problem) => !/502|ERR_/.test(problem));
  });
});
