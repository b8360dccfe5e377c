import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { close, serverUrl } from "@local/command-line/server";
import { InvokeServer } from "../../../system/invoke-server";
import { describeWithPython } from "../echo-api";
import { QUEUE_ARN, SmallSystem } from "../runs/small-system";

const ARN = "arn:aws:lambda:us-west-2:123456789012:function:small";

/** Prints, and fails if the event says so. */
const PRINTS = `
def handler(event, context):
    print("x" * event.get("printed", 0) + " the end")
    if event.get("fails"):
        raise ValueError("no")
    return event
`;

describeWithPython("the server for the emulator's invocations", () => {
  let emulator: Server;
  let calls: { readonly method?: string; readonly path?: string; readonly body: string }[];
  let system: SmallSystem;
  let server: InvokeServer;
  let url: string;
  let changed: string[];

  beforeEach(async () => {
    [calls, changed] = [[], []];
    emulator = createServer(async (request, response) => {
      calls.push({ method: request.method, path: request.url, body: await text(request) });
      response.end();
    });
    await new Promise<void>((done) => emulator.listen(0, "127.0.0.1", done));
    system = await SmallSystem.start(PRINTS);
    server = await InvokeServer.start({
      endpoint: serverUrl(emulator),
      functionRuns: system.functionRuns,
      findFunction: (arn, version) =>
        arn.startsWith(`${ARN}:`) ? system.fn.qualified(arn.split(":")[7], version) : undefined,
      onAliasChange: async (arn) => void changed.push(arn),
    });
    url = JSON.parse(calls[0]?.body ?? "{}").url;
  });
  afterEach(async () => {
    await server?.stop();
    await close(emulator);
    await SmallSystem.stopAll();
  });

  async function invoke(event: object | string, query: Record<string, string> = {}) {
    const all = { arn: ARN, version: "$LATEST", alias: "", type: "RequestResponse", service: "", source: "", ...query };
    const body = typeof event === "string" ? event : JSON.stringify(event);
    const response = await fetch(`${url}?${new URLSearchParams(all)}`, { method: "POST", body });
    return { status: response.status, headers: response.headers, body: await response.text() };
  }

  test("tells the emulator its secret address, and takes that back at the end", async () => {
    expect(calls).toEqual([{ method: "PUT", path: "/_emulator/functions", body: expect.stringContaining('{"url":') }]);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\da-f-]{36}$/);
    expect((await fetch(`${new URL(url).origin}/guess?arn=${ARN}`, { method: "POST", body: "{}" })).status).toBe(404);
    expect((await fetch(`${new URL(url).origin}//`, { method: "POST", body: "{}" })).status).toBe(404);
    await server.stop();
    expect(calls.at(-1)).toMatchObject({ method: "DELETE", path: "/_emulator/functions" });
    await expect(fetch(url)).rejects.toThrow();
    expect(system.runs.latest(5)).toEqual([]);
  });

  test("answers with the result, the version and the end of the log", async () => {
    const aliases = [{ name: "live", version: "6", weights: { "7": 0.5 } }];
    system.fn.resource = { ...system.fn.resource, aliases };
    const event = '{"printed": 5000, "n": 12345678901234567890}';
    const { status, headers, body } = await invoke(event, { version: "7", alias: "live" });
    expect([status, body]).toEqual([200, event]);
    expect(headers.get("x-amz-executed-version")).toBe("7");
    expect(headers.get("x-amz-function-error")).toBeNull();
    const log = Buffer.from(headers.get("x-amz-log-result") ?? "", "base64");
    expect(log).toHaveLength(4096);
    expect(log.toString()).toMatch(/^x+ the end\n\{.*"type":"platform.report".*\}\n$/);
    expect(system.runs.latest(5)).toMatchObject([
      { source: "invocation", path: "small", outcome: "processed", version: "7" },
    ]);
  });

  test("passes on that an alias has changed, and answers after that", async () => {
    expect(await invoke({}, { type: "AliasChange" })).toMatchObject({ status: 204, body: "" });
    expect(changed).toEqual([ARN]);
    expect(system.runs.latest(5)).toEqual([]);
  });

  test("answers with the function's error, once", async () => {
    const { status, headers, body } = await invoke({ fails: true });
    expect([status, headers.get("x-amz-function-error")]).toEqual([200, "Unhandled"]);
    expect(JSON.parse(body)).toMatchObject({ errorType: "ValueError", errorMessage: "no" });
    expect(Buffer.from(headers.get("x-amz-log-result") ?? "", "base64").toString()).toContain("the end");
    expect(system.runs.latest(5)).toMatchObject([{ outcome: "failed", attempts: 1 }]);
  });

  test("gives an empty event as Lambda does", async () => {
    expect((await invoke("")).body).toBe("{}");
  });

  test("accepts an event at once, and handles it asynchronously", async () => {
    system.fn.resource = {
      ...system.fn.resource,
      invokeConfig: { ...system.fn.resource.invokeConfig, MaximumRetryAttempts: 0 },
    };
    const { status, body } = await invoke({ fails: true }, { type: "Event" });
    expect([status, body]).toEqual([202, ""]);
    expect(system.runs.latest(1)).toMatchObject([{ source: "invocation", outcome: "running" }]);
    await system.functionRuns.settled();
    expect(system.runs.latest(1)).toMatchObject([{ outcome: "failed", attempts: 1, isDeadLetter: true }]);
    expect(system.letters.map(({ arn }) => arn)).toEqual([QUEUE_ARN]);
  });

  test("runs nothing in a dry run", async () => {
    expect(await invoke({}, { type: "DryRun" })).toMatchObject({ status: 204, body: "" });
    expect(system.runs.latest(5)).toEqual([]);
  });

  test.each([
    ["events.amazonaws.com", "arn:aws:events:us-west-2:123456789012:rule/orders", "event", "orders"],
    ["events.amazonaws.com", "arn:aws:events:us-west-2:123456789012:rule/bus/orders", "event", "orders"],
    ["apigateway.amazonaws.com", "", "service", "apigateway.amazonaws.com"],
    ["states.amazonaws.com", "", "service", "states.amazonaws.com"],
    ["firehose.amazonaws.com", "arn:aws:firehose:us-west-2:123456789012:deliverystream/orders", "service", "orders"],
  ])("names the source of an event of %s with the ARN '%s'", async (service, source, kind, path) => {
    await invoke({}, { type: "Event", service, source });
    await system.functionRuns.settled();
    expect(system.runs.latest(5)).toMatchObject([{ source: kind, path, outcome: "processed", method: "" }]);
  });

  test("names a log group as the source", async () => {
    const source = "arn:aws:logs:us-west-2:123456789012:log-group:/app/api:*";
    await invoke({}, { type: "Event", service: "logs.amazonaws.com", source });
    await system.functionRuns.settled();
    const error = "The function's policy does not let api invoke it";
    expect(system.runs.latest(5)).toMatchObject([{ source: "service", path: "api", error }]);
  });

  test("names Step Functions as the source, and waits for the result", async () => {
    const { status, body } = await invoke({ n: 1 }, { service: "states.amazonaws.com" });
    expect([status, body]).toEqual([200, '{"n": 1}']);
    expect(system.runs.latest(5)).toMatchObject([{ source: "service", path: "states.amazonaws.com" }]);
  });

  test("refuses the events of a topic that the function's policy does not name", async () => {
    const source = "arn:aws:sns:us-west-2:123456789012:prices";
    const event = { type: "Event", service: "sns.amazonaws.com", source };
    expect((await invoke({}, event)).status).toBe(202);
    await system.functionRuns.settled();
    const error = "The function's policy does not let prices invoke it";
    expect(system.runs.latest(5)).toMatchObject([
      { source: "topic", path: "prices", outcome: "failed", attempts: 0, error, isDeadLetter: false },
    ]);
    const Condition = { ArnLike: { "AWS:SourceArn": source } };
    const Action = "lambda:InvokeFunction";
    const statement = { Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action, Condition };
    system.fn.resource = { ...system.fn.resource, policy: JSON.stringify({ Statement: [statement] }) };
    await invoke({}, event);
    await invoke({}, { ...event, source: source.replace("prices", "others") });
    await system.functionRuns.settled();
    expect(system.runs.latest(2).map(({ path, outcome }) => [path, outcome])).toEqual([
      ["others", "failed"],
      ["prices", "processed"],
    ]);
  });

  test.each<[string, Record<string, string>, string, number, string, string]>([
    [
      "an unknown function",
      { arn: `${ARN}s` },
      "{}",
      404,
      "ResourceNotFoundException",
      `${ARN}s does not run on this machine.`,
    ],
    ["an unknown function, called by an event", { arn: "", type: "Event" }, "{}", 404, "ResourceNotFoundException", ""],
    [
      "an event of more than 6 MB",
      {},
      JSON.stringify("x".repeat(6 * 1024 * 1024)),
      413,
      "RequestTooLargeException",
      "",
    ],
  ])("refuses %s as Lambda does", async (_what, query, event, status, type, message) => {
    const { headers, body, ...refused } = await invoke(event, query);
    expect([refused.status, headers.get("x-amzn-errortype")]).toEqual([status, type]);
    expect(JSON.parse(body)).toEqual({ Type: "User", message: expect.stringContaining(message) });
  });

  test("refuses an event of a function without concurrency, which is no attempt", async () => {
    const { configuration } = system.live.runtime;
    const codeFolder = system.version("first");
    await system.live.runtime.replace({ configuration, codeFolder, source: "src", reservedConcurrency: 0 });
    const { status, headers, body } = await invoke({});
    expect([status, headers.get("x-amzn-errortype")]).toEqual([429, "TooManyRequestsException"]);
    expect(JSON.parse(body).message).toBe("Rate Exceeded.");
    expect(system.runs.latest(5)).toMatchObject([{ outcome: "refused", attempts: 0, error: "Rate Exceeded." }]);
  });

  test("serves nothing of an emulator that does not know it, and ends as well", async () => {
    await close(emulator);
    const { functionRuns } = system;
    const endpoint = `${new URL(url).origin}/gone`;
    const other = await InvokeServer.start({
      endpoint,
      functionRuns,
      findFunction: () => undefined,
      onAliasChange: async () => {},
    });
    await other.stop();
  });
});
