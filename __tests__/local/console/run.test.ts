import { execFileSync } from "node:child_process";
import { bytesBody, textBody } from "../fake/runs";
import { SYSTEM } from "../fake-system";
import { describeConsole } from "./console-page";

const FAILED = "JKJfMhVbPHcEPqA=";
const REFUSED = "JKJdZiW5PHcEMjQ=";
const COLD = "JKJaXmPLvHcESHA=";
const SCHEDULED = "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa";

describeConsole("the console's details of a run", (view) => {
  const part = (title: string) =>
    view.pane.locator("section.part", { has: view.page.getByRole("heading", { name: new RegExp(`^${title}`) }) });
  const openRun = async (id: string) => {
    await view.page.goto(`${view.url}/#run=${encodeURIComponent(id)}`);
    await view.pane.getByRole("button", { name: "Replay", exact: true }).waitFor();
  };

  test("lead from a 500 in the list to the line of code in one click", async () => {
    const started = performance.now();
    await view.row("500").click();
    const line = view.pane.locator(".here").first();
    await line.waitFor();
    expect(performance.now() - started).toBeLessThan(5000);
    expect(await line.innerText()).toMatch(/→ 49\s*answer = _dynamodb\.put_item\(/);
    expect(await view.pane.locator(".lines").first().innerText()).toMatch(/46\s*raise too_large/);
    const place = await view.pane.locator(".frame summary").allInnerTexts();
    expect(place).toEqual(["lambda-src/table.py:49 in store", "lambda-src/index.py:75 in _answer_request called it"]);
    // The reason comes first.
    const box = async (text: string) => (await view.pane.getByText(text).first().boundingBox())?.y ?? 0;
    expect(await box("Requested resource not found")).toBeLessThan(await box("Timings"));
    expect(await view.copied("Copy the place")).toBe("lambda-src/table.py:49");
  });

  test("show what was sent, answered, logged and stored", async () => {
    await openRun(COLD);
    expect(await view.pane.locator(".facts-line").first().innerText()).toMatch(
      /346 ms\s+request\s+cold start\s+JKJaXmPLvHcESHA=/,
    );
    expect(await part("Answer").locator(".text").innerText()).toContain(
      '\n  "message": "Request processed successfully"',
    );
    await part("Answer").getByText("Headers (2)").click();
    await part("Answer").getByText("apigw-requestid").waitFor();
    expect(await part("Request").locator(".text").innerText()).toBe('{\n  "hello": "world"\n}');
    expect(await part("Event").locator(".text").innerText()).toContain('"version": "2.0"');
    expect(await part("Stored item").innerText()).toMatch(/RequestId\s+JKJaXmPLvHcESHA=/);
    expect(await part("Function log").innerText()).toMatch(
      /REPORT\s+Duration: 31.80 ms\s+Billed Duration: 340 ms\s+Memory Size: 256 MB\s+Max Memory Used: 71 MB\s+Init Duration: 308.20 ms/,
    );
    expect(await part("Access log").innerText()).toMatch(/in the bucket\s+requests\/\d{4}\//);
  });

  test("say why a request was refused, and that it left no item", async () => {
    await openRun(REFUSED);
    await view.pane.getByLabel("Why it was refused").getByText("InvalidJson").waitFor();
    expect(await part("Stored item").innerText()).toContain("There is none in the table.");
    expect(await part("Request").locator(".text").innerText()).toBe('{"hello": ');
    expect(await part("Access log").innerText()).toContain("not in the bucket yet");
  });

  test("tell that the item or the line in the bucket could not be looked up", async () => {
    const run = await view.system.run(FAILED);
    if (run) view.system.kept.set(FAILED, { ...run, lookupError: "Requested resource not found" });
    await openRun(FAILED);
    const reason = "could not be looked up: Requested resource not found";
    await part("Stored item").getByText(`There is none, or it ${reason}`).waitFor();
    await part("Access log").getByText("not found in the bucket").waitFor();
    await part("Access log").getByText(`It is not there yet, or ${reason}`).waitFor();
    await view.pane.locator(".here").first().waitFor();
  });

  test("look again until the line is in the bucket", async () => {
    await openRun(REFUSED);
    await part("Access log").getByText("not in the bucket yet").waitFor();
    const run = await view.system.run(REFUSED);
    // Nothing tells the page.
    if (run) view.system.kept.set(REFUSED, { ...run, archivedIn: "requests/lines.gz" });
    await part("Access log").getByText("requests/lines.gz").waitFor();
  });

  test("show each try of a scheduled run", async () => {
    await openRun(SCHEDULED);
    await view.pane.getByLabel("Why it failed").getByText("The event is in the dead-letter queue.").waitFor();
    await view.pane.locator(".here").first().waitFor();
    for (const title of ["Try 1", "Try 2", "Try 3"]) {
      expect(await part(title).innerText()).toMatch(/ERROR[\s\S]*REPORT/);
    }
    expect(await part("Timings").locator("dt").allInnerTexts()).toEqual([
      ...["wait for a process 1", "init 1", "function 1"],
      ...["wait for a process 2", "function 2", "wait for a process 3", "function 3"],
    ]);
  });

  test("show the end of a long log, where the error and the report are", async () => {
    const run = await view.system.run(FAILED);
    const [invocation] = run?.invocations ?? [];
    if (!run || !invocation) throw new Error("no run");
    const [line] = invocation.log;
    const chatter = Array.from({ length: 300 }, (_, index) => ({
      ...line,
      number: 1000 + index,
      message: `said ${index}`,
    }));
    const log = [...chatter, ...invocation.log] as typeof invocation.log;
    view.system.kept.set(FAILED, { ...run, invocations: [{ ...invocation, log }] });
    await openRun(FAILED);
    await part("Function log").getByText("102 lines before these are in the function log below").waitFor();
    expect(await part("Function log").innerText()).toMatch(/ERROR[\s\S]*REPORT/);
  });

  test("tell nothing of an end that has not come", async () => {
    const run = await view.system.run(COLD);
    const [invocation] = run?.invocations ?? [];
    if (!run || !invocation) throw new Error("no run");
    const goesOn = { ...invocation, durationMs: 0, usedMemoryMb: 0, result: "", log: [] };
    const { answer: _answer, accessLog: _accessLog, status: _status, milliseconds: _end, ...begun } = run;
    view.system.kept.set(COLD, { ...begun, outcome: "running", invocations: [goesOn], item: null });
    await openRun(COLD);
    expect(await part("Timings").locator("dt").allInnerTexts()).toEqual(["gateway", "wait for a process", "init"]);
    expect(await part("Function log").innerText()).toMatch(/still running[\s\S]*It wrote nothing\./);
  });

  test("show where the time went", async () => {
    await openRun(COLD);
    expect((await part("Timings").locator("dt, dd").allInnerTexts()).filter(Boolean)).toEqual([
      ...["gateway", "2 ms", "wait for a process", "0.3 ms", "init", "308 ms", "function", "31.8 ms"],
      ...["gateway, answer", "3.7 ms"],
    ]);
    const bars = await part("Timings")
      .locator(".stretch")
      .evaluateAll((all) =>
        all.map((bar) => {
          const { left, right } = bar.getBoundingClientRect();
          const track = bar.parentElement?.getBoundingClientRect();
          return track
            ? [(left - track.left) / track.width, (right - track.left) / track.width].map((at) => Number(at.toFixed(2)))
            : [];
        }),
      );
    expect(bars).toEqual([
      [0, 0.01],
      [0.01, 0.01],
      [0.01, 0.9],
      [0.9, 0.99],
      [0.99, 1],
    ]);
  });

  test("fold what is long, and show bytes that are no text", async () => {
    const long = JSON.stringify({ words: Array.from({ length: 500 }, (_, index) => `word ${index}`), big: 0 }).replace(
      '"big":0',
      '"big":12345678901234567890',
    );
    const id = view.system.addRequest("/long", 200, { body: textBody(long) });
    await openRun(id);
    const body = part("Request").locator(".text");
    expect((await body.innerText()).split("\n")).toHaveLength(24);
    await part("Request")
      .getByRole("button", { name: /^Show all: 505 lines/ })
      .click();
    expect(await body.innerText()).toContain('"word 499"\n  ],\n  "big": 12345678901234567890\n}');
    await part("Request").getByRole("button", { name: "Raw" }).click();
    expect(await body.innerText()).toBe(long);

    await openRun(view.system.addRequest("/bytes", 200, { body: bytesBody(Buffer.from([0, 255, 128])) }));
    expect(await part("Request").innerText()).toMatch(/3 B, not UTF-8, so in base64[\s\S]*AP\+A/);
  });

  test("show JSON as it is that is too long to be indented", async () => {
    const long = JSON.stringify({ text: "x".repeat(9_000_000) });
    await openRun(view.system.addRequest("/long", 200, { body: textBody(long) }));
    await part("Request")
      .getByRole("button", { name: /^Show all: 1 line, 9/ })
      .waitFor();
  });

  test("follow a run that is still going on", async () => {
    const id = view.system.addRequest("/slow");
    const run = await view.system.run(id);
    if (!run) throw new Error("no run");
    view.system.add({
      ...run,
      outcome: "running",
      status: undefined,
      milliseconds: undefined,
      answer: undefined,
      invocations: [],
      accessLog: undefined,
    });
    await view.page.goto(`${view.url}/#run=${id}`);
    await view.pane.getByText("running").waitFor();
    view.system.add(run);
    await part("Answer").waitFor();
    await view.pane.getByText("24 ms").first().waitFor();
  });

  test("replay a run as it was, and open the new one", async () => {
    await view.row("500").click();
    await view.press("Replay");
    await view.pane.getByText("replay of").waitFor();
    expect(view.system.replayed).toEqual([FAILED]);
    await view.rows.first().getByText("replay").waitFor();
    await view.press(FAILED);
    await view.pane.locator(".here").first().waitFor();
  });

  test("replay a scheduled run and an invocation, too", async () => {
    await openRun(SCHEDULED);
    await view.press("Replay");
    await view.page.getByText("Replayed the schedule").waitFor();
    const { runId } = await view.system.invoke('{"a":1}');
    await openRun(runId);
    await view.press("Replay");
    await view.page.getByText("Replayed the invocation").waitFor();
    expect(view.system.replayed).toEqual([SCHEDULED, runId]);
    expect(view.system.invoked).toEqual(['{"a":1}', '{"a":1}']);
  });

  test("tell why a replay failed", async () => {
    await view.row("500").click();
    view.system.failure = new Error("The emulator has ended.");
    await view.press("Replay");
    await view.page.getByRole("status").getByText("The emulator has ended.").waitFor();
    view.problems = view.problems.filter((problem) => !/50[02]/.test(problem));
  });

  test("replay it with changes", async () => {
    const headers = [
      ["host", "a"],
      ["content-type", "text/plain"],
      ["x-twice", "1"],
      ["X-Twice", "2"],
      ["cookie", "a=1"],
    ] as const;
    const id = view.system.addRequest("/orders?a=1", 500, { headers, body: textBody("one") });
    await openRun(id);
    await view.press("Edit and replay");
    await view.pane.getByText("Repeats").waitFor();
    expect(await view.pane.getByLabel("Headers").inputValue()).toBe(
      "content-type: text/plain\nx-twice: 1\nX-Twice: 2\ncookie: a=1",
    );
    await view.pane.getByLabel("Method").selectOption("PATCH");
    await view.pane.getByLabel("Path").fill("/orders?a=2");
    await view.pane.getByLabel("Headers").fill("content-type: text/plain\nx-new: b:c\nno header");
    await view.pane.getByLabel("Body", { exact: true }).fill("two");
    await view.press("Send", view.pane);
    await view.page.getByText("Line 3 of the headers is no header").waitFor();
    await view.pane.getByLabel("Headers").fill("content-type: text/plain\nx-new: b:c\nx-twice: 1\nX-Twice: 2");
    await view.press("Send", view.pane);
    await view.pane.getByText("replay of").waitFor();
    expect(view.system.sent).toEqual([
      {
        method: "PATCH",
        path: "/orders?a=2",
        headers: { "content-type": "text/plain", "x-new": "b:c", "x-twice": "1, 2" },
        body: "two",
        replayOf: id,
      },
    ]);
  });

  test("edit the event of a scheduled run", async () => {
    await openRun(SCHEDULED);
    await view.press("Edit and replay");
    const event = view.pane.getByLabel("Event, as the function gets it");
    expect(JSON.parse(await event.inputValue())).toMatchObject({ id: SCHEDULED });
    await event.fill('{"id": ');
    await view.press("Invoke");
    await view.page.getByText("The event is no JSON").waitFor();
    await event.fill('{"id": "other"}');
    await view.press("Invoke");
    await view.pane.getByRole("heading", { name: `invocation ${SYSTEM.function.name}` }).waitFor();
    expect(view.system.invoked).toEqual(['{"id": "other"}']);
  });

  test("send a request, and fire the schedule", async () => {
    await view.pane.getByLabel("Method").selectOption("GET");
    await view.pane.getByLabel("Path").fill("/orders?id=1");
    await view.press("Send", view.pane);
    await view.pane.getByRole("heading", { name: "GET /orders?id=1", exact: true }).waitFor();
    expect(view.system.sent).toEqual([
      { method: "GET", path: "/orders?id=1", headers: { "content-type": "application/json" } },
    ]);
    await view.press("Close");
    await view.press("Schedule");
    await view.press("Fire the schedule");
    await view.page.getByText("The scheduled event: sent to the dead-letter queue").waitFor();
    await view.pane.getByRole("heading", { name: "schedule LambdaDailySchedule" }).waitFor();
  });

  test("copy the request as a curl command, with what the client sent", async () => {
    await openRun(FAILED);
    const command = await view.copied("Copy as curl");
    expect(command.split(" \\\n  ")).toEqual([
      ...["curl -sS -i", "-X POST", "--path-as-is -g", "-H 'user-agent: curl/8.5.0'", "-H 'accept: */*'"],
      ...["-H 'content-type: application/json'", `--data-raw '{"hello":"world"}'`, `${SYSTEM.api.url}/orders/7`],
    ]);
  });

  test("copy no request of which only the beginning is kept", async () => {
    await openRun(view.system.addRequest("/cut", 200, { body: { text: "a", isBase64: false, bytes: 9, isCut: true } }));
    // Whoever looks for it with the keyboard is told why.
    await view.page.getByRole("button", { name: "Copy as curl" }).press("Enter");
    await view.page.getByRole("status").getByText("Only a part of it is kept.").waitFor();
  });

  test("copy the event for the AWS CLI and for a test in Python", async () => {
    const body = textBody("it's \"\"\" '''\\ é\n");
    await openRun(view.system.addRequest("/event", 200, { body }));
    const event = await view.copied("Copy event");
    expect(JSON.parse(event)).toMatchObject({ body: body.text });

    const command = await view.copied("for aws lambda invoke");
    const script = 'aws() { for word in "$@"; do printf "%s\\0" "$word"; done; }\n';
    const words = execFileSync("sh", ["-c", script + command])
      .toString()
      .split("\0");
    expect(words.slice(0, 6)).toEqual([
      "lambda",
      "invoke",
      "--function-name",
      SYSTEM.function.name,
      "--cli-binary-format",
      "raw-in-base64-out",
    ]);
    expect(words.slice(6)).toEqual(["--payload", event, "/dev/stdout", ""]);

    const python = await view.copied("for a test");
    const printed = execFileSync("python3", ["-c", `${python}\nprint(json.dumps(EVENT))`]);
    expect(JSON.parse(printed.toString())).toEqual(JSON.parse(event));
  });

  test("copy an event that is too long for an argument so that the command reads it", async () => {
    const body = textBody("\u20ac".repeat(50_000));
    await openRun(view.system.addRequest("/event", 200, { body }));
    const event = await view.copied("Copy event");
    const command = await view.copied("for aws lambda invoke");
    const script = 'aws() { cat; for word in "$@"; do printf "\\0%s" "$word"; done; }\n';
    const [read, ...words] = execFileSync("sh", { input: script + command, maxBuffer: 1e8 })
      .toString()
      .split("\0");
    expect(read).toBe(event);
    expect(words.slice(-3)).toEqual(["--payload", "fileb:///dev/stdin", "/dev/stdout"]);
  });

  test("has ids that a click copies whole", async () => {
    await view.row("500").click();
    expect(await view.copied(FAILED)).toBe(FAILED);
  });
});
