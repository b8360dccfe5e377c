import { describeConsole } from "./console-page";

describeConsole("the console's dead letters", (view) => {
  const letters = () => view.panel("Dead letters");
  const EVENT = "Scheduled Event 53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa";

  test("are shown with their reason, their event and their run", async () => {
    await letters().getByText(EVENT).waitFor();
    await letters().getByText("RetriesExhausted after 3 attempts: ResourceNotFoundException").waitFor();
    await letters().getByText("Event", { exact: true }).click();
    await letters().getByText('"detail-type": "Scheduled Event"').waitFor();
    await view.press("Open its run", letters());
    await view.pane.getByRole("heading", { name: "schedule LambdaDailySchedule" }).waitFor();
  });

  test("are put back, and leave the queue", async () => {
    await view.press("Put back", letters());
    await view.page.getByText("Gave the event to the function again").waitFor();
    await letters().getByText(EVENT).waitFor({ state: "detached" });
    await view.pane.getByRole("heading", { name: /^dead letter / }).waitFor();
    await view.row("dead letter").waitFor();
  });

  test("are deleted only after a question", async () => {
    await view.press("Delete all", letters());
    const question = view.page.getByRole("dialog", { name: "Delete the dead letters?" });
    await question.getByText("1 event will be gone, and cannot be put back any more.").waitFor();
    // Who only presses Enter deletes nothing.
    await view.page.keyboard.press("Enter");
    await question.waitFor({ state: "hidden" });
    expect(view.system.letters).toHaveLength(1);
    await view.press("Delete all", letters());
    await view.press("Delete", question);
    await view.page.getByText("Deleted the dead letters").waitFor();
    await letters().getByText(EVENT).waitFor({ state: "detached" });
    expect(view.system.letters).toEqual([]);
  });

  test("open by themselves when the first one comes", async () => {
    const [letter] = view.system.letters;
    view.system.setLetters([]);
    await letters().getByText("None.", { exact: false }).waitFor();
    await letters().locator("summary").click();
    if (letter) view.system.setLetters([{ ...letter, what: "no event", event: undefined, error: "<b>text</b>" }]);
    await letters().getByText("<b>text</b>").waitFor();
    expect(await letters().getByRole("button", { name: "Put back" }).count()).toBe(0);
  });

  test("tell why they cannot be read or put back", async () => {
    await letters().getByText(EVENT).waitFor();
    view.system.letters = [];
    await view.press("Put back", letters());
    await view.page
      .getByRole("status")
      .getByText(/^There is no event letter-/)
      .waitFor();
    view.system.failure = new Error("The emulator has ended.");
    view.system.setState({ deadLetterQueue: { name: "letters", messages: 2 } });
    await letters().getByText("The emulator has ended.").waitFor();
    view.problems = view.problems.filter((problem) => !/40[04]|50[02]/.test(problem));
  });

  test("lead to the run that sent them, and not to another one of the same event", async () => {
    const [first] = view.system.letters;
    const id = "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa";
    const run = await view.system.run(id);
    if (!run || !first) throw new Error("no letter");
    // It failed when it was put back, too, and once more.
    const [putBack, again] = ["put-back", "again"].map((newId, index) => ({
      ...run,
      id: newId,
      time: run.time + 60_000 * (index + 1),
    }));
    for (const each of [putBack, again]) if (each) view.system.add({ ...each, source: "dead letter", path: each.id });
    const second = { ...first, id: "second", sentAt: (putBack?.time ?? 0) + (run.milliseconds ?? 0) - 5 };
    view.system.setLetters([first, second]);
    for (const [index, title] of ["schedule LambdaDailySchedule", "dead letter put-back"].entries()) {
      await view.press("Open its run", letters().getByRole("listitem").nth(index));
      await view.pane.getByRole("heading", { name: title }).waitFor();
    }
  });

  test("are no longer asked about when they are gone", async () => {
    const [letter] = view.system.letters;
    if (!letter) throw new Error("no letter");
    await view.press("Delete all", letters());
    const question = view.page.getByRole("dialog");
    await question.waitFor();
    view.system.setLetters([]);
    await question.waitFor({ state: "detached" });
    view.system.setLetters([letter]);
    await letters().getByText(EVENT).waitFor();
    expect(await question.count()).toBe(0);
  });

  test("stay in sight when they cannot be read, until they can", async () => {
    await letters().getByText(EVENT).waitFor();
    view.system.failure = new Error("The emulator is busy.");
    view.system.setState({ deadLetterQueue: { name: "letters", messages: 2 } });
    await letters().getByText("The emulator is busy.").waitFor();
    await letters().getByText(EVENT).waitFor();
    view.system.failure = undefined;
    await letters().getByText("The emulator is busy.").waitFor({ state: "detached" });
    view.problems = view.problems.filter((problem) => !problem.includes("502"));
  });
});
