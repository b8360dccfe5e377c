import { failedMessage } from "../fake/runs";
import { GROWN, SYSTEM } from "../fake-system";
import { COLD, describeConsole, FAILED, SCHEDULED } from "./console-page";

describeConsole("the console of a system that has grown", (view) => {
  const queues = () => view.panel("Queues");
  const logs = () => view.panel("Function logs");
  const choice = (label: string, within = view.pane) => within.getByRole("combobox", { name: new RegExp(`^${label}`) });
  const choose = (label: string, name: string, within = view.pane) => choice(label, within).selectOption(name);
  const count = (text: string) => view.see(text, view.page.locator(".runs"));
  /** A message that a worker has failed three times. */
  const failMessage = () => view.system.add(failedMessage(Date.now(), (view.system.lines.at(-1)?.number ?? 0) + 1));

  view.anew("names the functions only where there are several, and filters the runs by them", async () => {
    failMessage();
    await view.row("Jobs").waitFor();
    const filter = view.page.getByRole("combobox", { name: "Filter by function" });
    expect([await filter.count(), await view.row("Worker").count()]).toEqual([0, 0]);
    view.system.setState(GROWN);
    await view.row("Worker").waitFor();
    expect(await view.row("Worker").innerText()).toMatch(/queue\s+Jobs\s+Worker/);
    await filter.selectOption("Worker");
    await count("1 of 7");
    await view.page.waitForURL(/function=Worker/);
    await filter.selectOption("OrdersFunction");
    await count("6 of 7");
    await filter.selectOption("");
    await count("7 runs");
  });

  view.goOn("shows each attempt of a worker that fails, as those of a schedule", async () => {
    view.system.setState(GROWN);
    failMessage();
    await view.row("Jobs").click();
    await view.heading("queue Jobs");
    expect(await view.pane.locator(".facts-line").first().innerText()).toMatch(/queue\s+Worker\s+3 attempts/);
    await view.see("The event is in the dead-letter queue.", view.pane.getByLabel("Why it failed"));
    for (const title of ["Try 1", "Try 2", "Try 3"]) {
      expect(await view.part(title).innerText()).toMatch(/ERROR[\s\S]*REPORT/);
    }
    await view.see("resize 7", view.part("Event"));
  });

  view.goOn("sends a message to a queue and deletes it; other messages stay", async () => {
    view.system.setLetters([]);
    view.system.setState(GROWN);
    view.system.setMessages("Mail", [{ id: "m-1", sentAt: 1, body: "stays" }]);
    if (!(await view.page.locator("#queues-panel[open]").count())) await queues().locator("summary").first().click();
    await view.press("Jobs 0", queues());
    await view.see("None waits.", queues());
    await queues().getByLabel("New message").fill('{"resize": 7}');
    await view.press("Send the message", queues());
    await view.see("Sent the message", view.status);
    await view.see('"resize": 7', queues().getByRole("listitem"));
    expect(await queues().getByLabel("New message").inputValue()).toBe("");
    expect(view.system.queued.get("Jobs")).toMatchObject([{ body: '{"resize": 7}' }]);
    expect(await queues().getByRole("button", { name: "Put back" }).count()).toBe(0);
    await view.press("Delete all", queues());
    const question = view.page.getByRole("dialog", { name: "Delete the messages?" });
    await view.see("1 message will be gone.", question);
    await view.press("Delete", question);
    await view.see("Deleted the messages", view.status);
    await view.see("None waits.", queues());
    expect([view.system.queued.get("Jobs"), view.system.queued.get("Mail")?.length]).toEqual([[], 1]);
  });

  view.goOn("opens the dead letters when the first one comes, also after a look at another queue", async () => {
    view.system.setState(GROWN);
    view.system.setLetters([]);
    await view.press("Jobs 0", queues());
    await queues().locator("summary").first().click();
    await view.page.locator("#queues-panel:not([open])").waitFor();
    view.system.setMessages("OrdersDeadLetters", [{ id: "m-9", sentAt: 1, body: "resize 9" }]);
    await view.see("resize 9", queues());
    await view.see("1 dead letter", queues());
    await view.press("Put back", queues());
    await view.see("Put the message back", view.status);
    await view.see("None. Events and messages come here", queues());
  });

  view.goOn("has the items of each table, the keys first", async () => {
    view.system.setState(GROWN);
    const items = [
      { table: "StockTable", item: { amount: 4, warehouse: "north", article: 7 } },
      { table: "OrdersTable", item: { RequestId: "r-1" } },
    ];
    const run = await view.system.run(COLD);
    if (run) view.system.kept.set(COLD, { ...run, items });
    const panel = view.panel("Items in the tables");
    await panel.locator("summary").first().click();
    await panel.getByText("r-1", { exact: true }).waitFor();
    await choose("Table", "StockTable", panel);
    const row = panel.getByRole("listitem").locator("summary");
    await row.first().waitFor();
    expect(await row.allInnerTexts()).toEqual(['north 7 {"amount":4}']);
    await view.openRun(COLD);
    expect(await view.part("AWS calls").innerText()).toMatch(/200\s+dynamodb PutItem\s+OrdersTable/);
    const stored = view.pane.locator(".part", { has: view.page.getByRole("heading", { name: /^Stored item/ }) });
    expect(await stored.allInnerTexts()).toEqual([
      expect.stringMatching(/in StockTable[\s\S]*amount\s+4/),
      expect.stringMatching(/in OrdersTable[\s\S]*r-1/),
    ]);
  });

  view.goOn("sends to the chosen API, function and schedule; the first one is chosen before", async () => {
    view.system.setState(GROWN);
    expect(await choice("API").inputValue()).toBe("OrdersAPI");
    await choose("API", "AdminAPI");
    await view.field("Path").fill("/reports");
    await view.press("Send", view.pane);
    await view.heading("POST /reports");
    expect(view.system.sent).toMatchObject([{ api: "AdminAPI", path: "/reports" }]);
    await view.press("Close");

    await view.press("Event");
    await choose("Function", "Worker");
    await view.press("Invoke");
    await view.heading("invocation Worker");
    await view.press("Edit and replay");
    expect(await choice("Function").inputValue()).toBe("Worker");
    await view.press("Back to the run");
    await view.press("Close");

    await view.press("Schedule");
    await view.see("cron(0 3 * * ? *) disabled, for Worker", view.pane);
    await view.press("Fire Nightly");
    await view.see("The scheduled event: sent to the dead-letter queue");
    expect(view.system.fired).toEqual(["Nightly"]);
  });

  view.goOn("copies a request for the API that got it", async () => {
    view.system.setState(GROWN);
    const headers = [["Host", "127.0.0.1:41002"]] as const;
    await view.openRun(view.system.addRequest("/reports", 200, { headers }));
    expect(await view.copied("Copy as curl")).toContain("http://127.0.0.1:41002/reports");
    await view.press("Edit and replay");
    expect(await choice("API").inputValue()).toBe("AdminAPI");
  });

  view.goOn("shows the log of one function, and a notice for each that cannot be loaded", async () => {
    const [first, worker] = GROWN.functions;
    if (!first || !worker) throw new Error("no function");
    const failing = (message: string) => ({ loadFailure: { message, location: `${message}.py:1` } });
    view.system.setState({
      ...GROWN,
      functions: [
        { ...first, ...failing("one") },
        { ...worker, ...failing("two") },
      ],
    });
    const alert = view.page.getByRole("alert").locator("p");
    await view.see("The function Worker cannot be loaded: two.py:1", view.page.getByRole("alert"));
    expect(await alert.count()).toBe(2);
    view.system.setState(GROWN);
    await view.lose("cannot be loaded", view.page.getByRole("alert"));
    view.system.addLine({ message: "of the worker", functionName: "Worker" });
    view.system.addLine({ message: "of the other" });
    await view.see("of the other", logs());
    await choose("Function", "Worker", logs());
    await view.lose("of the other", logs());
    await view.see("of the worker", logs());
    await choose("Function", "", logs());
  });

  view.goOn("says that saved stacks are applied, or why they are broken", async () => {
    const strip = view.page.getByRole("banner");
    view.system.setState({ ...GROWN, stacks: { kind: "applying", message: "3 of 7 resources" } });
    await view.see("Applying the saved stacks: 3 of 7 resources", strip);
    view.system.setState({ ...GROWN, stacks: { kind: "broken", message: "main.ts:4 has errors\nCannot find name" } });
    await view.see("The saved stacks are broken: main.ts:4 has errors", strip);
    await view.see("Cannot find name", strip.locator("pre"));
    view.system.setState({ ...GROWN, stacks: undefined });
    await view.lose("The saved stacks", strip);
  });

  view.goOn("draws nodes that lead to the part with their address, and greys out resources not served", async () => {
    view.system.setState(GROWN);
    const architecture = view.panel("Architecture");
    await architecture.locator("summary").first().click();
    const node = (address: string) => architecture.locator(`[id="${address}"]`);
    await node("aws_lambda_function.worker").waitFor();
    await node("aws_lambda_function.worker").press("Enter");
    expect(await choice("Function", logs()).inputValue()).toBe("Worker");
    await choose("Function", "", logs());
    await node("aws_cloudwatch_log_group.worker").press("Enter");
    expect(await choice("Function", logs()).inputValue()).toBe("Worker");
    await choose("Function", "", logs());
    await node("aws_dynamodb_table.table").press("Enter");
    expect(await choice("Table", view.panel("Items in the tables")).inputValue()).toBe("OrdersTable");
    await node("aws_sqs_queue.jobs").press("Enter");
    await queues().getByRole("button", { name: /^Jobs/, pressed: true }).waitFor();
    await node("aws_sns_topic.news").press("Enter");
    await view.page.waitForURL(/source=topic/);
    await node("aws_cloudwatch_event_rule.daily").press("Enter");
    await view.page.waitForURL(/source=schedule&path=DailySchedule/);
    expect(await node("aws_s3_bucket.wide").getAttribute("data-state")).toBe("unserved");
    expect(await node("aws_s3_bucket.wide").getAttribute("role")).toBeNull();
    const cards = architecture.locator(".parts");
    await view.see("S3 Object Lambda is not served here", cards);
    await view.see("Jobs, Clicks (a Kafka topic is not served here)", cards);
    await view.page.evaluate("location.hash = ''");
    view.system.setState(SYSTEM);
  });

  view.goOn("finds the sender of a dead letter among the runs of all functions", async () => {
    view.system.setState(GROWN);
    const run = await view.system.run(SCHEDULED);
    if (!run) throw new Error("no run");
    const sentAt = run.time + (run.milliseconds ?? 0);
    view.system.setMessages("OrdersDeadLetters", [{ id: "m-5", sentAt, body: "resize 5" }]);
    await view.press("OrdersDeadLetters 1", queues());
    await view.press("Open its run", queues());
    await view.heading("schedule DailySchedule");
    expect(await view.row("/orders/7").count()).toBe(1);
    await view.openRun(FAILED);
  });
});
