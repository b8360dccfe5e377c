import { close, serverUrl } from "../../../commands/cli/server";
import { drawArchitecture, standalone } from "../../../commands/diagram/draw";
import type { MetricSeries } from "../../../commands/local-system/system";
import { exampleMetrics } from "../fake/metrics";
import { ARCHITECTURE, SYSTEM } from "../fake-system";
import { describeConsole } from "./console-page";

/** The alarm with a unit, as it fires. */
const RATE = SYSTEM.alarms.find(({ unit }) => unit === "%");

describeConsole("the console's system", (view) => {
  const alarms = () => view.page.getByRole("region", { name: "Alarms" });
  const icon = () => view.page.locator("link[rel=icon]").getAttribute("href");

  test("says in words which alarms fire, those first, also in the tab", async () => {
    await view.page.getByRole("heading", { name: SYSTEM.name, level: 1 }).waitFor();
    await alarms().getByText("4 alarms, none fires").waitFor();
    expect([await view.page.title(), await icon()]).toEqual([SYSTEM.name, "/icon.svg"]);
    const firing = { ...RATE, value: 42.857, breachingPeriods: 2, state: "ALARM" } as (typeof SYSTEM.alarms)[number];
    const [errors, ...others] = SYSTEM.alarms.filter((alarm) => alarm !== RATE);
    const above = { ...errors, value: 11, breachingPeriods: 1 } as typeof firing;
    view.system.setState({ alarms: [...others, above, firing] });
    await alarms().getByText("42.9 % of answers are 5xx, limit 5, 2 of 2 periods").waitFor();
    expect(await alarms().locator(".trouble").allInnerTexts()).toEqual([
      "ALARM ApiGateway-5XX-Error-Rate 42.9 % of answers are 5xx, limit 5, 2 of 2 periods",
      "above limit ApiGateway-5XX-Errors 11 answers are 5xx, limit 10, 1 of 2 periods",
    ]);
    expect([await view.page.title(), await icon()]).toEqual([`(1 alarm) ${SYSTEM.name}`, "/icon-alarm.svg"]);
  });

  test("has a bar for each alarm that never contradicts its badge", async () => {
    const [first] = SYSTEM.alarms;
    if (!first) throw new Error("no alarm");
    view.system.setState({
      alarms: [
        { ...first, name: "calm", value: 4 },
        // Counted again from now on, but it has fired for the periods before.
        { ...first, name: "firing", value: 0, breachingPeriods: 2, state: "ALARM" },
        { ...first, name: "above", value: 11, breachingPeriods: 1 },
        { ...first, name: "at the limit", value: 10 },
        { ...first, name: "zero", threshold: 0, value: 0 },
        { ...first, name: "unknown", value: undefined, state: "not counted here" },
      ],
    });
    await view.press("4 alarms more", alarms());
    const shown = await view.page.evaluate(`[...document.querySelectorAll(".alarms li")].map((item) => {
      const [name, badge, bar] = [".name", ".badge", ".bar > i"].map((part) => item.querySelector(part));
      const isOfOneColour = bar && getComputedStyle(bar).backgroundColor === getComputedStyle(badge).color;
      return [name.textContent, badge.textContent, bar?.style.width, isOfOneColour];
    })`);
    expect(shown).toEqual([
      ["firing", "ALARM", "100%", true],
      ["above", "above limit", "100%", true],
      ["at the limit", "OK", "95%", true],
      ["calm", "OK", "40%", true],
      ["zero", "OK", "0%", true],
      ["unknown", "not counted here", undefined, null],
    ]);
  });

  test("tells that it fails, that npm start has ended, and goes on afterwards with what happened", async () => {
    const alert = view.page.getByRole("alert");
    view.system.failure = new Error("The emulator has ended.");
    await view.page.reload();
    await alert.getByText("The system does not answer: The emulator has ended.").waitFor();
    view.system.failure = undefined;
    view.system.setState({});
    await alert.getByText("The emulator has ended.").waitFor({ state: "detached" });

    const port = Number(new URL(serverUrl(view.server)).port);
    const state = view.page.locator("#connection");
    await close(view.server);
    await state.getByText("reconnecting").waitFor();
    await alert.getByText("This page goes on once it runs at this address again.").waitFor();
    expect(await state.textContent()).toBe("ended");
    expect(await view.page.title()).toContain("(ended)");
    view.system.addRequest("/meanwhile");
    await new Promise<void>((done) => view.server.listen(port, "127.0.0.1", done));
    await state.getByText("live").waitFor();
    await view.row("/meanwhile").waitFor();
    expect(await alert.getByText("npm start").count()).toBe(0);
    // The browser itself reports each answer that is none.
    view.problems = view.problems.filter((problem) => !/50[02]|ERR_/.test(problem));
  });

  test("is drawn, and each node shows its state and leads to its place", async () => {
    const architecture = view.panel("Architecture");
    expect(await architecture.locator("svg").count()).toBe(0);
    await architecture.getByText("Architecture").click();
    const node = (name: string) => architecture.getByRole("link", { name });
    await node(SYSTEM.deadLetterQueue.name).waitFor();
    view.system.setState({ schedule: { ...SYSTEM.schedule, state: "DISABLED" } });
    await architecture.locator("[data-state=off].aws_cloudwatch_event_rule.node").waitFor();
    expect(await architecture.locator(".node[data-state=alarm]").count()).toBe(1);

    const focused = () =>
      view.page.evaluate<string>("(document.activeElement.closest('section') ?? document.body).textContent");
    for (const [name, place] of [
      [SYSTEM.function.name, "Function log"],
      [SYSTEM.table.name, "Items in the table"],
      [SYSTEM.deadLetterQueue.name, "Dead letters"],
      ["access-log-archiving", "Archived access log"],
      ["alarm-notices", "alarms"],
    ] as const) {
      await node(name).press("Enter");
      expect(await focused()).toContain(place);
    }
    await view.panel("Items in the table").getByText("RequestDataTable").waitFor();
    await node(SYSTEM.schedule.name).click();
    await view.page.getByText("1 of 6", { exact: true }).waitFor();
    for (const fact of ["71 of 256 MB used", "1 of 3 busy", "200 a second, 400 at once"]) {
      await architecture.getByText(fact).waitFor();
    }
  });

  test("has a drawing whose texts are in their boxes", async () => {
    await view.panel("Architecture").getByText("Architecture").click();
    const texts = view.page.locator(".diagram .node text");
    await texts.first().waitFor();
    const room = await texts.evaluateAll((all) =>
      all.map((text) => {
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
    await view.page.goto(`data:image/svg+xml,${encodeURIComponent(drawing)}`);
    const fills: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await view.page.emulateMedia({ colorScheme });
      fills.push(await view.page.evaluate<string>("getComputedStyle(document.querySelector('.graph > polygon')).fill"));
    }
    expect(fills).toEqual(["rgb(255, 255, 255)", "rgb(27, 32, 39)"]);
  });

  test("shows the last hour with the alarms' limits", async () => {
    const charts = view.panel("Last hour").getByRole("figure");
    await charts.first().waitFor();
    expect(await charts.locator("b").allInnerTexts()).toEqual(["Requests", "Latency", "Function", "Cold starts"]);
    const requests = charts.first();
    await requests.getByRole("img", { name: /^Requests over the last hour. all: now 14, highest 24./ }).waitFor();
    await requests.getByText("limit 0.3 in 10 s ApiGateway-5XX-Errors").waitFor();
    expect(await requests.locator("path.limit").getAttribute("d")).toBe("M0 99.17H359");
    // The pointer shows the values of a moment, in all charts.
    await requests.locator(".plot").hover({ position: { x: 5, y: 50 } });
    await charts.nth(1).locator("time").waitFor();
  });

  test("shows what there is of the last hour where it belongs, also a single value", async () => {
    const { thresholds: _none, ...whole } = exampleMetrics(Date.now());
    const newest = Object.entries(whole).map(([name, values]) => [
      name,
      Array.isArray(values) ? values.slice(-3) : values,
    ]);
    const series = Object.fromEntries(newest) as Omit<MetricSeries, "thresholds">;
    view.system.series = { ...series, thresholds: [], requests: [4, 0, 4], p50Ms: [null, 10, null] };
    await view.open();
    const charts = view.panel("Last hour").getByRole("figure");
    await charts.first().waitFor();
    const path = (chart: number) => charts.nth(chart).locator("svg path").first().getAttribute("d");
    expect(await path(0)).toBe("M357 60.00h0L358 100.00L359 60.00");
    expect(await path(1)).toMatch(/^M358 [\d.]+h0$/);
    await charts.first().locator(".legend", { hasText: "all 4" }).waitFor();
  });

  test("says of each kind of alarm what it counts", async () => {
    const [first] = SYSTEM.alarms;
    const said = async (more: object) => {
      const alarm = JSON.stringify({ ...first, evaluationPeriods: 1, ...more });
      return view.page.evaluate(`import("/page/alarms.js").then((module) => module.describeAlarm(${alarm}))`);
    };
    expect(await said({ value: 1 })).toBe("1 answer is 5xx, limit 10");
    expect(await said({ metric: "Errors (Sum)", value: 0, comparison: ">=" })).toBe(
      "0 function errors, must stay below 10",
    );
    expect(await said({ metric: "Throttles (Sum)", value: 2000 })).toBe("2\u202f000 throttled invocations, limit 10");
    expect(await said({ metric: "Duration (p99)", unit: "ms", value: 12.34 })).toBe(
      "Duration (p99): 12.3 ms, limit 10",
    );
    expect(await said({ metric: "WriteThrottleEvents (Sum)", value: undefined })).toBe(
      "WriteThrottleEvents (Sum), limit 10",
    );
    expect(await said({ value: 3, evaluationPeriods: 2, breachingPeriods: 1 })).toBe(
      "3 answers are 5xx, limit 10, 1 of 2 periods",
    );
  });

  test("lists the items and the archived access log on demand", async () => {
    expect(view.system.limits).toEqual([]);
    await view.panel("Items in the table").getByText("Items in the table").click();
    await view.panel("Items in the table").locator("summary", { hasText: "/health" }).click();
    await view.press(
      "Open its run",
      view.panel("Items in the table").getByRole("listitem").filter({ hasText: "/health" }),
    );
    await view.pane.getByRole("heading", { name: "GET /health", exact: true }).waitFor();
    const archive = view.panel("Archived access log");
    await archive.getByText("Archived access log").click();
    await archive.getByText("requests/2026/01/31/12/lines.gz").waitFor();
    expect(await archive.locator("summary", { hasText: "JKJfMhVbPHcEPqA=" }).count()).toBe(1);
    view.system.addRequest("/later");
    await view.press("Refresh", archive);
    await archive.locator("summary", { hasText: "/later" }).waitFor();
  });

  test("shows an item whose time cannot be read", async () => {
    const id = view.system.addRequest("/strange");
    const run = await view.system.run(id);
    if (run) view.system.kept.set(id, { ...run, item: { ...run.item, Timestamp: "the day before" } });
    const items = view.panel("Items in the table");
    await items.getByText("Items in the table").click();
    await items.locator("summary", { hasText: "the day before" }).waitFor();
    await items.locator("summary", { hasText: "/health" }).waitFor();
  });

  test("tells who cannot see it that an alarm fires", async () => {
    const [first, ...others] = SYSTEM.alarms;
    view.system.setState({ alarms: [{ ...first, state: "ALARM" } as (typeof SYSTEM.alarms)[number], ...others] });
    await view.page.getByRole("status").getByText(`Alarm: ${first?.name}`).waitFor();
  });
});
