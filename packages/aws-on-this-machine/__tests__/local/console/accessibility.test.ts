import { readFileSync } from "node:fs";
import { repetitions } from "@local/command-line/testing/repetitions";
import { failedMessage } from "../fake/runs";
import { GROWN, SYSTEM } from "../fake-system";
import { COLD, describeConsole, FAILED, SCHEDULED, WIDE } from "./console-page";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

describeConsole("the console, to everybody", (view) => {
  const isFocused = (id: string) => view.page.locator(`#${id}:focus`).waitFor();

  /** Axe finds no fault, such as `color-contrast: .row > b`, and the page is no wider than its window. */
  async function expectOrder(): Promise<void> {
    // The page's own policy lets no script in.
    await view.page.evaluate(AXE);
    const findings = await view.page.evaluate<string[]>(
      "axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))",
    );
    const { scrollWidth, clientWidth } = await view.page.evaluate<{ scrollWidth: number; clientWidth: number }>(
      "(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)",
    );
    expect([findings, scrollWidth - clientWidth]).toEqual([[], 0]);
  }

  /** Each colour scheme and each width; all pairs of them only with `REPETITIONS=full`, because axe takes a second for a pair. */
  async function inEachLook(): Promise<void> {
    const pairs = [
      ["light", 420],
      ["dark", 1400],
      ["light", 1400],
      ["dark", 420],
    ] as const;
    for (const [colorScheme, width] of pairs.slice(0, repetitions(4, 2))) {
      await view.page.emulateMedia({ colorScheme });
      await view.page.setViewportSize({ width, height: 900 });
      await expectOrder();
    }
  }

  view.anew("is in order in light and dark, on a wide and a narrow page, in each state", async () => {
    const alarms = (await view.system.summary()).alarms.map((alarm, index) =>
      index > 1
        ? alarm
        : { ...alarm, breachingPeriods: 2 - index, state: index ? alarm.state : ("ALARM" as const), value: 50 },
    );
    const long = "a-long-word-without-a-place-to-break-".repeat(20);
    view.system.addRequest(`/${long}`, 500, { error: long, said: long });
    const loadFailure = { message: `SyntaxError: ${long}`, location: "src/index.py:12" };
    const functions = SYSTEM.functions.map((each) => ({ ...each, loadFailure }));
    view.system.setState({ alarms, functions });
    await view.page.getByRole("figure").first().waitFor();
    await view.panel("Dead letters").getByRole("listitem").waitFor();
    for (const name of ["Items in the table", "Archived access log", "Architecture"]) {
      await view.panel(name).locator("summary").first().click();
    }
    await view.page.locator(".diagram svg").waitFor();
    await view.panel("Archived access log").getByRole("listitem").first().waitFor();
    await view.press("2 alarms more");
    await inEachLook();
    for (const id of [FAILED, SCHEDULED, COLD]) {
      await view.openRun(id);
      await view.page.evaluate("for (const fold of document.querySelectorAll('.pane details')) fold.open = true");
      await inEachLook();
    }
    await view.press("Edit and replay");
    await view.press("Keys ?");
    await view.page.getByRole("dialog").waitFor();
    await inEachLook();
    await view.page.keyboard.press("Escape");
    await view.page.emulateMedia({ colorScheme: "light" });
  });

  view.anew(
    "is in order with several of each kind, of which some are broken, not served or being applied",
    async () => {
      const loadFailure = { message: "SyntaxError: invalid syntax", location: "worker/index.py:1" };
      const functions = GROWN.functions.map((each) => ({ ...each, loadFailure }));
      const stacks = { kind: "broken", message: "The stacks have errors:\nmain.ts:1 no type" } as const;
      view.system.setState({ ...GROWN, functions, stacks });
      view.system.setMessages("Jobs", [{ id: "m-1", sentAt: Date.now(), body: "resize 7" }]);
      view.system.add(failedMessage(Date.now(), 900));
      for (const name of ["Items in the tables", "Architecture"]) {
        await view.panel(name).locator("summary").first().click();
      }
      await view.page.locator("#queues-panel[open]").waitFor();
      await view.page.locator(".diagram svg").waitFor();
      await view.press("Jobs 1");
      await view.see("resize 7", view.panel("Queues"));
      await inEachLook();
      for (const kind of ["Event", "Schedule"]) {
        await view.press(kind, view.pane);
        await inEachLook();
      }
      await view.openRun("message-1");
      await inEachLook();
      await view.page.emulateMedia({ colorScheme: "light" });
      view.system.setState(SYSTEM);
    },
  );

  view.anew("has one column on a phone, and the way back from a run", async () => {
    await view.page.setViewportSize({ width: 420, height: 900 });
    await view.row("/orders/7").click();
    await view.pane.locator(".here").first().waitFor();
    expect(await view.runs.isVisible()).toBe(false);
    await isFocused("run-title");
    await view.press("Close");
    await view.runs.waitFor();
    expect(await view.isFocused(view.runs)).toBe(true);
  });

  view.goOn("searches and leaves fields also on a narrow page", async () => {
    await view.page.setViewportSize({ width: 800, height: 900 });
    await view.openRun(FAILED);
    await view.press("Edit and replay");
    await view.field("Path").press("Escape");
    await view.page.locator("body:focus, body:not(:has(:focus))").waitFor();
    expect(await view.field("Path").isVisible()).toBe(true);
    await view.press("Back to the run");
    await view.page.keyboard.press("/");
    await isFocused("search");
    expect(await view.page.locator("#run-title").count()).toBe(0);
    await view.search("log").press("Escape");
    await isFocused("log-lines");
    await view.page.setViewportSize(WIDE);
  });

  view.goOn("keeps the focus of a button that acts, and in the place whose content is replaced", async () => {
    const pressByKey = (name: string) => view.pane.getByRole("button", { name, exact: true }).press("Enter");
    await view.row("/health").click();
    await pressByKey("Copy event");
    await view.see("Copied the event", view.status);
    expect(await view.page.evaluate("document.activeElement.matches(':focus-visible')")).toBe(true);
    expect(await view.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");

    await view.row("/orders/7").click();
    await pressByKey("Replay");
    await view.see("replay of", view.pane);
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
    await view.see("replay of", view.pane);
    await isFocused("run-title");
  });

  view.goOn("leads to a run that is opened from below", async () => {
    await view.panel("Function log").getByRole("option").filter({ hasText: FAILED }).click();
    await view.press("Open its run", view.panel("Function log"));
    await isFocused("run-title");
    const top = "document.querySelector('#run-title').getBoundingClientRect().top";
    expect(await view.page.evaluate(top)).toBeGreaterThan(0);
  });

  view.goOn("keeps the focus in the dead letters when they are gone", async () => {
    const letters = view.panel("Dead letters");
    const summary = letters.locator("summary:focus");
    const press = (name: string) => letters.getByRole("button", { name, exact: true }).press("Enter");
    await press("Put back");
    await summary.waitFor();
    view.system.setLetters([{ id: "1", sentAt: Date.now(), what: "event", error: "no", event: "{}" }]);
    await press("Delete all");
    await press("Delete");
    await view.see("Deleted the dead letters");
    await summary.waitFor();
  });
});
