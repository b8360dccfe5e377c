import { SYSTEM } from "../fake-system";
import { describeConsole, FAILED, SCHEDULED } from "./console-page";

describeConsole("the console's dead letters", (view) => {
  const letters = () => view.panel("Dead letters");
  const EVENT = `Scheduled Event ${SCHEDULED}`;
  const LETTER = { id: "letter", sentAt: 1, what: EVENT, error: "no", event: "{}" };
  const question = () => view.page.getByRole("dialog", { name: "Delete the dead letters?" });

  view.anew(
    "are shown with their reason and their event, lead to the run that sent them, and are put back",
    async () => {
      await view.see(EVENT, letters());
      await view.see("RetriesExhausted after 3 attempts: ResourceNotFoundException", letters());
      await letters().getByText("Event", { exact: true }).click();
      await view.see('"detail-type": "Scheduled Event"', letters());
      const [first] = view.system.letters;
      const run = await view.system.run(SCHEDULED);
      if (!run || !first) throw new Error("no letter");
      // It failed when it was put back, too, and once more.
      const again = (minutes: number) =>
        ({ ...run, source: "dead letter", time: run.time + 60_000 * minutes }) as const;
      view.system.add({ ...again(1), id: "put-back", path: "put-back" });
      view.system.add({ ...again(2), id: "again", path: "again" });
      const second = { ...first, id: "second", sentAt: again(1).time + (run.milliseconds ?? 0) - 5 };
      view.system.setLetters([first, second]);
      for (const [index, title] of ["schedule DailySchedule", "dead letter put-back"].entries()) {
        await view.press("Open its run", letters().getByRole("listitem").nth(index));
        await view.heading(title);
      }
      view.system.setLetters([first]);
      await letters().getByRole("listitem").nth(1).waitFor({ state: "detached" });
      await view.press("Put back", letters());
      await view.see("Gave the event to the function again");
      await view.lose(EVENT, letters());
      await view.pane.getByRole("heading", { name: /^dead letter / }).waitFor();
      await view.row("dead letter").first().waitFor();
    },
  );

  view.goOn("are deleted only after a question, which goes with them", async () => {
    view.system.setLetters([LETTER]);
    await view.press("Delete all", letters());
    await view.see("1 event will be gone, and cannot be put back any more.", question());
    // The key Enter alone deletes nothing.
    await view.page.keyboard.press("Enter");
    await question().waitFor({ state: "hidden" });
    expect(view.system.letters).toHaveLength(1);
    await view.press("Delete all", letters());
    await question().waitFor();
    view.system.setLetters([]);
    await question().waitFor({ state: "detached" });
    view.system.setLetters([LETTER]);
    await view.see(EVENT, letters());
    expect(await question().count()).toBe(0);
    await view.press("Delete all", letters());
    await view.press("Delete", question());
    await view.see("Deleted the dead letters");
    await view.lose(EVENT, letters());
    expect(view.system.letters).toEqual([]);
  });

  view.goOn("open by themselves when the first one comes", async () => {
    view.system.setLetters([]);
    await view.see(/^None\./, letters());
    await letters().locator("summary").click();
    view.system.setLetters([{ ...LETTER, what: "no event", event: undefined, error: "<b>text</b>" }]);
    await view.see("<b>text</b>", letters());
    expect(await letters().getByRole("button", { name: "Put back" }).count()).toBe(0);
    view.system.setLetters([]);
    await view.see(/^None\./, letters());
  });

  view.goOn("stay in sight when they cannot be put back or read, with the reason, until they can", async () => {
    view.system.setLetters([LETTER]);
    await view.see(EVENT, letters());
    view.system.queued.clear();
    await view.press("Put back", letters());
    await view.see(/^There is no message letter/, view.status);
    view.system.failure = new Error("The emulator is busy.");
    view.system.setState({ queues: SYSTEM.queues.map((queue) => ({ ...queue, messages: 2 })) });
    await view.see("The emulator is busy.", letters());
    await view.see(EVENT, letters());
    view.system.failure = undefined;
    await view.lose("The emulator is busy.", letters());
    view.expectProblems(/40[04]|50[02]/);
  });
});

describeConsole("the console's function log", (view) => {
  const log = () => view.panel("Function log");
  const lines = () => log().getByRole("option");
  const having = (text: string) => lines().filter({ hasText: text });

  view.goOn("comes live, with what a JSON line says; a line opens whole, and its run", async () => {
    await lines().first().waitFor();
    view.system.addLine({ message: "plain text" });
    await view.see("plain text", lines().last());
    const fields = { orderId: 7, note: "a b" };
    const raw = JSON.stringify({ level: "WARN", message: "slow", ...fields });
    view.system.addLine({ level: "WARN", message: "slow", raw, fields });
    await view.see("slow orderId=7 note=a b", lines().last());
    expect(await lines().last().innerText()).toContain("WARN");
    await having(FAILED).click();
    await view.see(`"apiRequestId": "${FAILED}"`, log());
    await view.press("Open its run", log());
    await view.see("src/table.py:49", view.pane);
  });

  view.goOn("is searched, and shown from a level up", async () => {
    for (const [level, message] of [
      ["DEBUG", "a detail"],
      ["WARN", "a warning"],
      ["ERROR", "an error"],
    ] as const) {
      view.system.addLine({ level, message });
    }
    await view.see("an error", lines().last());
    await view.press("WARN up", log());
    await view.lose("a detail", lines());
    await having("a warning").waitFor();
    await view.press("ERROR", log());
    await view.lose("a warning", lines());
    await view.press("all", log());
    await view.search("log").fill("A warning");
    await view.lose("an error", lines());
    expect(await lines().count()).toBe(1);
    await view.search("log").fill("nothing has this");
    await view.see("No line fits.", log());
    await view.search("log").fill("");
  });

  view.goOn("keeps the newest lines in sight, unless somebody looks at older ones", async () => {
    for (let number = 0; number < 100; number += 1) view.system.addLine({ message: `line ${number}` });
    await having("line 99").waitFor();
    await log().getByRole("listbox").press("Home");
    await lines().first().waitFor();
    const before = await lines().first().innerText();
    view.system.addLine({ message: "another" });
    await view.see(`${view.system.lines.length} lines`, log());
    expect(await lines().first().innerText()).toBe(before);
    expect(await having("another").count()).toBe(0);
    await log().getByRole("listbox").press("End");
  });

  view.goOn("has an error of loading on top until it is mended", async () => {
    const message = 'Traceback (most recent call last):\n  File "src/index.py", line 12\nSyntaxError: invalid syntax';
    const alert = view.page.getByRole("alert");
    const loadFailure = { message, location: "src/index.py:12" };
    view.system.setState({ functions: SYSTEM.functions.map((each) => ({ ...each, loadFailure })) });
    await view.see("SyntaxError: invalid syntax", alert);
    await view.see("src/index.py:12", log().locator(".trouble"));
    view.system.addLine({ message: "the last line" });
    await view.see("the last line", lines().last());
    const y = async (text: string) => (await log().getByText(text).last().boundingBox())?.y ?? 0;
    expect(await y("SyntaxError")).toBeLessThan(await y("the last line"));
    // It leads there from the top of the page.
    await view.press("Log", alert);
    expect(await view.isFocused(log().locator("summary").first())).toBe(true);
    view.system.setState({ functions: SYSTEM.functions });
    await view.lose("SyntaxError", alert);
    expect(await log().locator(".trouble").count()).toBe(0);
  });

  view.goOn("keeps no more characters than the system does, and reads no very long line for its row", async () => {
    const said = await view.page.evaluate(`import("/log/log-line.js").then(({ textOf }) => {
      const fields = { all: { toJSON: () => { throw new Error("put together"); } } };
      return textOf({ message: "m".repeat(1000), raw: "x".repeat(20_000), fields });
    })`);
    expect(said).toBe("m".repeat(500));
    const raw = "x".repeat(4 * 1024 * 1024);
    for (let number = 0; number < 6; number += 1) view.system.addLine({ message: `long ${number}`, raw });
    await view.open();
    await log().getByText("4 lines", { exact: true }).waitFor();
    view.system.addLine({ message: "the newest", raw });
    await view.see("the newest", lines().last());
    await log().getByText("4 lines", { exact: true }).waitFor();
    await view.see("long 3", lines().first());
  });
});
