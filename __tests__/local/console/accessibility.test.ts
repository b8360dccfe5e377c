import { readFileSync } from "node:fs";
import { describeConsole } from "./console-page";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const FAILED = "JKJfMhVbPHcEPqA=";

describeConsole("the console, to everybody", (view) => {
  /** What axe finds, such as `color-contrast: .row > b`. */
  async function findings(): Promise<string[]> {
    // The page's own policy lets no script in.
    await view.page.evaluate(AXE);
    return view.page.evaluate<string[]>(
      "axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))",
    );
  }

  const overflow = () =>
    view.page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

  test.each([
    ["light", 1400],
    ["light", 420],
    ["dark", 1400],
    ["dark", 420],
  ] as const)("is in order in %s, at %i px, in each state", async (colorScheme, width) => {
    const alarms = (await view.system.summary()).alarms.map((alarm, index) =>
      index > 1
        ? alarm
        : { ...alarm, breachingPeriods: 2 - index, state: index ? alarm.state : ("ALARM" as const), value: 50 },
    );
    const long = "a-long-word-without-a-place-to-break-".repeat(20);
    view.system.addRequest(`/${long}`, 500, { error: long, said: long });
    view.system.setState({
      alarms,
      loadFailure: { message: `SyntaxError: ${long}`, location: "lambda-src/index.py:12" },
    });
    await view.open("", { colorScheme, viewport: { width, height: 900 } });
    await view.page.getByRole("figure").first().waitFor();
    await view.panel("Dead letters").getByRole("listitem").waitFor();
    for (const name of ["Items in the table", "Archived access log", "Architecture"]) {
      await view.panel(name).getByText(name).click();
    }
    await view.page.locator(".diagram svg").waitFor();
    await view.panel("Archived access log").getByRole("listitem").first().waitFor();
    await view.press("2 alarms more");
    expect(await findings()).toEqual([]);
    expect(await overflow()).toBe(0);

    for (const id of [FAILED, "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "JKJaXmPLvHcESHA="]) {
      await view.page.goto(`${view.url}/#run=${id}`);
      await view.pane.getByRole("button", { name: "Replay", exact: true }).waitFor();
      await view.page.evaluate("for (const fold of document.querySelectorAll('.pane details')) fold.open = true");
      expect(await findings()).toEqual([]);
      expect(await overflow()).toBe(0);
    }
    await view.press("Edit and replay");
    await view.press("Keys ?");
    await view.page.getByRole("dialog").waitFor();
    expect(await findings()).toEqual([]);
    expect(await overflow()).toBe(0);
  });

  test("has one column on a phone, and the way back from a run", async () => {
    await view.open("", { viewport: { width: 420, height: 900 } });
    await view.row("500").click();
    await view.pane.locator(".here").first().waitFor();
    expect(await view.runs.isVisible()).toBe(false);
    expect(await view.page.locator("#run-title").evaluate((title) => title.matches(":focus"))).toBe(true);
    await view.press("Close");
    await view.runs.waitFor();
    expect(await view.runs.evaluate((list) => list.matches(":focus"))).toBe(true);
  });

  test("keeps the focus of a button that acts, and tells what came of it", async () => {
    await view.row("/health").click();
    const copy = view.page.getByRole("button", { name: "Copy event" });
    await copy.press("Enter");
    await view.page.getByRole("status").getByText("Copied the event").waitFor();
    expect(await copy.evaluate((button) => button.matches(":focus-visible"))).toBe(true);
    expect(await view.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  });

  const isFocused = (id: string) => view.page.locator(`#${id}:focus`).waitFor();

  test("keeps the focus in the place whose content is replaced", async () => {
    const pressByKey = (name: string) => view.pane.getByRole("button", { name, exact: true }).press("Enter");
    await view.row("500").click();
    await pressByKey("Replay");
    await view.pane.getByText("replay of").waitFor();
    await isFocused("run-title");
    await pressByKey(FAILED);
    await view.pane.locator(".here").first().waitFor();
    await isFocused("run-title");
    await pressByKey("Edit and replay");
    await isFocused("compose-title");
    await pressByKey("Back to the run");
    await isFocused("run-title");
    await pressByKey("Edit and replay");
    await pressByKey("Send");
    await view.pane.getByText("replay of").waitFor();
    await isFocused("run-title");
  });

  test("leads to a run that is opened from below", async () => {
    await view.panel("Function log").getByRole("option").filter({ hasText: FAILED }).click();
    await view.press("Open its run", view.panel("Function log"));
    await isFocused("run-title");
    expect(
      await view.page.locator("#run-title").evaluate((title) => title.getBoundingClientRect().top),
    ).toBeGreaterThan(0);
  });

  test("keeps the focus in the dead letters when they are gone", async () => {
    const letters = view.panel("Dead letters");
    const summary = letters.locator("summary:focus");
    const press = (name: string) => letters.getByRole("button", { name, exact: true }).press("Enter");
    await press("Put back");
    await summary.waitFor();
    view.system.setLetters([{ id: "1", sentAt: Date.now(), what: "event", error: "no", event: "{}" }]);
    await press("Delete all");
    await press("Delete");
    await view.page.getByText("Deleted the dead letters").waitFor();
    await summary.waitFor();
  });

  test("searches and leaves fields also on a narrow page", async () => {
    await view.open(`#run=${FAILED}`, { viewport: { width: 800, height: 900 } });
    await view.press("Edit and replay");
    await view.pane.getByLabel("Path").press("Escape");
    await view.page.locator("body:focus, body:not(:has(:focus))").waitFor();
    expect(await view.pane.getByLabel("Path").isVisible()).toBe(true);
    await view.press("Back to the run");
    await view.page.keyboard.press("/");
    await isFocused("search");
    expect(await view.page.locator("#run-title").count()).toBe(0);
    await view.page.getByRole("searchbox", { name: "Search the log" }).press("Escape");
    await isFocused("log-lines");
  });
});
