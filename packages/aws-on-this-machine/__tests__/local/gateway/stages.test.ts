import { EchoApi, INTEGRATION, route, STAGE, send } from "../echo-api";

const PROD = {
  StageName: "prod",
  StageVariables: { table: "orders" },
  AccessLogSettings: { Format: '{"stage":"$context.stage","route":"$context.routeKey","path":"$context.path"}' },
  accessLogGroup: "prod-log",
};
const DEV = { StageName: "dev", DefaultRouteSettings: { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 1 } };

describe("stages with names", () => {
  const echo = new EchoApi();
  afterAll(() => echo.stop());

  test("answer below their names, which are a part of the event's paths but not of the routes", async () => {
    const url = await echo.serve({ stages: [PROD, DEV], routes: [route("POST /pets/{id}")] });
    const event = JSON.parse((await send(url, "/prod/pets/7?a=1")).body);
    expect(event).toMatchObject({
      routeKey: "POST /pets/{id}",
      rawPath: "/prod/pets/7",
      pathParameters: { id: "7" },
      stageVariables: { table: "orders" },
      requestContext: { stage: "prod", http: { path: "/prod/pets/7" } },
    });
    expect(echo.lastLogged()).toEqual({ stage: "prod", route: "POST /pets/{id}", path: "/prod/pets/7" });
    expect(echo.answered.at(-1)?.accessLogGroup).toBe("prod-log");
    const others = ["/dev/pets/7", "/dev/pets/8", "/pets/7", "/$default/pets/7", "/production/pets/7"];
    const statuses: unknown[] = [];
    for (const path of others) statuses.push((await send(url, path)).status);
    expect(statuses).toEqual([200, 429, 404, 404, 404]);
  });

  test("have priority over $default, whose paths begin at the root", async () => {
    const url = await echo.serve({ stages: [STAGE, PROD], routes: [route("POST /"), route("POST /prod/pets")] });
    const seen = async (path: string) => {
      const { status, body } = await send(url, path);
      return status === 200 ? JSON.parse(body).requestContext.stage : status;
    };
    expect([await seen("/"), await seen("/prod"), await seen("/prod/pets")]).toEqual(["$default", "prod", 404]);
  });

  test("are named in the ARN for which the function's policy allows an invocation", async () => {
    const url = await echo.serve({ stages: [PROD, STAGE] }, (arn) => arn.endsWith("abc123/prod/$default"));
    expect([(await send(url, "/prod/x")).status, (await send(url, "/x")).status]).toEqual([200, 500]);
  });
});

describe("payload format 1.0", () => {
  const echo = new EchoApi();
  const integrations = [{ ...INTEGRATION, PayloadFormatVersion: "1.0" }];
  afterAll(() => echo.stop());

  test("gives the function repeated headers and parameters in lists, and null for what is missing", async () => {
    const url = await echo.serve({ integrations, stages: [PROD], routes: [route("GET /pets/{id}")] });
    const headers = { host: "api.example.com", cookie: "a=1; b=2", "x-list": ["one", "two"], "user-agent": "test" };
    const answer = await send(url, "/prod/pets/7?a=1&a=2&b=", headers, undefined, "GET");
    const requestId = answer.headers["apigw-requestid"];
    const passed = {
      Host: "api.example.com",
      cookie: "a=1; b=2",
      "User-Agent": "test",
      "Content-Length": "0",
      "X-Amzn-Trace-Id": expect.stringMatching(/^Root=1-/),
      "X-Forwarded-For": "127.0.0.1",
      "X-Forwarded-Port": new URL(url).port,
      "X-Forwarded-Proto": "http",
    };
    const lists = Object.fromEntries(Object.entries(passed).map(([name, value]) => [name, [value]]));
    const { requestContext, ...event } = JSON.parse(answer.body);
    expect(event).toEqual({
      version: "1.0",
      resource: "/pets/{id}",
      path: "/prod/pets/7",
      httpMethod: "GET",
      headers: { ...passed, "x-list": "two" },
      multiValueHeaders: { ...lists, "x-list": ["one", "two"] },
      queryStringParameters: { a: "2", b: "" },
      multiValueQueryStringParameters: { a: ["1", "2"], b: [""] },
      pathParameters: { id: "7" },
      stageVariables: { table: "orders" },
      body: null,
      isBase64Encoded: false,
    });
    expect(requestContext).toEqual({
      accountId: "123456789012",
      apiId: "abc123",
      domainName: "abc123.execute-api.us-west-2.amazonaws.com",
      domainPrefix: "abc123",
      extendedRequestId: requestId,
      httpMethod: "GET",
      identity: expect.objectContaining({ accessKey: null, sourceIp: "127.0.0.1", userAgent: "test", userArn: null }),
      path: "/prod/pets/7",
      protocol: "HTTP/1.1",
      requestId,
      requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:/),
      requestTimeEpoch: expect.any(Number),
      resourceId: "GET /pets/{id}",
      resourcePath: "/pets/{id}",
      stage: "prod",
    });
  });

  test("has null without parameters, and the body as text or in base64", async () => {
    const url = await echo.serve({ integrations });
    const none = JSON.parse((await send(url, "/", { "content-type": "text/plain" }, Buffer.from("text"))).body);
    const missing = { queryStringParameters: null, multiValueQueryStringParameters: null, stageVariables: null };
    expect(none).toMatchObject({ resource: "$default", pathParameters: null, ...missing, body: "text" });
    const bytes = Buffer.from([0xff]);
    const event = JSON.parse((await send(url, "/", {}, bytes)).body);
    expect(event).toMatchObject({ body: bytes.toString("base64"), isBase64Encoded: true });
  });

  const result = async (value: unknown) => {
    const url = await echo.serve({ integrations });
    return send(url, "/result", { "content-type": "application/json" }, Buffer.from(JSON.stringify(value)));
  };

  test("merges the result's headers with those that have several values", async () => {
    const multiValueHeaders = { "Set-Cookie": ["a=1", "b=2"], "X-One": ["1"] };
    const answer = await result({
      statusCode: 201,
      headers: { "x-one": "1", "X-Two": 2 },
      multiValueHeaders,
      body: "made",
    });
    expect([answer.status, answer.body]).toEqual([201, "made"]);
    expect(answer.headers).toMatchObject({ "set-cookie": ["a=1", "b=2"], "x-one": "1", "x-two": "2" });
  });

  test.each([
    ["no status", { body: "made" }],
    ["no object", "made"],
    ["a body that is no text", { statusCode: 200, body: { a: 1 } }],
    ["a header that cannot be sent", { statusCode: 200, multiValueHeaders: { "x-one": ["a\nb"] } }],
  ])("answers 500 to a result with %s", async (_what, value) => {
    const answer = await result(value);
    expect([answer.status, answer.body]).toEqual([500, '{"message":"Internal Server Error"}']);
  });
});
