import { DEPLOYED, EchoApi, INTEGRATION, route, STAGE, send } from "./echo-api";

describe("the HTTP gateway, with a function that echoes", () => {
  const echo = new EchoApi();
  let url: string;
  beforeAll(async () => {
    url = await echo.serve();
  });
  afterAll(() => echo.stop());

  test("gives the function the event of payload format 2.0", async () => {
    const sentAt = Date.now();
    const answer = await send(
      url,
      "/caf%C3%A9/a%2Fb?a=1&b=x+y&a=2&empty=",
      {
        Host: "api.example.com",
        Cookie: ["session=1; theme=dark", "last=2"],
        "X-Repeated": ["one", "two"],
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "test",
        "X-Forwarded-For": "203.0.113.9",
        Connection: "close",
      },
      Buffer.from('{"ž": 1}'),
    );
    expect(answer.status).toBe(200);
    const requestId = answer.headers["apigw-requestid"];
    expect(requestId).toMatch(/^[\w-]{15}=$/);
    const event = JSON.parse(answer.body);
    const port = new URL(url).port;
    expect(event).toEqual({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/café/a/b",
      rawQueryString: "a=1&b=x+y&a=2&empty=",
      cookies: ["session=1", "theme=dark", "last=2"],
      headers: {
        host: "api.example.com",
        "x-repeated": "one,two",
        "content-type": "application/json; charset=utf-8",
        "content-length": "9",
        "user-agent": "test",
        "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        "x-forwarded-for": "203.0.113.9, 127.0.0.1",
        "x-forwarded-port": port,
        "x-forwarded-proto": "http",
      },
      queryStringParameters: { a: "1,2", b: "x y", empty: "" },
      requestContext: {
        accountId: "123456789012",
        apiId: "abc123",
        domainName: "abc123.execute-api.us-west-2.amazonaws.com",
        domainPrefix: "abc123",
        http: { method: "POST", path: "/café/a/b", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
        requestId,
        routeKey: "$default",
        stage: "$default",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"ž": 1}',
      isBase64Encoded: false,
    });
    const { timeEpoch } = event.requestContext;
    expect([timeEpoch >= sentAt, timeEpoch <= Date.now()]).toEqual([true, true]);
  });

  test("leaves out what a request does not have", async () => {
    const event = JSON.parse((await send(url, "/", {}, undefined, "GET")).body);
    for (const name of ["body", "cookies", "queryStringParameters", "pathParameters", "stageVariables"]) {
      expect(event).not.toHaveProperty(name);
    }
    // It tells the body's length where the client does not.
    const headers = expect.objectContaining({ "content-length": "0" });
    expect(event).toMatchObject({ rawQueryString: "", isBase64Encoded: false, headers });
  });

  test("names the API's domain without a port, and reads it once for all requests", async () => {
    let reads = 0;
    const elsewhere = Object.defineProperty({ ...DEPLOYED.api }, "ApiEndpoint", {
      get: () => {
        reads += 1;
        return "http://abc123.execute-api.localhost:4566";
      },
    });
    const its = await echo.serve({ api: elsewhere });
    const domain = { domainName: "abc123.execute-api.localhost", domainPrefix: "abc123" };
    for (const { body } of [await send(its, "/"), await send(its, "/")]) {
      expect(JSON.parse(body).requestContext).toMatchObject(domain);
    }
    expect(reads).toBe(1);
  });

  test.each([
    ["text/csv", false],
    ["application/json", false],
    ["application/xml", false],
    ["application/javascript; charset=utf-8", false],
    ["application/json-patch+json", true],
    ["application/x-www-form-urlencoded", true],
    ["image/png", true],
    [undefined, true],
  ])("a body of type %s is in base64: %s", async (type, isBase64Encoded) => {
    const answer = await send(url, "/", type ? { "content-type": type } : {}, Buffer.from("a=1"));
    const body = isBase64Encoded ? Buffer.from("a=1").toString("base64") : "a=1";
    expect(JSON.parse(answer.body)).toMatchObject({ body, isBase64Encoded });
  });

  test("alters no byte of a body that claims to be text and is not", async () => {
    const bytes = Buffer.from([0x22, 0xff, 0xe9, 0x22]);
    const event = JSON.parse((await send(url, "/", { "content-type": "application/json" }, bytes)).body);
    expect(event).toMatchObject({ body: bytes.toString("base64"), isBase64Encoded: true });
  });

  test.each([
    ["http://api.example.com/orders?a=1", "/orders", "a=1"],
    ["http://api.example.com", "/", ""],
  ])("finds the path in the whole URI %s", async (uri, rawPath, rawQueryString) => {
    const event = JSON.parse((await send(url, uri)).body);
    expect(event).toMatchObject({ rawPath, rawQueryString });
  });

  test("keeps a caller's trace", async () => {
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    const event = JSON.parse((await send(url, "/", { "x-amzn-trace-id": trace })).body);
    expect(event.headers["x-amzn-trace-id"]).toBe(trace);
  });

  const result = async (value: unknown, its = url, headers: Record<string, string> = {}) =>
    send(its, "/result", { "content-type": "application/json", ...headers }, Buffer.from(JSON.stringify(value)));

  test("answers with the function's result, but for what the connection needs", async () => {
    const answer = await result({
      statusCode: 201,
      headers: { "X-Number": 5, Connection: "close", "Content-Length": "99" },
      cookies: ["a=1; Path=/", "b=2"],
      body: "b2s=",
      isBase64Encoded: true,
    });
    expect([answer.status, answer.body]).toEqual([201, "ok"]);
    expect(answer.headers).toMatchObject({
      "x-number": "5",
      "set-cookie": ["a=1; Path=/", "b=2"],
      "content-length": "2",
      connection: "keep-alive",
    });
  });

  test("answers 500 to a result that is malformed, or no JSON", async () => {
    const answer = await result({ statusCode: "many" });
    expect([answer.status, answer.body]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect((await send(url, "/nan")).status).toBe(500);
  });

  test("answers 500 without details when the function fails, and goes on", async () => {
    const answer = await send(url, "/fails");
    expect([answer.status, answer.body]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(answer.headers["apigw-requestid"]).toMatch(/=$/);
    expect(echo.lastLogged()).toEqual({
      id: answer.headers["apigw-requestid"],
      status: "500",
      path: "/fails",
      error: "ValueError: secret details",
    });
    expect((await send(url, "/")).status).toBe(200);
  });

  test("answers 503 when the integration's time is over, unless a debugger may hold the function", async () => {
    const impatient = await echo.serve({ integrations: [{ ...INTEGRATION, TimeoutInMillis: 50 }] });
    const answer = await send(impatient, "/late");
    expect([answer.status, answer.body]).toEqual([503, '{"message":"Service Unavailable"}']);
    const patient = await echo.serve({ integrations: [{ ...INTEGRATION, TimeoutInMillis: 50 }] }, undefined, false);
    expect((await send(patient, "/late")).status).toBe(200);
  });

  test.each([
    ["TooManyRequestsException", 429],
    ["RequestTooLargeException", 413],
    ["ServiceException", 500],
  ])("answers Lambda's %s with %i", async (name, status) => {
    expect((await send(url, `/refused/${name}`)).status).toBe(status);
  });

  test("answers 429 above what the stage lets through", async () => {
    const settings = { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2 };
    const throttled = await echo.serve({ stages: [{ ...STAGE, DefaultRouteSettings: settings }] });
    const answers = await Promise.all([1, 2, 3].map(() => send(throttled, "/")));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    expect(answers.find(({ status }) => status === 429)?.body).toBe('{"message":"Too Many Requests"}');
  });

  test("answers 413 to more than 10 MB", async () => {
    const answer = await send(url, "/", {}, Buffer.alloc(10 * 1024 * 1024 + 1));
    expect([answer.status, answer.body]).toEqual([413, '{"message":"Request Entity Too Large"}']);
  });

  test.each([
    ["the function's policy does not let the API invoke it", {}, () => false],
    ["it lets an API of another partition", { partition: "aws-cn" }, (arn: string) => arn.startsWith("arn:aws:")],
    ["the integration is no function", { integrations: [{ ...INTEGRATION, IntegrationType: "HTTP_PROXY" as const }] }],
    [
      "the authorizer is a function",
      { routes: [route("$default", { AuthorizationType: "CUSTOM", AuthorizerId: "1" })] },
    ],
    ["there is no integration", { integrations: [] }],
  ])("answers 500 where %s", async (_what, api, mayInvoke = (_arn: string) => true) => {
    expect((await send(await echo.serve(api, mayInvoke), "/")).status).toBe(500);
  });

  test("tells the function which route a request took, and answers 404 where there is none", async () => {
    const routed = await echo.serve({ routes: [route("ANY /pets"), route("GET /pets/{id}")] });
    const event = JSON.parse((await send(routed, "/pets/a%20b", {}, undefined, "GET")).body);
    expect(event).toMatchObject({
      routeKey: "GET /pets/{id}",
      requestContext: { routeKey: "GET /pets/{id}" },
      pathParameters: { id: "a b" },
    });
    const answer = await send(routed, "/other");
    expect([answer.status, answer.body]).toEqual([404, '{"message":"Not Found"}']);
  });

  describe("with CORS", () => {
    const ORIGIN = "https://app.example.com";
    const CorsConfiguration = { AllowOrigins: [ORIGIN], AllowMethods: ["POST"] };
    let shared: string;
    beforeAll(async () => {
      shared = await echo.serve({ api: { ...DEPLOYED.api, CorsConfiguration } });
    });

    test("answers a preflight itself", async () => {
      const preflight = { origin: ORIGIN, "access-control-request-method": "POST" };
      const { status, headers, body } = await send(shared, "/fails", preflight, undefined, "OPTIONS");
      expect([status, body]).toEqual([204, ""]);
      expect(headers).toMatchObject({
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-methods": "POST",
      });
    });
    test("lets the function answer OPTIONS that is no preflight", async () => {
      expect(JSON.parse((await send(shared, "/", {}, undefined, "OPTIONS")).body).version).toBe("2.0");
    });
    test("replaces the function's own CORS headers", async () => {
      const own = { statusCode: 200, headers: { "Access-Control-Allow-Origin": "https://evil.example" } };
      expect((await result(own, shared)).headers).not.toHaveProperty("access-control-allow-origin");
      const fromPage = await result(own, shared, { origin: ORIGIN });
      expect(fromPage.headers["access-control-allow-origin"]).toBe(ORIGIN);
    });
    test("adds them to its own errors, too", async () => {
      const answer = await send(shared, "/fails", { origin: ORIGIN });
      expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([500, ORIGIN]);
    });
  });
});
