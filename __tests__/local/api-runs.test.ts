import { readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { rawRequest, repeatedRequest } from "@local/aws-on-this-machine/system/http-client";
import { describeWithPython, send, until } from "../../packages/aws-on-this-machine/__tests__/local/echo-api";
import { SmallSystem } from "../../packages/aws-on-this-machine/__tests__/local/runs/small-system";

/** Says what it gets, and fails as the path asks. */
const ECHO = `
import json, logging, os, sys, threading, time
print("loaded")
def handler(event, context):
    path = event["rawPath"]
    print(json.dumps({"level": "WARN", "message": "handles " + path}))
    if path.startswith("/sleep"):
        time.sleep(0.3)
        print("slept " + path)
    if path == "/raises":
        raise ValueError("no " + event["body"])
    if path == "/logs":
        try:
            {}["key"]
        except KeyError:
            logging.getLogger().exception("caught")
            return {"statusCode": 500, "body": "{}"}
    if path == "/refuses":
        return {"statusCode": 409, "body": json.dumps({"error": "Conflict", "message": "is there already"})}
    return {"statusCode": 200, "cookies": ["a=1", "b=2"], "body": event.get("body", "none")}
`;

/** This project's own function. */
const OWN_CODE = Object.fromEntries(
  readdirSync("lambda-src")
    .filter((name) => name.endsWith(".py"))
    .map((name) => [name, readFileSync(join("lambda-src", name), "utf8")]),
);

describeWithPython("the runs of an API's requests", () => {
  afterEach(() => SmallSystem.stopAll());

  async function serve() {
    const system = await SmallSystem.start(ECHO);
    return { system, url: await system.serve() };
  }

  test("have what the client sent and got, the event, the function's result, its log and all times", async () => {
    const { system, url } = await serve();
    const headers = { "X-Twice": ["one", "two"], "Content-Type": "text/plain" };
    const answer = await send(url, "/caf%C3%A9?a=1&a=2", headers, Buffer.from("žluť"));
    const run = await system.run(answer.headers["apigw-requestid"] as string);
    expect(run).toEqual({
      id: answer.headers["apigw-requestid"],
      source: "request",
      time: expect.any(Number),
      method: "POST",
      path: "/café?a=1&a=2",
      status: 200,
      outcome: "processed",
      milliseconds: expect.any(Number),
      attempts: 1,
      isColdStart: true,
      error: undefined,
      replayOf: undefined,
      request: {
        method: "POST",
        target: "/caf%C3%A9?a=1&a=2",
        headers: expect.arrayContaining([
          ["X-Twice", "one"],
          ["X-Twice", "two"],
          ["Content-Type", "text/plain"],
        ]),
        body: { text: "žluť", isBase64: false, bytes: 6, isCut: false },
      },
      event: expect.stringContaining('"rawPath":"/café"'),
      answer: {
        status: 200,
        headers: expect.objectContaining({ "set-cookie": "a=1, b=2", "content-length": "6" }),
        body: { text: "žluť", isBase64: false, bytes: 6, isCut: false },
      },
      invocations: [expect.any(Object)],
      accessLog: expect.stringContaining('"status":"200"'),
      archivedIn: undefined,
      functionName: "small",
      calls: undefined,
      items: [],
      lookupError: undefined,
      isDeadLetter: false,
      isCut: false,
    });
    const [invocation] = run.invocations;
    expect(invocation).toMatchObject({
      memoryMb: 256,
      result: expect.stringContaining('"statusCode"'),
      error: undefined,
    });
    expect(invocation?.log.map(({ message }) => message)).toEqual([
      "loaded",
      "handles /café",
      expect.stringMatching(/^REPORT RequestId: .*\tInit Duration: \d+\.\d\d ms$/),
    ]);
    expect(invocation?.log.map(({ level, isReport }) => [level, isReport])).toEqual([
      ["INFO", false],
      ["WARN", false],
      ["INFO", true],
    ]);
    for (const line of invocation?.log ?? []) {
      expect([line.runId, line.requestId]).toEqual([run.id, invocation?.requestId]);
    }
    const { waitMs = -1, initMs = 0, durationMs = 0, usedMemoryMb = 0 } = invocation ?? {};
    expect([waitMs >= 0, initMs > 0, durationMs > 0, usedMemoryMb > 1]).toEqual([true, true, true, true]);
    expect(run.milliseconds).toBeGreaterThan(waitMs + initMs + durationMs - 1);
    // The same lines, of the same run, in the log of all.
    expect(system.log.latest(10)).toEqual(invocation?.log);
  });

  test("have no start where a process was there, and none of its lines", async () => {
    const system = await SmallSystem.start(ECHO);
    await system.live.warmUp();
    await send(await system.serve(), "/warm");
    const run = await system.run();
    expect(run.isColdStart).toBe(false);
    expect(run.invocations[0]).toMatchObject({ initMs: undefined });
    expect(run.invocations[0]?.log.map(({ message }) => message)).toEqual([
      "handles /warm",
      expect.not.stringContaining("Init Duration"),
    ]);
    expect(system.log.latest(10)[0]).toMatchObject({ message: "loaded", runId: undefined, requestId: undefined });
  });

  test("have each their own lines, where several run at once", async () => {
    const { system, url } = await serve();
    const paths = Array.from({ length: 5 }, (_, index) => `/sleep/${index}`);
    await Promise.all(paths.map((path) => send(url, path)));
    for (const { id, path } of system.runs.latest(10)) {
      const messages = (await system.run(id)).invocations[0]?.log.map(({ message }) => message) ?? [];
      expect(messages.filter((message) => message.includes("/sleep"))).toEqual([`handles ${path}`, `slept ${path}`]);
      const ofRun = system.log.latest(100).filter(({ runId }) => runId === id);
      expect(ofRun.map(({ message }) => message)).toEqual(messages);
    }
  });

  test("say where in the code the function failed, with the code around it", async () => {
    const { system, url } = await serve();
    await send(url, "/raises", {}, Buffer.from("body"), "POST");
    const line = ECHO.split("\n").findIndex((each) => each.includes("raise ValueError")) + 1;
    const run = await system.run();
    expect(run).toMatchObject({ status: 500, outcome: "failed" });
    expect(run.error).toMatch(new RegExp(`^ValueError: no .* \\(src/index\\.py:${line}\\)$`));
    expect(system.told.at(-1)?.error).toBe(run.error);
    const [frame] = run.invocations[0]?.error?.frames ?? [];
    expect(frame).toMatchObject({ file: "src/index.py", line, function: "handler" });
    expect(frame?.source?.lines[line - (frame?.source?.firstLine ?? 0)]).toContain("raise ValueError");

    // It is the code as it was, as long as that is there.
    await system.replace("def handler(event, context):\n    return 'new'\n");
    expect((await system.run()).invocations[0]?.error?.frames[0]).toEqual(frame);
    rmSync(system.version("first"), { recursive: true });
    const [later] = (await system.run()).invocations[0]?.error?.frames ?? [];
    expect(later).toMatchObject({ file: "src/index.py", source: undefined });
  });

  test("have the error that the function logs, where it answers 500 by itself", async () => {
    const { system, url } = await serve();
    await send(url, "/logs");
    const line = ECHO.split("\n").findIndex((each) => each.includes('{}["key"]')) + 1;
    const run = await system.run();
    expect([run.outcome, run.error]).toEqual(["failed", `KeyError: 'key' (src/index.py:${line})`]);
    expect(run.invocations[0]?.error).toMatchObject({ type: "KeyError", frames: [{ line, function: "handler" }] });
  });

  test("have the error of this project's own function, which answers 500 by itself", async () => {
    const Variables = { DYNAMODB_TABLE_NAME: "requests", AWS_DEFAULT_REGION: "us-west-2", HOME: "/nowhere" };
    const configuration = { Handler: "index.lambda_handler", Environment: { Variables } };
    const system = await SmallSystem.start(OWN_CODE, { configuration, hasLibraries: true });
    const answer = await send(
      await system.serve(),
      "/orders",
      { "content-type": "application/json" },
      Buffer.from("{}"),
    );
    expect(answer.status).toBe(500);
    const run = await system.run();
    expect(run.error).toMatch(/^NoCredentialsError \(src\/\w+\.py:\d+\)$/);
    const { frames = [], type } = run.invocations[0]?.error ?? {};
    expect(type).toBe("NoCredentialsError");
    expect(frames[0]).toMatchObject({ file: "src/index.py", function: "_answer_request" });
    expect(frames.map(({ file }) => file)).toEqual(frames.map(() => expect.stringMatching(/^src\/\w+\.py$/)));
    for (const { source, line, file } of frames) {
      const code = OWN_CODE[file.replace("src/", "")]?.split("\n") ?? [];
      expect(source?.lines[line - (source?.firstLine ?? 0)]).toBe(code[line - 1]);
    }
  });

  test("of code that cannot be loaded say where it is", async () => {
    const system = await SmallSystem.start({ "index.py": "import helper\n", "helper.py": "\n1 / 0\n" });
    await send(await system.serve(), "/");
    const run = await system.run();
    expect(run).toMatchObject({ outcome: "failed", attempts: 1, isColdStart: true });
    expect(run.error).toBe("ZeroDivisionError: division by zero (src/helper.py:2)");
    expect(system.summary()).toMatchObject({
      name: "small",
      source: "src",
      loadFailure: { message: "ZeroDivisionError: division by zero", location: "src/helper.py:2" },
    });
  });

  test("that no function answers have no attempt", async () => {
    const { system, url } = await serve();
    await send(url, "/", {}, Buffer.alloc(10 * 1024 * 1024 + 1));
    const run = await system.run();
    expect(run).toMatchObject({ status: 413, outcome: "refused", attempts: 0, event: undefined, invocations: [] });
    expect(run.request?.body).toEqual({ text: "", isBase64: false, bytes: 10 * 1024 * 1024 + 1, isCut: true });

    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write("NONSENSE\r\n\r\n");
    await text(socket);
    await until(() => system.runs.latest(5).length === 2);
    expect(await system.run()).toMatchObject({ status: 400, method: "-", request: undefined, error: "Bad Request" });
  });

  test("of bytes that are no text have them in base64, of HEAD no body, and of a refusal its reason", async () => {
    const { system, url } = await serve();
    await send(url, "/", { "content-type": "image/png" }, Buffer.from([137, 0, 255]));
    expect((await system.run()).request?.body).toEqual({ text: "iQD/", isBase64: true, bytes: 3, isCut: false });
    await send(url, "/", {}, undefined, "HEAD");
    expect((await system.run()).answer?.body).toMatchObject({ text: "", bytes: 0 });
    await send(url, "/refuses");
    expect(await system.run()).toMatchObject({ status: 409, outcome: "refused", error: "Conflict: is there already" });
  });

  test("that the API itself fails are told, and answered 500", async () => {
    const { system, url } = await serve();
    system.functionRuns.invokeOnce = () => Promise.reject(new Error("a bug"));
    expect((await send(url, "/")).status).toBe(500);
    expect(await system.run()).toMatchObject({ status: 500, outcome: "failed", error: "The API failed: a bug" });
    expect(system.told.at(-1)).toMatchObject({ status: 500, outcome: "failed" });
  });

  test("of a test request have its bytes, and no header of a connection that it names", async () => {
    const { system, url } = await serve();
    const headers = { host: "api.example.com", "content-length": "99", Connection: "upgrade", "x-a": "b" };
    const test = { method: "PATCH", path: "//a/../ž?q=é#no", headers, body: "iQD/", isBase64Encoded: true };
    const { status, requestId } = await system.client.send(url, rawRequest(test));
    expect(status).toBe(200);
    expect((await system.run(requestId)).request).toEqual({
      method: "PATCH",
      target: "//a/../%C5%BE?q=%C3%A9",
      headers: [
        ["host", "api.example.com"],
        ["x-a", "b"],
        ["content-length", "3"],
        ["Connection", "close"],
      ],
      body: { text: "iQD/", isBase64: true, bytes: 3, isCut: false },
    });
  });

  test("are done again with the same target, headers and bytes", async () => {
    const { system, url } = await serve();
    const headers = {
      Host: "api.example.com",
      "X-Twice": ["one", "two"],
      "Content-Type": "image/png",
      "X-Latin": Buffer.from("ž").toString("latin1"),
      Connection: "close",
    };
    await send(url, "/a%2Fb//c?x=%zz&y", headers, Buffer.from([1, 255, 0]), "PUT");
    const [{ id } = { id: "" }] = system.runs.latest(1);
    const record = system.runs.find(id);
    const repeated = record && repeatedRequest(record);
    if (!repeated) throw new Error("It cannot be repeated");
    const { status, requestId } = await system.client.send(url, repeated, id);
    expect(status).toBe(200);
    const ofReplay = system.told.filter((run) => run.id === requestId);
    expect(ofReplay.map(({ outcome, replayOf }) => [outcome, replayOf])).toContainEqual(["running", id]);
    expect(new Set(ofReplay.map(({ replayOf }) => replayOf))).toEqual(new Set([id]));
    const [first, second] = [await system.run(id), await system.run(requestId)];
    expect(second.request).toMatchObject({ method: "PUT", target: "/a%2Fb//c?x=%zz&y", body: first.request?.body });
    const sent = ({ request }: typeof first) =>
      request?.headers.filter(
        ([name]) => !["connection", "host", "content-length", "transfer-encoding"].includes(name.toLowerCase()),
      );
    expect(sent(second)).toEqual(sent(first));
    const event = ({ event }: typeof first) => {
      const { requestContext: _, headers, ...rest } = JSON.parse(event ?? "{}");
      return { ...rest, headers: { ...headers, host: "", "x-amzn-trace-id": "" } };
    };
    expect(event(second)).toEqual(event(first));
  });
});
