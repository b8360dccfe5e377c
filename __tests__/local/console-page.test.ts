import type { Server } from "node:http";
import type { Browser, Page } from "playwright-core";
import { close, listen, serverUrl } from "../../commands/cli/server";
import { drawArchitecture, standalone } from "../../commands/diagram/draw";
import { serveConsole } from "../../commands/local-system/console/console-server";
import { describeInBrowser, launchChromium } from "./chromium";
import { ARCHITECTURE, FakeSystem, MARKUP, SYSTEM } from "./fake-system";

describeInBrowser("the local console's page", () => {
  let system: FakeSystem;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  let origins: Set<string>;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    system = new FakeSystem();
    server = await listen(0, "");
    serveConsole(server, system);
    page = await browser.newPage();
    // Cores that others keep busy make the shortest answer take seconds.
    page.setDefaultTimeout(60_000);
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
    await page.goto(serverUrl(server));
  });

  afterEach(async () => {
    await page.close();
    const origin = serverUrl(server);
    await close(server);
    expect(problems).toEqual([]);
    expect([...origins]).toEqual([origin]);
  });

  const sees = (text: string) => page.getByText(text, { exact: true }).first().waitFor();

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
    expect(await page.locator("#alarms .bar i").getAttribute("style")).toBe("width: 40%;");
  });

  test("shows in the diagram and below it how each is doing", async () => {
    await sees("live");
    expect(await page.locator("[data-state=alarm], [data-state=off]").count()).toBe(0);
    system.state = {
      schedule: { ...SYSTEM.schedule, state: "DISABLED" },
      deadLetterQueue: { ...SYSTEM.deadLetterQueue, messages: 1 },
      alarms: SYSTEM.alarms.map((alarm) => ({ ...alarm, state: "ALARM" })),
    };
    for (const [type, node, state] of [
      ["aws_sqs_queue", "aws_sqs_queue.letters", "alarm"],
      ["aws_cloudwatch_metric_alarm", "CloudWatch", "alarm"],
      ["aws_cloudwatch_event_rule", "aws_cloudwatch_event_rule.daily", "off"],
    ]) {
      await page.locator(`article.${type}[data-state=${state}]`).waitFor();
      await page.locator(`#diagram [id="${node}"][data-state=${state}]`).waitFor();
    }
    expect(await page.locator("#diagram [data-state=alarm], #diagram [data-state=off]").count()).toBe(3);
  });

  test("keeps each text of the diagram in its box", async () => {
    const room = await page.locator("#diagram .node text").evaluateAll((texts) =>
      texts.map((text) => {
        const box = text.parentElement?.querySelector("path")?.getBoundingClientRect();
        const { left, right } = text.getBoundingClientRect();
        return box ? Math.min(left - box.left, box.right - right) : 0;
      }),
    );
    expect(room.length).toBeGreaterThan(6);
    expect(Math.min(...room)).toBeGreaterThan(0);
  });

  test("has a drawing that stands alone, in light and in dark", async () => {
    const drawing = standalone(await drawArchitecture(ARCHITECTURE));
    await page.goto(`data:image/svg+xml,${encodeURIComponent(drawing)}`);
    const fills: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      fills.push(await page.evaluate<string>("getComputedStyle(document.querySelector('.graph > polygon')).fill"));
    }
    expect(fills).toEqual(["rgb(255, 255, 255)", "rgb(27, 32, 39)"]);
  });

  test("shows a new request, its item and its archived line, as text whatever it is", async () => {
    await sees(SYSTEM.api.name);
    const requestId = system.addRequest(`/${MARKUP}`, 503);
    const line = page.locator("#requests tr");
    await line.waitFor();
    expect(await line.locator("td").allTextContents()).toEqual(
      expect.arrayContaining(["POST", `/${MARKUP}`, "503", "12", requestId]),
    );
    await page.locator("#items").getByText(`/${MARKUP}`, { exact: true }).waitFor();
    await page.locator("#lines summary").getByText(MARKUP).waitFor();
    expect(await page.locator("img").count()).toBe(0);
  });

  test("keeps the other rows and columns in sight where a path is long", async () => {
    system.addRequest(`/${"long/".repeat(400)}`);
    for (const list of ["#requests", "#items"]) {
      const row = page.locator(`${list} tr`);
      await row.waitFor();
      const { width = 0, height = 0 } = (await row.boundingBox()) ?? {};
      expect(width).toBeLessThan(1280);
      expect(height).toBeLessThan(100);
    }
  });

  test("leaves what it shows already", async () => {
    system.addRequest("/first");
    const first = page.locator("#requests tr");
    await first.waitFor();
    const row = await first.elementHandle();
    system.addRequest("/second");
    await page.locator("#requests").getByText("/second").waitFor();
    expect(await page.locator("#requests td.long").allTextContents()).toEqual(["/second", "/first"]);
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
    await answer.getByText("request request-0").waitFor();
    expect(await answer.textContent()).toContain('{"message": "Request processed successfully"}');
    expect(system.sent).toEqual([
      { method: "PUT", path: "/orders?id=1", headers: { "content-type": "application/json" }, body: '{"a": 1}' },
    ]);
  });

  test("sends no body with GET", async () => {
    await page.getByLabel("Method").selectOption("GET");
    await page.getByRole("button", { name: "Send" }).click();
    await sees("request request-0");
    expect(system.sent).toEqual([{ method: "GET", path: "/" }]);
  });

  test("tells that the system fails, and that npm start has ended, and goes on afterwards", async () => {
    await sees("live");
    system.failure = new Error("The emulator has ended.");
    const trouble = page.getByRole("alert");
    await trouble.getByText("The emulator has ended.").waitFor();
    system.failure = undefined;
    await trouble.waitFor({ state: "hidden" });

    const { port } = new URL(serverUrl(server));
    await close(server);
    await trouble.getByText("This page resumes once it runs").waitFor();
    await new Promise<void>((done) => server.listen(Number(port), "127.0.0.1", done));
    await trouble.waitFor({ state: "hidden" });
    await sees("live");
    // The browser itself reports each answer that is none.
    problems = problems.filter((problem) => !/502|ERR_/.test(problem));
  });
});
