import { MARKUP } from "../fake-system";
import { describeConsole } from "./console-page";

const FAILED = "JKJfMhVbPHcEPqA=";

describeConsole("the console's runs", (view) => {
  test("are requests and scheduled runs in one list, newest first", async () => {
    await view.rows.first().waitFor();
    const shown = await view.rows.evaluateAll((all) =>
      all.map((row) => (row as unknown as { innerText: string }).innerText),
    );
    const parts = shown.map((text) => text.split(/\s*\n\s*/).slice(1));
    expect(parts).toEqual([
      ["POST", "/orders/7", "500", "41 ms"],
      ["GET", "/health", "200", "19 ms"],
      ["POST", "/orders", "400", "24 ms"],
      ["schedule", "LambdaDailySchedule", "cold", "failed ×3", "3\u202f104 ms"],
      ["PUT", "/orders?customer=42", "200", "24 ms"],
      ["POST", "/orders", "cold", "200", "346 ms"],
    ]);
  });

  test("come as they happen, and go on", async () => {
    await view.rows.first().waitFor();
    const id = view.system.addRequest("/new");
    await view.rows.first().getByText("/new").waitFor();
    const run = await view.system.run(id);
    if (run) view.system.add({ ...run, status: 503, outcome: "failed" });
    await view.row("/new").getByText("503").waitFor();
    expect(await view.rows.count()).toBe(7);
  });

  test("show what came from outside as text, whatever it is", async () => {
    const id = view.system.addRequest(`/${MARKUP}`, 500, {
      error: MARKUP,
      said: MARKUP,
      headers: [["x-markup", MARKUP]],
      answer: { message: MARKUP },
    });
    await view.rows.first().getByText(`/${MARKUP}`).click();
    await view.pane.getByText("x-markup", { exact: true }).waitFor({ state: "attached" });
    await view.pane.getByText(id).first().waitFor();
    for (const title of ["Answer", "Function log", "Request", "Event", "Access log"]) {
      const part = view.pane.locator("section", { has: view.page.getByRole("heading", { name: title }) });
      expect(await part.textContent()).toContain("<img src=x onerror=alert(1)>");
    }
    await view.panel("Function log").getByText(MARKUP).waitFor();
    expect(await view.page.locator("img").count()).toBe(0);
  });

  test("are searched by any words, and the rest of the filter", async () => {
    const search = view.page.getByRole("searchbox", { name: "Search the runs" });
    const count = (expected: number) =>
      view.rows
        .nth(expected - 1)
        .and(view.page.locator(":last-child"))
        .waitFor();
    await view.rows.first().waitFor();
    await search.fill("orders post");
    await count(3);
    await search.fill("dailySCHEDULE");
    await count(1);
    await search.fill("53dc4d37-cffa");
    await count(1);
    await search.fill("resourcenotfound");
    await count(2);
    await search.fill("no such run");
    await view.page.getByText("No run fits.").waitFor();
    await search.fill("");
    await view.page.getByRole("combobox", { name: "Filter by method" }).selectOption("POST");
    await count(3);
    await view.page.getByRole("combobox", { name: "Filter by path" }).selectOption("/orders");
    await count(2);
    await view.page.getByRole("button", { name: /^4xx/ }).click();
    await count(1);
    await view.page.getByRole("button", { name: /^4xx/ }).click();
    await view.page.getByRole("combobox", { name: "Filter by path" }).selectOption("");
    await view.page.getByRole("combobox", { name: "Filter by method" }).selectOption("");
    await view.page.getByRole("combobox", { name: "Filter by source" }).selectOption("schedule");
    await count(1);
  });

  test("tell how many of each result there are", async () => {
    await view.rows.first().waitFor();
    const buttons = view.page.getByRole("group", { name: "Result" }).getByRole("button");
    expect(await buttons.allInnerTexts()).toEqual(["all", "2xx 3", "4xx 1", "5xx 1", "failed 2"]);
    await view.page.getByRole("button", { name: /^failed/ }).click();
    await view.page.getByText("2 of 6", { exact: true }).waitFor();
    expect(await view.rows.count()).toBe(2);
  });

  test("stand still while they are paused", async () => {
    await view.rows.first().getByText("/orders/7").waitFor();
    await view.press("Pause");
    view.system.addRequest("/one");
    view.system.addRequest("/two");
    const resume = view.page.getByRole("button", { name: "Resume (2 new)" });
    await resume.waitFor();
    await view.rows.first().getByText("/orders/7").waitFor();
    await resume.click();
    await view.rows.first().getByText("/two").waitFor();
  });

  test("are reached by a link, and a reload keeps the open run and the filter", async () => {
    await view.open(`#run=${FAILED}`);
    await view.pane.getByText("lambda-src/table.py:49").waitFor();
    await view.page.getByRole("searchbox", { name: "Search the runs" }).fill("orders");
    await view.page.getByRole("button", { name: /^2xx/ }).click();
    await view.page.waitForURL(/text=orders&status=2xx/);
    await view.page.reload();
    await view.pane.getByText("lambda-src/table.py:49").waitFor();
    await view.rows.first().waitFor();
    expect(await view.rows.count()).toBe(2);
    expect(await view.page.getByRole("searchbox", { name: "Search the runs" }).inputValue()).toBe("orders");
  });

  test("are asked for again if that fails", async () => {
    let failures = 0;
    await view.page.route("**/api/runs?*", (route) => {
      failures += 1;
      return failures > 1 ? route.continue() : route.fulfill({ status: 500, json: { message: "not yet" } });
    });
    await view.page.reload();
    await view.row("/health").waitFor();
    view.problems = view.problems.filter((problem) => !problem.includes("500"));
  });

  test("of a later answer are not lost to an earlier one that comes late", async () => {
    let release = () => {};
    const isReleased = new Promise<void>((done) => {
      release = done;
    });
    let ask = () => {};
    const isAsked = new Promise<void>((done) => {
      ask = done;
    });
    let count = 0;
    await view.page.route("**/api/runs?*", async (route) => {
      count += 1;
      if (count > 1) return route.continue();
      const early = await route.fetch();
      ask();
      await isReleased;
      return route.fulfill({ response: early });
    });
    await view.page.reload();
    await isAsked;
    view.system.addRequest("/meanwhile");
    view.server.closeAllConnections();
    await view.row("/meanwhile").waitFor();
    const isAnswered = view.page.waitForResponse("**/api/runs?*");
    release();
    await (await isAnswered).finished();
    view.system.addRequest("/afterwards");
    await view.row("/afterwards").waitFor();
    expect(await view.row("/meanwhile").count()).toBe(1);
    view.problems = view.problems.filter((problem) => !problem.includes("ERR_"));
  });

  test("say so if a linked one is There is no run gone+/=, or not any more.", async () => {
    await view.open("#run=gone+/=");
    await view.pane.getByText("gone+/=", { exact: true }).waitFor();
    await view.pane.getByText("There is no run gone+/=, or not any more.").waitFor();
    view.problems = view.problems.filter((problem) => !problem.includes("404"));
  });

  test("open and close by the browser's way back", async () => {
    await view.row("/health").click();
    await view.pane.getByRole("heading", { name: "GET /health", exact: true }).waitFor();
    await view.page.goBack();
    await view.pane.getByRole("heading", { name: "Send" }).waitFor();
  });

  test("have their times in local time, with UTC on hover", async () => {
    const time = Date.now() - 60_000;
    view.system.addRequest("/timed", 200, { time });
    await view.open("", { timezoneId: "Asia/Kolkata" });
    const shown = view.row("/timed").locator("time");
    const utc = new Date(time).toISOString();
    const local = new Date(time + 5.5 * 3_600_000).toISOString();
    // A test at midnight in India also has the date.
    expect(await shown.innerText()).toContain(local.slice(11, 23));
    expect(await shown.getAttribute("title")).toBe(utc.replace("T", " ").replace("Z", " UTC"));
  });

  test("are used by the keyboard alone", async () => {
    const active = () => view.page.locator("#runs .row.active").innerText();
    await view.rows.first().waitFor();
    await view.page.keyboard.press("Tab");
    await view.page.keyboard.press("Enter");
    expect(await view.runs.evaluate((list) => list.matches(":focus"))).toBe(true);
    await view.page.keyboard.press("ArrowDown");
    expect(await active()).toContain("/orders/7");
    await view.page.keyboard.press("ArrowDown");
    expect(await active()).toContain("/health");
    await view.page.keyboard.press("End");
    expect(await active()).toContain("346 ms");
    await view.page.keyboard.press("Home");
    await view.page.keyboard.press("Enter");
    await view.pane.getByText("lambda-src/table.py:49").waitFor();
    // The focus stays in the list, also when rows come.
    view.system.addRequest("/while");
    await view.row("/while").waitFor();
    expect(await active()).toContain("/orders/7");
    expect(await view.runs.evaluate((list) => list.matches(":focus"))).toBe(true);
    await view.page.keyboard.press("r");
    await view.pane.getByText("replay of").waitFor();
    expect(view.system.replayed).toEqual([FAILED]);
    await view.page.keyboard.press("Escape");
    await view.pane.getByRole("heading", { name: "Send" }).waitFor();
    await view.page.keyboard.press("/");
    await view.page.keyboard.type("r?");
    expect(await view.page.getByRole("searchbox", { name: "Search the runs" }).inputValue()).toBe("r?");
    await view.page.keyboard.press("Escape");
    expect(await view.runs.evaluate((list) => list.matches(":focus"))).toBe(true);
    await view.page.keyboard.press("?");
    await view.page.getByRole("dialog", { name: "Keys" }).waitFor();
    await view.page.keyboard.press("Escape");
    await view.page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "hidden" });
    expect(await view.runs.evaluate((list) => list.matches(":focus"))).toBe(true);
  });

  test("of 5,000 only those in sight exist", async () => {
    for (let index = 0; index < 5100; index += 1) view.system.addRequest(`/many/${index}`);
    await view.open();
    await view.page.getByText("5\u202f000 runs", { exact: true }).waitFor();
    expect(await view.rows.count()).toBeLessThan(80);
    expect(await view.rows.first().getAttribute("aria-setsize")).toBe("5000");
    await view.runs.press("End");
    await view.row("/many/100").waitFor();
    expect(await view.rows.count()).toBeLessThan(80);
  });

  test("stay in sight when others come, unless the newest are in sight", async () => {
    for (let index = 0; index < 200; index += 1) view.system.addRequest(`/many/${index}`);
    await view.page.getByText("206 runs", { exact: true }).waitFor();
    await view.runs.evaluate((list) => list.scrollTo(0, 28 * 100));
    const row = view.row("/many/95");
    const before = await row.boundingBox();
    view.system.addRequest("/newest");
    await view.page.getByText("207 runs", { exact: true }).waitFor();
    expect(await row.boundingBox()).toEqual(before);
    await view.runs.evaluate((list) => list.scrollTo(0, 0));
    view.system.addRequest("/later");
    await view.row("/later").waitFor();
    expect(await view.runs.evaluate((list) => list.scrollTop)).toBe(0);
  });
});
