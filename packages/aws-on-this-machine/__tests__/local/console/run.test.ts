import type { Run } from "../../../runs/run";
import { bytesBody, textBody } from "../fake/runs";
import { SYSTEM } from "../fake-system";
import { COLD, describeConsole, FAILED, REFUSED, SCHEDULED } from "./console-page";

describeConsole("the console's details of a run", (view) => {
  /** The lines of a part. */
  const textOf = (title: string) => view.part(title).innerText();
  const code = (title: string) => view.part(title).locator(".text").innerText();
  const inTimings = (names: string) => view.part("Timings").locator(names).allInnerTexts();
  /** The same run as another one, with changes. */
  async function keepLike(like: string, id: string, change: (run: Run) => object): Promise<string> {
    const run = await view.system.run(like);
    if (!run) throw new Error("no run");
    view.system.kept.set(id, { ...run, ...change(run), id });
    return id;
  }

  view.goOn("lead from a 500 in the list to the line of code in one click", async () => {
    await view.row("500").click();
    const line = view.pane.locator(".here").first();
    await line.waitFor();
    expect(await line.innerText()).toMatch(/→ 49\s*answer = _dynamodb\.put_item\(/);
    expect(await view.pane.locator(".lines").first().innerText()).toMatch(/46\s*raise too_large/);
    const place = await view.pane.locator(".frame summary").allInnerTexts();
    expect(place).toEqual(["src/table.py:49 in store", "src/index.py:75 in _answer_request called it"]);
    // The reason comes first.
    const box = async (text: string) => (await view.pane.getByText(text).first().boundingBox())?.y ?? 0;
    expect(await box("Requested resource not found")).toBeLessThan(await box("Timings"));
    expect(await view.copied("Copy the place")).toBe("src/table.py:49");
    expect(await view.copied(FAILED)).toBe(FAILED);
  });

  view.goOn("show what was sent, answered, logged and stored, and where the time went", async () => {
    await view.openRun(COLD);
    expect(await view.pane.locator(".facts-line").first().innerText()).toMatch(
      /346 ms\s+request\s+cold start\s+JKJaXmPLvHcESHA=/,
    );
    expect(await code("Answer")).toContain('\n  "message": "Request processed successfully"');
    await view.part("Answer").getByText("Headers (2)").click();
    await view.see("apigw-requestid", view.part("Answer"));
    expect(await code("Request")).toBe('{\n  "hello": "world"\n}');
    expect(await code("Event")).toContain('"version": "2.0"');
    expect(await textOf("Stored item")).toMatch(/RequestId\s+JKJaXmPLvHcESHA=/);
    expect(await textOf("Function log")).toMatch(
      /REPORT\s+Duration: 31.80 ms\s+Billed Duration: 340 ms\s+Memory Size: 256 MB\s+Max Memory Used: 71 MB\s+Init Duration: 308.20 ms/,
    );
    expect(await textOf("Access log")).toMatch(/in the bucket\s+requests\/\d{4}\//);

    expect((await inTimings("dt, dd")).filter(Boolean)).toEqual([
      ...["gateway", "2 ms", "wait for a process", "0.3 ms", "init", "308 ms", "function", "31.8 ms"],
      ...["gateway, answer", "3.7 ms"],
    ]);
    const styles = await view
      .part("Timings")
      .locator(".stretch")
      .evaluateAll((bars) => bars.map((bar) => ({ left: bar.style.left, width: bar.style.width })));
    const bars = styles.map(({ left, width }) => [left, width].map((share) => Math.round(Number.parseFloat(share))));
    expect(bars).toEqual([
      [0, 1],
      [1, 0],
      [1, 89],
      [90, 9],
      [99, 1],
    ]);
  });

  view.goOn("say why a request was refused; they look again until the line is in the bucket", async () => {
    await view.openRun(REFUSED);
    await view.see("InvalidJson", view.pane.getByLabel("Why it was refused"));
    expect(await textOf("Stored item")).toContain("There is none.");
    expect(await code("Request")).toBe('{"hello": ');
    await view.see("not in the bucket yet", view.part("Access log"));
    // The page gets no message about it.
    await keepLike(REFUSED, REFUSED, () => ({ archivedIn: "requests/lines.gz" }));
    await view.see("requests/lines.gz", view.part("Access log"));
  });

  view.goOn("tell that the item or the line in the bucket could not be looked up", async () => {
    await view.openRun(await keepLike(FAILED, "lookup", () => ({ lookupError: "Requested resource not found" })));
    const reason = "could not be looked up: Requested resource not found";
    await view.see(`There is none, or it ${reason}`, view.part("Stored item"));
    await view.see("not found in the bucket", view.part("Access log"));
    await view.see(`It is not there yet, or ${reason}`, view.part("Access log"));
    await view.pane.locator(".here").first().waitFor();
  });

  view.goOn("show each try of a scheduled run", async () => {
    await view.openRun(SCHEDULED);
    await view.see("The event is in the dead-letter queue.", view.pane.getByLabel("Why it failed"));
    await view.pane.locator(".here").first().waitFor();
    for (const title of ["Try 1", "Try 2", "Try 3"]) expect(await textOf(title)).toMatch(/ERROR[\s\S]*REPORT/);
    expect(await inTimings("dt")).toEqual([
      ...["wait for a process 1", "init 1", "function 1"],
      ...["wait for a process 2", "function 2", "wait for a process 3", "function 3"],
    ]);
  });

  view.goOn("show the end of a long log, where the error and the report are", async () => {
    const chatty = ({ invocations }: Run) => {
      const [invocation] = invocations;
      const chatter = Array.from({ length: 300 }, (_, number) => ({ ...invocation?.log[0], number, message: "said" }));
      return { invocations: [{ ...invocation, log: [...chatter, ...(invocation?.log ?? [])] }] };
    };
    await view.openRun(await keepLike(FAILED, "chatty", chatty));
    await view.see("102 lines before these are in the function log below", view.part("Function log"));
    expect(await textOf("Function log")).toMatch(/ERROR[\s\S]*REPORT/);
  });

  view.goOn("tell nothing of an end that has not come, and follow the run", async () => {
    const id = view.system.addRequest("/slow", 200, { initMs: 1 });
    const run = await view.system.run(id);
    const [invocation] = run?.invocations ?? [];
    if (!run || !invocation) throw new Error("no run");
    const goesOn = { ...invocation, durationMs: 0, usedMemoryMb: 0, result: "", log: [] };
    const { answer: _answer, accessLog: _accessLog, status: _status, milliseconds: _end, ...begun } = run;
    view.system.add({ ...begun, outcome: "running", invocations: [goesOn], items: [] });
    await view.openRun(id);
    await view.see("running", view.pane);
    expect(await inTimings("dt")).toEqual(["gateway", "wait for a process", "init"]);
    expect(await textOf("Function log")).toMatch(/still running[\s\S]*It wrote nothing\./);
    view.system.add(run);
    await view.part("Answer").waitFor();
    await view.see("24 ms", view.pane);
  });

  view.goOn("fold what is long, show bytes that are no text, and too long JSON as it is", async () => {
    const words = Array.from({ length: 500 }, (_, index) => `word ${index}`);
    const long = JSON.stringify({ words, big: 0 }).replace('"big":0', '"big":12345678901234567890');
    await view.openRun(view.system.addRequest("/long", 200, { body: textBody(long) }));
    expect((await code("Request")).split("\n")).toHaveLength(24);
    await view
      .part("Request")
      .getByText(/^Show all: 505 lines/)
      .click();
    expect(await code("Request")).toContain('"word 499"\n  ],\n  "big": 12345678901234567890\n}');
    await view.press("Raw", view.part("Request"));
    expect(await code("Request")).toBe(long);

    await view.openRun(view.system.addRequest("/bytes", 200, { body: bytesBody(Buffer.from([0, 255, 128])) }));
    expect(await textOf("Request")).toMatch(/3 B, not UTF-8, so in base64[\s\S]*AP\+A/);
    const longest = JSON.stringify({ text: "x".repeat(9_000_000) });
    await view.openRun(view.system.addRequest("/longest", 200, { body: textBody(longest) }));
    await view.see(/^Show all: 1 line, 9/, view.part("Request"));
  });

  view.goOn("copy what is needed elsewhere, but no request of which only the beginning is kept", async () => {
    await view.openRun(FAILED);
    expect(await view.copied("Copy as curl")).toContain(`'{"hello":"world"}' \\\n  ${SYSTEM.apis[0]?.url}/orders/7`);
    const event = await view.copied("Copy event");
    expect(JSON.parse(event)).toMatchObject({ rawPath: "/orders/7" });
    expect(await view.copied("for aws lambda invoke")).toContain(
      `invoke --function-name ${SYSTEM.functions[0]?.name} \\`,
    );
    expect(await view.copied("for a test")).toMatch(/^import json\n\nEVENT = /);
    const body = { text: "a", isBase64: false, bytes: 9, isCut: true };
    await view.openRun(view.system.addRequest("/cut", 200, { body }));
    // The keyboard reaches the button, too, which tells why.
    await view.pane.getByRole("button", { name: "Copy as curl" }).press("Enter");
    await view.see("Only a part of it is kept.", view.status);
  });
});

describeConsole("what the console sends again", (view) => {
  const edit = async (id: string) => {
    await view.openRun(id);
    await view.press("Edit and replay");
    await view.see("Repeats", view.pane);
  };

  /** Replays take until the returned function is called. */
  function holdReplays(): () => void {
    const replay = view.system.replay.bind(view.system);
    let release = () => {};
    const isReleased = new Promise<void>((done) => (release = done));
    view.system.replay = async (id) => {
      await isReleased;
      return replay(id);
    };
    return () => {
      view.system.replay = replay;
      release();
    };
  }

  view.goOn("is a run as it was, of each source, or why that failed", async () => {
    await view.openRun(FAILED);
    await view.press("Replay");
    await view.see("replay of", view.pane);
    await view.see("replay", view.rows.first());
    await view.press(FAILED);
    await view.pane.locator(".here").first().waitFor();
    await view.openRun(SCHEDULED);
    await view.press("Replay");
    await view.see("Replayed the schedule");
    const { runId } = await view.system.invoke("OrdersFunction", '{"a":1}');
    await view.openRun(runId);
    await view.press("Replay");
    await view.see("Replayed the invocation");
    expect(view.system.replayed).toEqual([FAILED, SCHEDULED, runId]);
    expect(view.system.invoked).toEqual(['{"a":1}', '{"a":1}']);
    await view.openRun(FAILED);
    view.system.failure = new Error("The emulator has ended.");
    await view.press("Replay");
    await view.see("The emulator has ended.", view.status);
    view.system.failure = undefined;
    view.expectProblems(/50[02]/);
  });

  view.goOn("is replayed once, however long and often the key is pressed", async () => {
    const release = holdReplays();
    await view.openRun(FAILED);
    for (let count = 0; count < 5; count += 1) await view.page.keyboard.down("r");
    await view.page.keyboard.up("r");
    await view.page.keyboard.press("r");
    await view.press("Replay");
    release();
    await view.see("replay of", view.pane);
    await view.see("Replayed the request");
    expect(view.system.replayed).toEqual([FAILED]);
  });

  view.goOn(
    "stays as it is edited: the key replays no run, and neither a search nor a slow replay ends it",
    async () => {
      const release = holdReplays();
      await view.openRun(FAILED);
      await view.press("Replay");
      await view.press("Edit and replay");
      await view.field("Body").fill("edited");
      release();
      await view.see("Replayed the request");
      await view.search("runs").fill("health");
      await view.row("/orders/7").first().waitFor({ state: "detached" });
      await view.search("runs").fill("");
      await view.pane.getByRole("heading", { name: "Send" }).press("r");
      expect(await view.field("Body").inputValue()).toBe("edited");
      await view.sendReplay();
      expect(view.system.replayed).toEqual([FAILED]);
      expect(view.system.sent).toMatchObject([{ body: "edited" }]);
    },
  );

  view.goOn("has the changes of the form", async () => {
    const own = ["content-type: text/plain", "x-twice: 1", "X-Twice: 2", "cookie: a=1"];
    const headers = [["host", "a"] as const, ...own.map((line) => line.split(": ") as [string, string])];
    const id = view.system.addRequest("/orders?a=1", 500, { headers, body: textBody("one") });
    await edit(id);
    expect(await view.field("Headers").inputValue()).toBe(own.join("\n"));
    await view.field("Method").selectOption("PATCH");
    await view.field("Path").fill("/orders?a=2");
    await view.field("Headers").fill("content-type: text/plain\nx-new: b:c\nno header");
    await view.field("Body").fill("two");
    await view.press("Send", view.pane);
    await view.see("Line 3 of the headers is no header");
    await view.field("Headers").fill("content-type: text/plain\nx-new: b:c\nx-twice: 1\nX-Twice: 2");
    await view.sendReplay();
    const changed = { "content-type": "text/plain", "x-new": "b:c", "x-twice": "1, 2" };
    const sent = {
      api: "OrdersAPI",
      method: "PATCH",
      path: "/orders?a=2",
      headers: changed,
      body: "two",
      replayOf: id,
    };
    expect(view.system.sent).toEqual([sent]);
  });

  view.goOn(
    "is what it was but for those: line breaks, bytes, headers beyond ASCII, and the body of any method",
    async () => {
      const resend = async (more: object, change?: string) => {
        await edit(view.system.addRequest("/again", 200, more));
        if (change) await view.field("Body").fill(change);
        await view.sendReplay();
        return view.system.sent.at(-1);
      };
      expect(await resend({ body: textBody("a\r\nb") })).toMatchObject({ body: "a\r\nb" });
      expect(await resend({ body: textBody("a\r\nb") }, "a\nb\nc")).toMatchObject({ body: "a\r\nb\r\nc" });
      const value = "caf\u00e9 \u20ac";
      // Node.js takes a character for a byte.
      const headers = { "x-text": Buffer.from(value).toString("latin1") };
      expect(await resend({ headers: [["x-text", value]] })).toMatchObject({ headers });
      for (const method of ["GET", "HEAD", "DELETE"]) {
        expect(await resend({ method, body: textBody('{"query": 1}') })).toMatchObject({
          method,
          body: '{"query": 1}',
        });
      }
      const bytes = bytesBody(Buffer.from([0, 255]));
      const more = { body: bytes.text, isBase64Encoded: true, replayOf: "bytes" };
      expect(await resend({ id: "bytes", body: bytes })).toMatchObject(more);
    },
  );

  view.goOn("is the edited event of a scheduled run", async () => {
    await view.openRun(SCHEDULED);
    await view.press("Edit and replay");
    const event = view.field("Event, as the function gets it");
    expect(JSON.parse(await event.inputValue())).toMatchObject({ id: SCHEDULED });
    await event.fill('{"id": ');
    await view.press("Invoke");
    await view.see("The event is no JSON");
    await event.fill('{"id": "other"}');
    await view.press("Invoke");
    await view.heading(`invocation ${SYSTEM.functions[0]?.name}`);
    expect(view.system.invoked).toEqual(['{"id": "other"}']);
  });

  view.anew("is a new request, or the schedule; it repeats a run only as long as that is meant", async () => {
    await view.field("Method").selectOption("GET");
    await view.field("Path").fill("/orders?id=1");
    await view.press("Send", view.pane);
    await view.heading("GET /orders?id=1");
    const sent = { method: "GET", path: "/orders?id=1", headers: { "content-type": "application/json" } };
    expect(view.system.sent).toEqual([sent]);
    await view.press("Close");
    await view.press("Schedule");
    await view.press("Fire the schedule");
    await view.see("The scheduled event: sent to the dead-letter queue");
    await view.heading("schedule DailySchedule");

    await edit(FAILED);
    await view.press("Schedule");
    await view.see(/It is tried three times\./, view.pane);
    expect(await view.pane.getByText("Repeats").count()).toBe(0);
    await view.press("Back to the run");
    await view.press("Close");
    await view.press("Request");
    expect(await view.pane.getByText("Repeats").count()).toBe(0);
    await view.press("Send", view.pane);
    await view.heading("POST /orders/7");
    await view.press("Close");
    expect(await view.pane.getByText("Repeats").count()).toBe(0);
    expect(view.system.sent[1]).not.toHaveProperty("replayOf");
  });
});
