import { createServer, type Server } from "node:http";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { GetQueueUrlCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { serveConsole } from "@local/aws-on-this-machine/console/console-server";
import { readArchitecture } from "@local/aws-on-this-machine/diagram/architecture";
import { drawArchitecture } from "@local/aws-on-this-machine/diagram/draw";
import type { LocalSystem } from "@local/aws-on-this-machine/system/local-system";
import type { Change } from "@local/aws-on-this-machine/system/running-system";
import { close, listen, serverUrl } from "@local/command-line/server";
import { type Aws, connectAws } from "@local/terraform/aws";
import { describeInBrowser, launchChromium } from "../../../packages/aws-on-this-machine/__tests__/local/chromium";
import { until } from "../../../packages/aws-on-this-machine/__tests__/local/echo-api";
import { describeE2e } from "../shared";
import { SharedDeployment } from "./shared-deployment";
import { startSystem } from "./start-system";

const TABLE = "RequestDataTable";
const QUEUE = "RequestProcessorDeadLetters";

describeE2e("production, running on this machine", () => {
  let deployment: SharedDeployment;
  let aws: Aws;
  let apiServer: Server;
  let system: LocalSystem;
  let api: string;
  /** Nobody listens there. */
  const NOWHERE = "http://127.0.0.1:1";

  async function start(server: Server, environment: NodeJS.ProcessEnv): Promise<LocalSystem> {
    const stack = deployment.stack("serverless-infrastructure");
    return startSystem({
      endpoint: deployment.endpoint,
      stack,
      environment,
      apiServer: server,
      source: resolve("lambda-src"),
      drawDiagram: () => drawArchitecture(readArchitecture(stack.configuration())),
    });
  }

  beforeAll(async () => {
    deployment = await SharedDeployment.ready();
    aws = connectAws({ endpoint: deployment.endpoint, region: "us-west-2" });
    apiServer = await listen(0, "--port");
    api = serverUrl(apiServer);
    system = await start(apiServer, deployment.environment);
  });
  afterAll(() => system?.stop());

  /** The only item of a request or an event. */
  async function item(id: string): Promise<Record<string, unknown> | undefined> {
    const { Items = [] } = await aws.dynamodb.send(
      new QueryCommand({
        TableName: TABLE,
        KeyConditionExpression: "RequestId = :id",
        ExpressionAttributeValues: { ":id": { S: id } },
      }),
    );
    expect(Items.length).toBeLessThan(2);
    return Items[0] && unmarshall(Items[0]);
  }

  async function bucket(): Promise<string> {
    return (await system.summary()).apis[0]?.archiveBucket ?? "";
  }

  async function archivedLines(): Promise<Record<string, string>[]> {
    await system.archivedLog(1);
    const Bucket = await bucket();
    const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket, Prefix: "requests/" }));
    const texts = await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket, Key }));
        return gunzipSync((await Body?.transformToByteArray()) ?? "").toString();
      }),
    );
    const lines = texts.join("").split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line));
  }

  const json = { "content-type": "application/json" };
  test.each([
    [
      "POST",
      "/orders",
      { headers: json, body: '{"amount": 3, "name": "Žluťoučký"}' },
      { amount: 3, name: "Žluťoučký" },
    ],
    ["PUT", "/orders/7?dry+run=a%20b&tag=1&tag=2", { headers: json, body: "[1, 2]" }, [1, 2]],
    ["GET", "/", {}, {}],
    ["POST", "/bytes", { headers: { "content-type": "image/png" }, body: new Uint8Array([137, 0, 255]) }, "iQD/"],
  ])("%s %s is stored as it was sent", async (method, path, init, body) => {
    const sentAt = Date.now();
    const response = await fetch(api + path, { method, ...init });
    expect(response.status).toBe(200);
    const requestId = response.headers.get("apigw-requestid") ?? "";
    expect(await response.json()).toEqual({
      message: "Request processed successfully",
      requestId,
      timestamp: expect.any(String),
    });
    const stored = await item(requestId);
    const [sentPath = "", query] = path.split("?");
    expect(stored).toMatchObject({
      RequestId: requestId,
      Source: "API Gateway",
      Method: method,
      Path: decodeURIComponent(sentPath),
      SourceIp: "127.0.0.1",
    });
    expect(stored?.QueryString).toBe(query);
    expect(JSON.parse(String(stored?.Body))).toEqual(body);
    expect((await system.items(TABLE, 1))[0]).toEqual(stored);
    const storedAt = Date.parse(String(stored?.Timestamp));
    expect([storedAt >= sentAt, storedAt <= Date.now()]).toEqual([true, true]);
  });

  test("malformed JSON is answered with 400 and not stored", async () => {
    const response = await fetch(`${api}/orders`, { method: "POST", headers: json, body: '{"a": ' });
    expect(response.status).toBe(400);
    const requestId = response.headers.get("apigw-requestid") ?? "";
    expect(await response.json()).toEqual({ error: "BadRequest", message: expect.any(String), requestId });
    expect(await item(requestId)).toBeUndefined();
  });

  test("a request's run has all that is known of it, up to the archived object", async () => {
    const sentAt = Date.now();
    const headers = { ...json, "user-agent": 'a "quoted" agent' };
    const response = await fetch(`${api}/orders?dry=1`, { method: "POST", headers, body: '{"total": 1.50}' });
    const id = response.headers.get("apigw-requestid") ?? "";
    const run = await system.run(id);
    if (!run) throw new Error("It is not kept");
    expect(run).toMatchObject({
      source: "request",
      path: "/orders?dry=1",
      status: 200,
      outcome: "processed",
      attempts: 1,
    });
    expect(run.request?.body).toEqual({ text: '{"total": 1.50}', isBase64: false, bytes: 15, isCut: false });
    expect(JSON.parse(run.event ?? "")).toMatchObject({ requestContext: { requestId: id }, body: '{"total": 1.50}' });
    expect(run.answer).toMatchObject({ status: 200, headers: { "apigw-requestid": id } });
    expect(run.answer?.body.text).toBe(await response.text());
    expect(run.items).toEqual([{ table: TABLE, item: await item(id) }]);
    expect(run.items[0]?.item).toMatchObject({ RequestId: id, Body: '{"total": 1.50}', QueryString: "dry=1" });
    expect(run.calls).toMatchObject([{ service: "dynamodb", operation: "PutItem", resource: TABLE, status: 200 }]);

    const [line, report] = run.invocations[0]?.log ?? [];
    expect(line).toMatchObject({ runId: id, isReport: false, fields: { apiRequestId: id, status: 200, bytes: 15 } });
    expect(report).toMatchObject({ isReport: true, message: expect.stringMatching(/^REPORT RequestId: /) });
    expect(report?.fields).toMatchObject({ type: "platform.report" });
    expect(system.logLines(2).map(({ number }) => number)).toEqual([line?.number, report?.number]);

    expect(JSON.parse(run.accessLog ?? "")).toEqual({
      requestId: id,
      requestTime: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      sourceIp: "127.0.0.1",
      userAgent: 'a "quoted" agent',
      method: "POST",
      routeKey: "$default",
      path: "/orders",
      protocol: "HTTP/1.1",
      status: "200",
      responseLength: response.headers.get("content-length"),
      responseLatency: expect.stringMatching(/^\d+$/),
      functionStatus: "200",
      integrationStatus: "200",
      integrationLatency: expect.stringMatching(/^\d+$/),
      integrationErrorMessage: "-",
      errorMessage: "-",
      errorResponseType: "-",
    });
    const Bucket = await bucket();
    const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket, Key: run.archivedIn }));
    const archived = gunzipSync((await Body?.transformToByteArray()) ?? "").toString();
    expect(archived.split("\n")).toContain(run.accessLog);

    const { times, requests, p50Ms } = system.metrics();
    expect(times.at(-1)).toBeGreaterThan(sentAt - 10_000);
    expect(requests.reduce((sum: number, count) => sum + (count ?? 0), 0)).toBeGreaterThan(0);
    expect(p50Ms.some((milliseconds) => (milliseconds ?? 0) > 0)).toBe(true);
    expect(system.metrics().thresholds).toEqual([
      { series: "serverErrors", alarm: "ApiGateway-5XX-Errors", value: expect.any(Number) },
    ]);
  });

  test("tells of a request while somebody listens", async () => {
    const told: Change[] = [];
    const unsubscribe = system.subscribe((change) => told.push(change));
    const { requestId } = await system.send({ method: "GET", path: "/told" });
    await until(() => told.some(({ type }) => type === "summary"));
    unsubscribe();
    const ofRun = told.flatMap((change) =>
      change.type === "run" && change.run.id === requestId ? change.run.outcome : [],
    );
    expect(ofRun.at(-1)).toBe("processed");
    expect(told.flatMap((change) => (change.type === "log" ? change.line.runId : []))).toEqual([requestId, requestId]);
    const summaries = told.flatMap((change) => (change.type === "summary" ? change.summary : []));
    expect(summaries[0]).toMatchObject({
      name: "serverless-infrastructure",
      queues: [{ name: QUEUE, messages: expect.any(Number), isDeadLetterQueue: true }],
    });
  });

  test("50 requests at once leave 50 answers, items and log lines", async () => {
    const numbers = Array.from({ length: 50 }, (_each, number) => number);
    const responses = await Promise.all(
      numbers.map((number) =>
        fetch(`${api}/burst`, { method: "POST", headers: json, body: JSON.stringify({ number }) }),
      ),
    );
    expect(responses.map(({ status }) => status)).toEqual(numbers.map(() => 200));
    const ids = responses.map(({ headers }) => headers.get("apigw-requestid") ?? "");
    expect(new Set(ids).size).toBe(50);
    const items = await Promise.all(ids.map((id) => item(id)));
    expect(items.map((each) => JSON.parse(String(each?.Body)).number)).toEqual(numbers);
    const logged = (await archivedLines()).filter(({ path }) => path === "/burst").map(({ requestId }) => requestId);
    expect(logged.sort()).toEqual(ids.sort());
  });

  /** Fires the only schedule; returns also the id of its event. */
  async function fire(fired: LocalSystem) {
    const [run, ...others] = await fired.fireSchedule("");
    if (!run || others.length > 0) throw new Error("The schedule has not one function");
    const eventId: string = JSON.parse((await fired.run(run.runId))?.event ?? "").id;
    return { ...run, eventId };
  }

  test("the schedule, fired, leaves its item", async () => {
    const { outcome, eventId } = await fire(system);
    expect(outcome).toBe("processed");
    const stored = await item(eventId);
    expect(stored).toMatchObject({ Source: "CloudWatch Scheduled Event", Method: "SCHEDULED", Path: "/scheduled" });
    expect(JSON.parse(String(stored?.Body))).toEqual({
      version: "0",
      id: eventId,
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: "123456789012",
      time: stored?.Timestamp,
      region: "us-west-2",
      resources: ["arn:aws:events:us-west-2:123456789012:rule/LambdaDailySchedule"],
      detail: {},
    });
  });

  describe("where the table cannot be reached", () => {
    let failing: LocalSystem;
    let failingServer: Server;
    beforeAll(async () => {
      const environment = { ...deployment.environment, AWS_ENDPOINT_URL: NOWHERE };
      failingServer = await listen(0, "--port");
      failing = await start(failingServer, environment);
    });
    afterAll(() => failing?.stop());

    test("a failed schedule is retried twice and then kept in the queue", async () => {
      const { eventId, outcome, error } = await fire(failing);
      expect(outcome).toBe("sent to the dead-letter queue");
      expect(error).toContain("EndpointConnectionError");
      const { QueueUrl } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: "RequestProcessorDeadLetters" }));
      const { Messages = [] } = await aws.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0, MaxNumberOfMessages: 10 }),
      );
      const records = Messages.map(({ Body = "" }) => JSON.parse(Body));
      expect(records.filter(({ requestPayload }) => requestPayload.id === eventId)).toEqual([
        {
          version: "1.0",
          timestamp: expect.any(String),
          requestContext: {
            requestId: expect.any(String),
            functionArn: "arn:aws:lambda:us-west-2:123456789012:function:RequestProcessorFunction:$LATEST",
            condition: "RetriesExhausted",
            approximateInvokeCount: 3,
          },
          requestPayload: expect.objectContaining({ id: eventId }),
          responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
          responsePayload: expect.objectContaining({ errorType: "EndpointConnectionError" }),
        },
      ]);
      expect(await alarms()).toMatchObject({
        "RequestProcessor-Errors": [3, "ALARM"],
        "RequestProcessor-DeadLetters": [expect.any(Number), "ALARM"],
      });
    });

    test("its run has three attempts, and its dead letter can be put back where the table is", async () => {
      const { runId, eventId } = await fire(failing);
      const run = await failing.run(runId);
      if (!run) throw new Error("It is not kept");
      expect(run).toMatchObject({ source: "schedule", outcome: "failed", attempts: 3, isDeadLetter: true, items: [] });
      for (const { log, error } of run.invocations) {
        expect(log.map(({ isReport }) => isReport)).toEqual([false, false, true]);
        expect(error).toMatchObject({ type: "EndpointConnectionError" });
        expect(error?.frames.map(({ file }) => file)).toContain("lambda-src/table.py");
      }
      expect(run.error).toMatch(/^EndpointConnectionError: .+ \(lambda-src\/\w+\.py:\d+\)$/);

      const letters = await system.messages(QUEUE, 100);
      const { id = "", letter } = letters.find((each) => each.letter?.what === `Scheduled Event ${eventId}`) ?? {};
      expect(letter).toMatchObject({
        event: run.event,
        error: expect.stringContaining("RetriesExhausted after 3 attempts"),
      });
      const putBack = await system.putBack(QUEUE, id);
      const runOf = () => system.runs(100).find((each) => each.id === putBack?.runId);
      await until(() => runOf()?.outcome === "processed");
      expect(await system.run(putBack?.runId ?? "")).toMatchObject({
        source: "dead letter",
        attempts: 1,
        event: run.event,
        items: [{ table: TABLE, item: expect.objectContaining({ RequestId: eventId }) }],
      });
      expect((await system.messages(QUEUE, 100)).map((each) => each.id)).not.toContain(id);
      expect(await system.putBack(QUEUE, id)).toBeUndefined();

      expect(await failing.purge(QUEUE)).toBe(letters.length - 1);
      expect((await system.summary()).queues).toMatchObject([{ name: QUEUE, messages: 0 }]);
    });

    test("5xx answers are counted against the deployed alarms", async () => {
      const url = serverUrl(failingServer);
      const responses = await Promise.all(Array.from({ length: 3 }, () => fetch(url, { method: "POST" })));
      expect(responses.map(({ status }) => status)).toEqual([503, 503, 503]);
      const run = await failing.run(responses[0]?.headers.get("apigw-requestid") ?? "");
      expect(run).toMatchObject({ outcome: "failed", items: [] });
      expect(run?.error).toMatch(/^EndpointConnectionError \(lambda-src\/table\.py:\d+\)$/);
      expect(await alarms()).toMatchObject({
        "ApiGateway-5XX-Errors": [3, "OK"],
        "ApiGateway-5XX-Rate": [100, "OK"],
        "RequestProcessor-Throttles": [0, "OK"],
        "RequestTable-Throttles": [undefined, "not counted here"],
      });
    });

    async function alarms(): Promise<Record<string, [number | undefined, string]>> {
      const summary = await failing.summary();
      return Object.fromEntries(summary.alarms.map(({ name, value, state }) => [name, [value, state]]));
    }
  });

  describeInBrowser("in a real browser", () => {
    test("a page of another origin posts JSON from a real browser, and the console shows and repeats the request", async () => {
      const browser = await launchChromium();
      const pageServer = createServer((_request, response) =>
        response.end("<!doctype html><title>Other origin</title>"),
      );
      await new Promise<void>((done) => pageServer.listen(0, "127.0.0.1", done));
      const consoleServer = await listen(0, "--console-port");
      serveConsole(consoleServer, system);
      try {
        const page = await browser.newPage();
        await page.goto(serverUrl(pageServer));
        const answer = await page.evaluate(async (url) => {
          const init = {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: '{"from": "a browser"}',
          };
          const response = await fetch(`${url}/from-a-browser`, init);
          return { status: response.status, body: (await response.json()) as { requestId: string } };
        }, api);
        expect(answer.status).toBe(200);
        const stored = await item(answer.body.requestId);
        expect(JSON.parse(String(stored?.Body))).toEqual({ from: "a browser" });

        page.setDefaultTimeout(60_000);
        await page.goto(`${serverUrl(consoleServer)}/#run=${answer.body.requestId}`);
        await page.locator("#runs .row[aria-selected=true]", { hasText: "POST" }).waitFor();
        const pane = page.locator(".pane");
        await pane.getByText("in the bucket", { exact: true }).waitFor();
        const details = await pane.innerText();
        expect(details).toMatch(/Stored item[\s\S]*RequestId\s+.*=\s[\s\S]*"from": "a browser"/);
        expect(details).toMatch(/Function log[\s\S]*REPORT\s+Duration: [\d.]+ ms/);
        await pane.getByRole("button", { name: "Replay", exact: true }).click();
        await pane.getByText("replay of").waitFor();
        expect(system.runs(1)).toMatchObject([
          { path: "/from-a-browser", status: 200, replayOf: answer.body.requestId },
        ]);
        await page.getByText("Architecture").click();
        // Every part of the system is found in the drawing.
        await page.locator(".diagram .node[role=link]").nth(8).waitFor();
        expect(await page.locator(".part-card").count()).toBe(6);

        const deployed = deployment.stack("serverless-infrastructure").configuration();
        const drawing = await drawArchitecture(readArchitecture(deployed));
        expect(await (await fetch(`${serverUrl(consoleServer)}/api/diagram`)).text()).toBe(drawing);
      } finally {
        await browser.close();
        await close(consoleServer);
        await close(pageServer);
      }
    });
  });
});
