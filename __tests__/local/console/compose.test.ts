import { bytesBody, textBody } from "../fake/runs";
import { describeConsole } from "./console-page";

const FAILED = "JKJfMhVbPHcEPqA=";

describeConsole("what the console sends again", (view) => {
  const openRun = async (id: string) => {
    await view.page.goto(`${view.url}/#run=${encodeURIComponent(id)}`);
    await view.pane.getByRole("button", { name: "Replay", exact: true }).waitFor();
  };
  const body = () => view.pane.getByLabel("Body", { exact: true });
  const edit = async (id: string) => {
    await openRun(id);
    await view.press("Edit and replay");
    await body().waitFor();
  };

  /** Replays take until what is returned is called. */
  function holdReplays(): () => void {
    const replay = view.system.replay.bind(view.system);
    let release = () => {};
    const isReleased = new Promise<void>((done) => {
      release = done;
    });
    view.system.replay = async (id) => {
      await isReleased;
      return replay(id);
    };
    return release;
  }

  test("stays as it is edited while the runs are searched", async () => {
    await edit(FAILED);
    await body().fill("edited");
    await view.page.getByRole("searchbox", { name: "Search the runs" }).fill("health");
    await view.row("/orders/7").waitFor({ state: "detached" });
    expect(await body().inputValue()).toBe("edited");
  });

  test("is replayed once, however long and often the key is pressed", async () => {
    const release = holdReplays();
    await openRun(FAILED);
    const posts: string[] = [];
    view.page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
    for (let count = 0; count < 5; count += 1) await view.page.keyboard.down("r");
    await view.page.keyboard.up("r");
    await view.page.keyboard.press("r");
    await view.press("Replay");
    release();
    await view.pane.getByText("replay of").waitFor();
    expect(posts).toHaveLength(1);
  });

  test("is not replayed by the key while a form may say something else", async () => {
    await edit(FAILED);
    await body().fill("edited");
    await view.pane.getByRole("heading", { name: "Send" }).press("r");
    await view.press("Send", view.pane);
    await view.pane.getByText("replay of").waitFor();
    expect(view.system.replayed).toEqual([]);
    expect(view.system.sent).toMatchObject([{ body: "edited" }]);
  });

  test("is still in its form after a slow replay", async () => {
    const release = holdReplays();
    await openRun(FAILED);
    await view.press("Replay");
    await view.press("Edit and replay");
    await body().fill("edited");
    release();
    await view.page.getByText("Replayed the request").waitFor();
    expect(await body().inputValue()).toBe("edited");
  });

  test("has the line breaks that it had", async () => {
    const id = view.system.addRequest("/lines", 200, { body: textBody("a\r\nb") });
    await edit(id);
    await view.press("Send", view.pane);
    await view.pane.getByText("replay of").waitFor();
    await edit(id);
    await body().fill("a\nb\nc");
    await view.press("Send", view.pane);
    await view.pane.getByText("replay of").waitFor();
    expect(view.system.sent.map((sent) => sent.body)).toEqual(["a\r\nb", "a\r\nb\r\nc"]);
  });

  test("has the bytes of its headers", async () => {
    const value = "caf\u00e9 \u20ac";
    await edit(view.system.addRequest("/text", 200, { headers: [["x-text", value]] }));
    expect(await view.pane.getByLabel("Headers").inputValue()).toBe(`x-text: ${value}`);
    await view.press("Send", view.pane);
    await view.pane.getByText("replay of").waitFor();
    // Node.js takes a character for a byte.
    expect(view.system.sent).toMatchObject([{ headers: { "x-text": Buffer.from(value).toString("latin1") } }]);
  });

  test.each(["GET", "HEAD", "DELETE"])("has its body to a %s", async (method) => {
    await edit(view.system.addRequest("/search", 200, { method, body: textBody('{"query": 1}') }));
    expect(await body().inputValue()).toBe('{"query": 1}');
    await view.press("Send", view.pane);
    await view.pane.getByText("replay of").waitFor();
    expect(view.system.sent).toMatchObject([{ method, body: '{"query": 1}' }]);
  });

  test("is bytes in base64, if it was", async () => {
    const bytes = bytesBody(Buffer.from([0, 255]));
    await edit(view.system.addRequest("/bytes", 200, { id: "bytes", body: bytes }));
    expect(await view.pane.getByLabel("The body is bytes in base64").isChecked()).toBe(true);
    await view.press("Send", view.pane);
    await view.pane.getByText("replay of").waitFor();
    expect(view.system.sent).toMatchObject([{ body: bytes.text, isBase64Encoded: true, replayOf: "bytes" }]);
  });

  test("repeats a run only as long as that is meant", async () => {
    await edit(FAILED);
    await view.pane.getByText("Repeats").waitFor();
    await view.press("Schedule");
    await view.pane.getByText("It is tried three times.", { exact: false }).waitFor();
    expect(await view.pane.getByText("Repeats").count()).toBe(0);
    await view.press("Back to the run");
    await view.press("Close");
    await view.press("Request");
    expect(await view.pane.getByText("Repeats").count()).toBe(0);
    await view.press("Send", view.pane);
    await view.page.getByText("The API answered 200").waitFor();
    await view.press("Close");
    expect(await view.pane.getByText("Repeats").count()).toBe(0);
    expect(view.system.sent).toEqual([expect.not.objectContaining({ replayOf: expect.anything() })]);
  });
});
