import { close, serverUrl } from "@local/command-line/server";
import { drawArchitecture, standalone } from "../../../diagram/draw";
import type {
  AlarmSummary,
  FunctionSummary,
  MetricSeries,
  QueueSummary,
  ScheduleSummary,
} from "../../../system/running-system";
import { exampleMetrics } from "../fake/metrics";
import { ARCHITECTURE, SYSTEM } from "../fake-system";
import { COLD, describeConsole, FAILED } from "./console-page";

const [CALM] = SYSTEM.alarms as [AlarmSummary];
const [FUNCTION] = SYSTEM.functions as [FunctionSummary];
const [LETTERS] = SYSTEM.queues as [QueueSummary];
const [SCHEDULE] = SYSTEM.schedules as [ScheduleSummary];

describeConsole("the console's system", (view) => {
  const alarms = () => view.page.getByRole("region", { name: "Alarms" });
  const tab = async () => [await view.page.title(), await view.page.locator("link[rel=icon]").getAttribute("href")];

  view.goOn("says in words which alarms fire, those first, also in the tab and to a screen reader", async () => {
    await view.page.getByRole("heading", { name: SYSTEM.name, level: 1 }).waitFor();
    await view.see("4 alarms, none fires", alarms());
    expect(await tab()).toEqual([SYSTEM.name, "/icon.svg"]);
    const [errors, rate, ...others] = SYSTEM.alarms as [AlarmSummary, AlarmSummary];
    const firing = { ...rate, value: 42.857, breachingPeriods: 2, state: "ALARM" } as const;
    view.system.setState({ alarms: [...others, { ...errors, value: 11, breachingPeriods: 1 }, firing] });
    await view.see("42.9 % of answers are 5xx, limit 5, 2 of 2 periods", alarms());
    expect(await alarms().locator(".trouble").allInnerTexts()).toEqual([
      "ALARM ApiGateway-5XX-Error-Rate 42.9 % of answers are 5xx, limit 5, 2 of 2 periods",
      "above limit Orders-5XX-Errors 11 answers are 5xx, limit 10, 1 of 2 periods",
    ]);
    expect(await tab()).toEqual([`(1 alarm) ${SYSTEM.name}`, "/icon-alarm.svg"]);
    await view.see("Alarm: ApiGateway-5XX-Error-Rate", view.status);
  });

  view.goOn("has a bar for each alarm that never contradicts its badge, and says what it counts", async () => {
    const ofOne = { ...CALM, evaluationPeriods: 1 };
    view.system.setState({
      alarms: [
        { ...CALM, name: "calm", value: 4 },
        // Counted again from now on, but it has fired for the periods before.
        { ...CALM, name: "firing", value: 0, breachingPeriods: 2, state: "ALARM" },
        { ...CALM, name: "above", value: 11, breachingPeriods: 1 },
        { ...CALM, name: "at the limit", value: 10 },
        { ...ofOne, name: "zero", metric: "Errors (Sum)", threshold: 0, value: 0, comparison: ">=" },
        { ...ofOne, name: "many", metric: "Throttles (Sum)", threshold: 4000, value: 2000 },
        { ...ofOne, name: "slow", metric: "Duration (p99)", unit: "ms", value: 1, threshold: 12.34 },
        { ...CALM, name: "unknown", value: undefined, state: "not counted here" },
      ],
    });
    await view.press("6 alarms more", alarms());
    const shown = await view.page.evaluate(`[...document.querySelectorAll(".alarms li")].map((item) => {
      const [name, badge, bar, text] = [".name", ".badge", ".bar > i", "p:not(.muted)"].map((part) => item.querySelector(part));
      const isOfOneColour = bar && getComputedStyle(bar).backgroundColor === getComputedStyle(badge).color;
      return [name.textContent, badge.textContent, bar?.style.width, isOfOneColour, text.firstChild.textContent];
    })`);
    expect(shown).toEqual([
      ["firing", "ALARM", "100%", true, "0 answers are 5xx, limit 10, 2 of 2 periods"],
      ["above", "above limit", "100%", true, "11 answers are 5xx, limit 10, 1 of 2 periods"],
      ["at the limit", "OK", "95%", true, "10 answers are 5xx, limit 10, 0 of 2 periods"],
      ["calm", "OK", "40%", true, "4 answers are 5xx, limit 10, 0 of 2 periods"],
      ["many", "OK", "50%", true, "2\u202f000 throttled invocations, limit 4\u202f000"],
      ["slow", "OK", expect.stringMatching(/^8\./), true, "Duration (p99): 1 ms, limit 12.3"],
      ["zero", "OK", "0%", true, "0 function errors, must stay below 0"],
      ["unknown", "not counted here", undefined, null, "5xx (Sum), limit 10"],
    ]);
    await view.press("Hide the alarms", alarms());
    view.system.setState({ alarms: SYSTEM.alarms });
  });

  view.goOn("is drawn, and each node shows its state and leads to its place", async () => {
    const architecture = view.panel("Architecture");
    expect(await architecture.locator("svg").count()).toBe(0);
    await architecture.locator("summary").click();
    const node = (name: string) => architecture.getByRole("link", { name });
    await node(LETTERS.name).waitFor();
    view.system.setState({ schedules: [{ ...SCHEDULE, isEnabled: false }] });
    await architecture.locator("[data-state=off].aws_cloudwatch_event_rule.node").waitFor();
    expect(await architecture.locator(".node[data-state=alarm]").count()).toBe(1);
    const focused = () =>
      view.page.evaluate<string>("(document.activeElement.closest('section') ?? document.body).textContent");
    for (const [name, place] of [
      [FUNCTION.name, "Function log"],
      ["OrdersTable", "Items in the table"],
      [LETTERS.name, "Dead letters"],
      ["access-log-archiving", "Archived access log"],
      ["alarm-notices", "alarms"],
    ] as const) {
      await node(name).press("Enter");
      expect(await focused()).toContain(place);
    }
    await view.see("OrdersTable", view.panel("Items in the table"));
    await node(SCHEDULE.name).click();
    await view.see("1 of 6");
    for (const fact of ["71 of 256 MB used", "1 of 3 busy", "200 a second, 400 at once"]) {
      await view.see(fact, architecture);
    }
    // Its texts are in their boxes.
    const room = await architecture.locator(".diagram .node text").evaluateAll((all) =>
      all.map((text) => {
        const box = text.parentElement?.querySelector("path")?.getBoundingClientRect();
        const { left, right } = text.getBoundingClientRect();
        return box ? Math.min(left - box.left, box.right - right) : 0;
      }),
    );
    expect(room.length).toBeGreaterThan(6);
    expect(Math.min(...room)).toBeGreaterThan(0);
  });

  view.anew("shows the last hour with the alarms' limits, also a single value where it belongs", async () => {
    const charts = view.panel("Last hour").getByRole("figure");
    const requests = charts.first();
    await requests.getByRole("img", { name: /^Requests over the last hour. all: now 14, highest 24./ }).waitFor();
    expect(await charts.locator("b").allInnerTexts()).toEqual(["Requests", "Latency", "Function", "Cold starts"]);
    await view.see("limit 0.3 in 10 s Orders-5XX-Errors", requests);
    expect(await requests.locator("path.limit").getAttribute("d")).toBe("M0 99.17H359");
    // The pointer shows the values of a moment, in all charts.
    await requests.locator(".plot").hover({ position: { x: 5, y: 50 } });
    await charts.nth(1).locator("time").waitFor();

    const newest = Object.entries(exampleMetrics(Date.now())).map(([name, values]) => [
      name,
      Array.isArray(values) ? values.slice(-3) : values,
    ]);
    const series: MetricSeries = Object.fromEntries(newest);
    view.system.series = { ...series, thresholds: [], requests: [4, 0, 4], p50Ms: [null, 10, null] };
    for (const _ of [1, 2]) await view.panel("Last hour").locator("summary").click();
    await requests.locator(".legend", { hasText: "all 4" }).waitFor();
    const path = (chart: number) => charts.nth(chart).locator("svg path").first().getAttribute("d");
    expect(await path(0)).toBe("M357 60.00h0L358 100.00L359 60.00");
    expect(await path(1)).toMatch(/^M358 [\d.]+h0$/);
  });

  view.anew("lists the items and the archived access log on demand", async () => {
    const run = await view.system.run(COLD);
    const item = { RequestId: "an id", "a number": 1 };
    if (run) view.system.kept.set(COLD, { ...run, items: [{ table: "OrdersTable", item }] });
    expect(view.system.limits).toEqual([]);
    const items = view.panel("Items in the table");
    await items.locator("summary").click();
    await items.locator("summary", { hasText: 'an id {"a number":1}' }).waitFor();
    await items.locator("summary", { hasText: "/health" }).click();
    await view.press("Open its run", items.getByRole("listitem").filter({ hasText: "/health" }));
    await view.heading("GET /health");
    const archive = view.panel("Archived access log");
    await archive.locator("summary").click();
    await view.see("requests/2026/01/31/12/lines.gz", archive);
    expect(await archive.locator("summary", { hasText: FAILED }).count()).toBe(1);
    view.system.addRequest("/later");
    await view.press("Refresh", archive);
    await archive.locator("summary", { hasText: "/later" }).waitFor();
  });

  view.goOn("tells that it fails, that npm start has ended, and goes on afterwards with what happened", async () => {
    const alert = view.page.getByRole("alert");
    view.system.failure = new Error("The emulator has ended.");
    await view.page.reload();
    await view.see("The system does not answer: The emulator has ended.", alert);
    view.system.failure = undefined;
    view.system.setState({});
    await view.lose("The emulator has ended.", alert);

    const port = Number(new URL(serverUrl(view.server)).port);
    const state = view.page.locator("#connection");
    await close(view.server);
    await view.see("reconnecting", state);
    await view.see("This page goes on once it runs at this address again.", alert);
    expect(await state.textContent()).toBe("ended");
    expect(await view.page.title()).toContain("(ended)");
    view.system.addRequest("/meanwhile");
    await new Promise<void>((done) => view.server.listen(port, "127.0.0.1", done));
    await view.see("live", state);
    await view.row("/meanwhile").waitFor();
    expect(await alert.getByText("npm start").count()).toBe(0);
    view.expectProblems(/50[02]|ERR_/);
  });

  view.goOn("has a drawing that stands alone, in light and in dark", async () => {
    const drawing = standalone(await drawArchitecture(ARCHITECTURE));
    const page = await view.page.context().newPage();
    await page.goto(`data:image/svg+xml,${encodeURIComponent(drawing)}`);
    const fills: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      fills.push(await page.evaluate<string>("getComputedStyle(document.querySelector('.graph > polygon')).fill"));
    }
    await page.close();
    expect(fills).toEqual(["rgb(255, 255, 255)", "rgb(27, 32, 39)"]);
  });
});
