import { MARKUP } from "../fake-system";
import { describeConsole, FAILED } from "./console-page";

describeConsole("the console's runs", (view) => {
  const choose = (what: string, value: string) =>
    view.page.getByRole("combobox", { name: `Filter by ${what}` }).selectOption(value);

  view.anew(
    "are requests and scheduled runs in one list, newest first; they come as they happen, and go on",
    async () => {
      await view.see("/orders/7", view.rows.first());
      const shown = (await view.rows.allInnerTexts()).map((text) => text.split(/\s*\n\s*/).slice(1));
      expect(shown).toEqual([
        ["POST", "/orders/7", "500", "41 ms"],
        ["GET", "/health", "200", "19 ms"],
        ["POST", "/orders", "400", "24 ms"],
        ["schedule", "DailySchedule", "cold", "failed ×3", "3\u202f104 ms"],
        ["PUT", "/orders?customer=42", "200", "24 ms"],
        ["POST", "/orders", "cold", "200", "346 ms"],
      ]);
      const time = Date.now();
      const id = view.system.addRequest("/new", 200, { time });
      await view.see("/new", view.rows.first());
      const run = await view.system.run(id);
      if (run) view.system.add({ ...run, status: 503, outcome: "failed" });
      await view.see("503", view.row("/new"));
      expect(await view.rows.count()).toBe(7);

      // The browser is in India. A test at midnight there also has the date.
      const shownTime = view.row("/new").locator("time");
      const utc = new Date(time).toISOString().replace("T", " ").replace("Z", " UTC");
      expect(await shownTime.innerText()).toContain(new Date(time + 5.5 * 3_600_000).toISOString().slice(11, 23));
      expect(await shownTime.getAttribute("title")).toBe(utc);
    },
  );

  view.goOn("show what came from outside as text, whatever it is", async () => {
    const headers = [["x-markup", MARKUP]] as const;
    const more = { error: MARKUP, said: MARKUP, headers, answer: { message: MARKUP } };
    const id = view.system.addRequest(`/${MARKUP}`, 500, more);
    await view.rows.first().getByText(`/${MARKUP}`).click();
    await view.see(id, view.pane);
    await view.part("Access log").waitFor();
    for (const title of ["Answer", "Function log", "Request", "Event", "Access log"]) {
      expect(await view.part(title).textContent()).toContain(MARKUP);
    }
    await view.see(MARKUP, view.panel("Function log"));
    expect(await view.page.locator("img").count()).toBe(0);
  });

  view.anew("name the version that an alias chose: in the list, in the details and at each invocation", async () => {
    const id = view.system.addRequest("/released", 200, { version: "7" });
    await view.see("version 7", view.row("/released"));
    expect(await view.row("/orders/7").innerText()).not.toContain("version");
    await view.openRun(id);
    await view.see("version 7", view.pane.locator(".facts-line").first());
    await view.see("version 7", view.part("Function log").locator(".facts-line"));
  });

  view.anew("name the domain that a request came to: in the list and in the details; a search finds it", async () => {
    const id = view.system.addRequest("/orders?a=1", 200, { address: "api.example.com/v1/orders?a=1" });
    await view.see("/orders?a=1 api.example.com", view.row("/orders?a=1"));
    await view.openRun(id);
    await view.see("POST api.example.com/v1/orders?a=1", view.pane.getByRole("heading", { level: 2 }));
    await view.search("runs").fill("example.com/v1");
    await view.see("1 of 7", view.page.locator(".runs"));
    await view.openRun(FAILED);
    await view.see("POST /orders/7", view.pane.getByRole("heading", { level: 2 }));
  });

  view.goOn("open by a link right after they were closed", async () => {
    await view.openRun(FAILED);
    await view.press("Close");
    await view.openRun(FAILED);
  });

  view.anew("are searched by any words and filtered, and counted by their results", async () => {
    const found = async (text: string, count: number) => {
      await view.search("runs").fill(text);
      await expectCount(count);
    };
    const expectCount = (count: number) =>
      view.see(count === 6 ? "6 runs" : `${count} of 6`, view.page.locator(".runs"));
    const result = (name: string) => view.page.getByRole("button", { name: new RegExp(`^${name}`) });
    await view.rows.first().waitFor();
    const buttons = view.page.getByRole("group", { name: "Result" }).getByRole("button");
    expect(await buttons.allInnerTexts()).toEqual(["all", "2xx 3", "4xx 1", "5xx 1", "failed 2"]);
    await found("orders post", 3);
    await found("dailySCHEDULE", 1);
    await found("53dc4d37-cffa", 1);
    await found("resourcenotfound", 2);
    await found("no such run", 0);
    await view.see("No run fits.");
    await found("", 6);
    await result("failed").click();
    await expectCount(2);
    expect(await view.rows.count()).toBe(2);
    await result("failed").click();
    await choose("method", "POST");
    await expectCount(3);
    await choose("path", "/orders");
    await expectCount(2);
    await result("4xx").click();
    await expectCount(1);
    await result("4xx").click();
    await choose("path", "");
    await choose("method", "");
    await choose("source", "schedule");
    await expectCount(1);
    await choose("source", "");
  });

  view.goOn("stand still while they are paused", async () => {
    const newest = await view.rows.first().innerText();
    await view.press("Pause");
    view.system.addRequest("/one");
    view.system.addRequest("/two");
    await view.see("Resume (2 new)");
    expect(await view.rows.first().innerText()).toBe(newest);
    await view.press("Resume (2 new)");
    await view.see("/two", view.rows.first());
  });

  view.goOn(
    "are reached by a link, which a reload keeps with the filter; the browser's way back closes one",
    async () => {
      await view.page.goto(`${view.url}/#run=gone+/=`);
      await view.see("There is no run gone+/=, or not any more.", view.pane);
      view.expectProblems(/404/);
      await view.openRun(FAILED);
      await view.search("runs").fill("orders");
      await view.page.getByRole("button", { name: /^2xx/ }).click();
      await view.page.waitForURL(/text=orders&status=2xx/);
      await view.page.reload();
      await view.see("src/table.py:49", view.pane);
      await view.rows.first().waitFor();
      expect([await view.row("/health").count(), await view.search("runs").inputValue()]).toEqual([0, "orders"]);
      await view.row("customer").click();
      await view.heading("PUT /orders?customer=42");
      await view.page.goBack();
      await view.see("src/table.py:49", view.pane);
      await view.search("runs").fill("");
      await view.page.getByRole("button", { name: /^2xx/ }).click();
    },
  );

  view.goOn("are asked for again if that fails; an earlier answer that comes late replaces no later one", async () => {
    let [count, release, ask] = [0, () => {}, () => {}];
    const isReleased = new Promise<void>((done) => (release = done));
    const isAsked = new Promise<void>((done) => (ask = done));
    await view.page.route("**/api/runs?*", async (route) => {
      count += 1;
      if (count === 1) return route.fulfill({ status: 500, json: { message: "not yet" } });
      if (count > 2) return route.continue();
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
    view.expectProblems(/ERR_|500/);
  });

  view.anew("are used by the keyboard alone", async () => {
    const { keyboard } = view.page;
    const active = () => view.page.locator("#runs .row.active").innerText();
    await view.rows.first().waitFor();
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    expect(await view.isFocused(view.runs)).toBe(true);
    for (const [key, text] of [
      ["ArrowDown", "/orders/7"],
      ["ArrowDown", "/health"],
      ["End", "346 ms"],
      ["Home", "/orders/7"],
    ] as const) {
      await keyboard.press(key);
      expect(await active()).toContain(text);
    }
    await keyboard.press("Enter");
    await view.see("src/table.py:49", view.pane);
    // The focus stays in the list, also when rows come.
    view.system.addRequest("/while");
    await view.row("/while").waitFor();
    expect(await active()).toContain("/orders/7");
    expect(await view.isFocused(view.runs)).toBe(true);
    await keyboard.press("r");
    await view.see("replay of", view.pane);
    expect(view.system.replayed).toEqual([FAILED]);
    await keyboard.press("Escape");
    await view.heading("Send");
    await keyboard.press("/");
    await keyboard.type("r?");
    expect(await view.search("runs").inputValue()).toBe("r?");
    await keyboard.press("Escape");
    expect(await view.isFocused(view.runs)).toBe(true);
    await keyboard.press("?");
    const keys = view.page.getByRole("dialog", { name: "Keys" });
    await keys.waitFor();
    await keyboard.press("Escape");
    await keys.waitFor({ state: "hidden" });
    expect(await view.isFocused(view.runs)).toBe(true);
  });

  view.goOn(
    "stay in sight when others come, unless the newest are in sight; of 5,000 only those in sight exist",
    async () => {
      const scroll = (rows: number) => view.runs.evaluate((list, top) => list.scrollTo(0, top), 28 * rows);
      for (let index = 0; index < 5100; index += 1) view.system.addRequest(`/many/${index}`);
      await view.open();
      await view.see("5\u202f000 runs");
      expect(await view.rows.count()).toBeLessThan(80);
      expect(await view.rows.first().getAttribute("aria-setsize")).toBe("5000");
      await scroll(100);
      const row = view.row("/many/4995");
      const before = await row.boundingBox();
      view.system.addRequest("/newest");
      await view.page.locator("#runs-101:has-text('/many/4999')").waitFor({ state: "attached" });
      expect(await row.boundingBox()).toEqual(before);
      await scroll(0);
      view.system.addRequest("/later");
      await view.row("/later").waitFor();
      expect(await view.runs.evaluate((list) => list.scrollTop)).toBe(0);
      await view.runs.press("End");
      await view.row("/many/102").waitFor();
      expect(await view.rows.count()).toBeLessThan(80);
    },
  );
});
