import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, type KeyLike, SignJWT } from "jose";
import { close, listen, serverUrl } from "../../commands/cli/server";
import { findPython } from "../../commands/emulator/python";
import { FunctionRuntime } from "../../commands/local-system/function/function-runtime";
import { type DeployedApi, HttpGateway } from "../../commands/local-system/gateway/http-gateway";

jest.setTimeout(30_000);

/** Answers with its event, unless the path says otherwise. */
const ECHO = `
import json, os, sys, time
def handler(event, context):
    path = event["rawPath"]
    if path == "/slow":
        time.sleep(30)
    if path == "/late":
        time.sleep(1.5)
    if path == "/nan":
        return float("nan")
    if path == "/fails":
        raise ValueError("secret details")
    if path == "/exits":
        sys.exit(3)
    if path == "/result":
        return json.loads(event["body"])
    if path == "/context":
        return {"id": context.aws_request_id, "name": context.function_name, "left": context.get_remaining_time_in_millis(),
                "memory": context.memory_limit_in_mb, "arn": context.invoked_function_arn, "given": os.environ["GIVEN"],
                "pid": os.getpid()}
    return event
`;

const FUNCTION_ARN = "arn:aws:lambda:us-west-2:123456789012:function:echo";

const integration = {
  IntegrationId: "1",
  IntegrationUri: `arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/${FUNCTION_ARN}/invocations`,
  PayloadFormatVersion: "2.0",
  TimeoutInMillis: 1200,
};
const route = (RouteKey: string, more: object = {}) => ({ RouteKey, Target: "integrations/1", ...more });

const deployed: DeployedApi = {
  accountId: "123456789012",
  region: "us-west-2",
  api: {
    Name: "echo",
    ProtocolType: "HTTP",
    RouteSelectionExpression: "$request.method $request.path",
    ApiId: "abc123",
    ApiEndpoint: "https://abc123.execute-api.us-west-2.amazonaws.com",
  },
  stage: {
    StageName: "$default",
    DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 },
    AccessLogSettings: {
      Format:
        '{"id":"$context.requestId","status":"$context.status","path":"$context.path","error":"$context.integrationErrorMessage"}',
    },
  },
  routes: [route("$default")],
  integrations: [integration],
  authorizers: [],
};

describe("the HTTP gateway, with a function that echoes", () => {
  let folder: string;
  let runtime: FunctionRuntime;
  let python: string;
  const servers: Server[] = [];
  const logged: string[] = [];
  const functionLog: string[] = [];
  const failures: Error[] = [];

  let url: string;
  beforeAll(async () => {
    python = await findPython(console.log);
    folder = mkdtempSync(join(tmpdir(), "gateway-"));
    writeFileSync(join(folder, "echo.py"), ECHO);
    writeFileSync(join(folder, "exits.py"), "import sys\nsys.exit(5)\n");
    writeFileSync(join(folder, "dies.py"), "import os\nos._exit(7)\n");
    runtime = startRuntime("echo.handler");
    url = await serve();
  });
  afterAll(async () => {
    await runtime.stop();
    expect(failures).toEqual([]);
    await Promise.all(servers.map(close));
    rmSync(folder, { recursive: true });
  });

  function startRuntime(Handler: string, more: object = {}): FunctionRuntime {
    return new FunctionRuntime(
      {
        configuration: {
          FunctionName: "echo",
          FunctionArn: FUNCTION_ARN,
          Handler,
          Runtime: "python3.13",
          Timeout: 1,
          MemorySize: 256,
          Version: "$LATEST",
          Environment: { Variables: { GIVEN: "deployed" } },
        },
        codeFolder: folder,
        ...more,
      },
      {
        python,
        awsEnvironment: { PATH: process.env.PATH, HOME: process.env.HOME },
        logStreamName: "stream",
        onLog: (line) => functionLog.push(line),
        onReport: () => {},
      },
    );
  }

  async function serve(api: Partial<DeployedApi> = {}, its = runtime, mayInvoke = true): Promise<string> {
    const gateway = new HttpGateway({
      deployed: { ...deployed, ...api },
      functionArn: FUNCTION_ARN,
      mayInvoke: () => mayInvoke,
      invoke: (event, requestId, traceId) => its.invoke(event, requestId, traceId),
      onAccessLog: (line) => logged.push(line),
      onAnswer: () => {},
      onError: (error) => failures.push(error),
    });
    const server = await listen(0, "--port");
    server.on("request", gateway.handle);
    servers.push(server);
    return serverUrl(server);
  }

  /** Sends exactly these headers and this path, which `fetch` would change. */
  async function send(
    url: string,
    path: string,
    headers: Record<string, string | string[]> = {},
    body?: Buffer,
    method = "POST",
  ) {
    const port = Number(new URL(url).port);
    return new Promise<{ status?: number; headers: IncomingHttpHeaders; body: string }>((done, fail) => {
      const request = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }),
        );
      });
      request.on("error", fail);
      request.end(body);
    });
  }

  test("gives the function the event of payload format 2.0", async () => {
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
    expect(Math.abs(event.requestContext.timeEpoch - Date.now())).toBeLessThan(10_000);
  });

  test("leaves out what a request does not have", async () => {
    const event = JSON.parse((await send(url, "/", {}, undefined, "GET")).body);
    for (const name of ["body", "cookies", "queryStringParameters", "pathParameters", "stageVariables"]) {
      expect(event).not.toHaveProperty(name);
    }
    expect(event).toMatchObject({ rawQueryString: "", isBase64Encoded: false });
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

  test("keeps a caller's trace", async () => {
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    const event = JSON.parse((await send(url, "/", { "x-amzn-trace-id": trace })).body);
    expect(event.headers["x-amzn-trace-id"]).toBe(trace);
  });

  const result = async (value: unknown) =>
    send(url, "/result", { "content-type": "application/json" }, Buffer.from(JSON.stringify(value)));

  test.each([
    ["a string", "hello", 200, "application/json", "hello"],
    ["no status code", { a: 1 }, 200, "application/json", '{"a": 1}'],
    ["null", null, 200, "application/json", "null"],
    ["no content type", { statusCode: 201, body: "made" }, 201, "text/plain; charset=utf-8", "made"],
    ["base64", { statusCode: 200, body: "aMOp", isBase64Encoded: true }, 200, "text/plain; charset=utf-8", "hé"],
    ["no body", { statusCode: 404 }, 404, "text/plain; charset=utf-8", ""],
  ])("answers with a result: %s", async (_what, value, status, type, body) => {
    const answer = await result(value);
    expect([answer.status, answer.headers["content-type"], answer.body]).toEqual([status, type, body]);
  });

  test("passes on headers and cookies, but not what the connection needs", async () => {
    const { headers } = await result({
      statusCode: 200,
      headers: { "X-Number": 5, Connection: "close", "Content-Length": "99" },
      cookies: ["a=1; Path=/", "b=2"],
      body: "ok",
    });
    expect(headers).toMatchObject({ "x-number": "5", "set-cookie": ["a=1; Path=/", "b=2"], "content-length": "2" });
  });

  test.each([
    ["a status that is none", { statusCode: "many" }],
    ["a body that is no text", { statusCode: 200, body: { a: 1 } }],
    ["a header that is a list", { statusCode: 200, headers: { a: [1] } }],
    ["a header with a line break", { statusCode: 200, headers: { a: "1\r\nb: 2" } }],
    ["base64 that is none", { statusCode: 200, body: "!", isBase64Encoded: true }],
  ])("answers 500 to %s", async (_what, value) => {
    const answer = await result(value);
    expect([answer.status, answer.body]).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  test("answers 500 without details when the function fails, and goes on", async () => {
    const answer = await send(url, "/fails");
    expect([answer.status, answer.body]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(answer.headers["apigw-requestid"]).toMatch(/=$/);
    const line = JSON.parse(logged.at(-1) ?? "{}");
    expect(line).toMatchObject({
      id: answer.headers["apigw-requestid"],
      status: "500",
      error: "ValueError: secret details",
    });
    expect(functionLog.some((each) => each.includes("secret details"))).toBe(true);
  });

  test("answers 500 to a result that is no JSON", async () => {
    expect((await send(url, "/nan")).status).toBe(500);
  });

  test("runs as many at once as it may, also when all come at once", async () => {
    const crowded = startRuntime("echo.handler", { reservedConcurrency: 5 });
    (crowded.configuration as { Timeout: number }).Timeout = 10;
    const own = await serve({ integrations: [{ ...integration, TimeoutInMillis: 30_000 }] }, crowded);
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(own, "/late")));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(crowded.processCount).toBe(5);
    await crowded.stop();
  });

  test("replaces a process that the function ended, or that took too long", async () => {
    const pid = async () => JSON.parse((await send(url, "/context")).body).pid;
    const first = await pid();
    expect(await pid()).toBe(first);
    expect((await send(url, "/exits")).status).toBe(500);
    expect(JSON.parse(logged.at(-1) ?? "{}").error).toContain("Runtime.ExitError");
    const second = await pid();
    expect(second).not.toBe(first);
    expect((await send(url, "/slow")).status).toBe(500);
    expect(JSON.parse(logged.at(-1) ?? "{}").error).toContain("Task timed out after 1");
    expect(await pid()).not.toBe(second);
  });

  test("answers 503 when the integration's time is over", async () => {
    const patient = startRuntime("echo.handler");
    (patient.configuration as { Timeout: number }).Timeout = 3;
    const answer = await send(await serve({}, patient), "/late");
    patient.stop();
    expect([answer.status, answer.body]).toEqual([503, '{"message":"Service Unavailable"}']);
  });

  test("tells the function what Lambda tells it", async () => {
    const context = JSON.parse((await send(url, "/context")).body);
    expect(context).toMatchObject({ name: "echo", memory: "256", arn: FUNCTION_ARN, given: "deployed" });
    expect(context.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(context.left).toBeGreaterThan(500);
    expect(context.left).toBeLessThanOrEqual(1000);
  });

  test.each([
    ["missing.handler", "Runtime.ImportModuleError: Unable to import module 'missing'"],
    ["exits.handler", "SystemExit: 5"],
    ["dies.handler", "Runtime.ExitError: Runtime exited with error: exit status 7"],
    ["echo.nothing", "Runtime.HandlerNotFound: Handler 'nothing' missing on module 'echo'"],
  ])("answers 500 with a handler %s, and says why in the log", async (handler, reason) => {
    const broken = startRuntime(handler);
    expect((await send(await serve({}, broken), "/")).status).toBe(500);
    broken.stop();
    expect(JSON.parse(logged.at(-1) ?? "{}").error).toContain(reason);
  });

  test("runs saved code for the next event, while one under way ends with the old", async () => {
    const next = join(folder, "next");
    mkdirSync(next);
    writeFileSync(join(next, "echo.py"), 'def handler(event, context):\n    return "new"\n');
    const its = startRuntime("echo.handler");
    const { configuration } = its;
    const own = await serve({}, its);
    await send(own, "/");
    const late = send(own, "/context");
    await its.replace({ configuration, codeFolder: next });
    expect((await send(own, "/")).body).toBe("new");
    expect((await late).status).toBe(200);
    its.stop();
  });

  test("answers 429 above what the stage lets through", async () => {
    const stage = {
      ...deployed.stage,
      DefaultRouteSettings: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 },
    } as DeployedApi["stage"];
    const throttled = await serve({ stage });
    const answers = await Promise.all([1, 2, 3].map(() => send(throttled, "/")));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    expect(answers.find(({ status }) => status === 429)?.body).toBe('{"message":"Too Many Requests"}');
  });

  test("answers 429 when the function may not run at all", async () => {
    const stopped = startRuntime("echo.handler", { reservedConcurrency: 0 });
    await stopped.warmUp();
    expect((await send(await serve({}, stopped), "/")).status).toBe(429);
  });

  test("answers 413 to more than 10 MB", async () => {
    const answer = await send(url, "/", {}, Buffer.alloc(10 * 1024 * 1024 + 1));
    expect([answer.status, answer.body]).toEqual([413, '{"message":"Request Entity Too Large"}']);
    // Lambda takes less: 6 MB, of which base64 takes a third.
    expect((await send(url, "/", {}, Buffer.alloc(5 * 1024 * 1024))).status).toBe(413);
  });

  test("answers 500 where the function's policy or the integration does not fit", async () => {
    expect((await send(await serve({}, runtime, false), "/")).status).toBe(500);
    expect(
      (await send(await serve({ integrations: [{ ...integration, PayloadFormatVersion: "1.0" }] }), "/")).status,
    ).toBe(500);
    expect((await send(await serve({ integrations: [] }), "/")).status).toBe(500);
  });

  describe("routes", () => {
    let routed: string;
    beforeAll(async () => {
      const keys = ["GET /pets", "ANY /pets", "GET /pets/{id}", "GET /pets/{id}/toys", "ANY /files/{path+}"];
      routed = await serve({ routes: keys.map((key) => route(key)) });
    });
    test.each([
      ["GET", "/pets", "GET /pets", undefined],
      ["POST", "/pets", "ANY /pets", undefined],
      ["GET", "/pets/a%20b", "GET /pets/{id}", { id: "a b" }],
      ["GET", "/pets/7/toys", "GET /pets/{id}/toys", { id: "7" }],
      ["PUT", "/files/a/b/c", "ANY /files/{path+}", { path: "a/b/c" }],
    ])("%s %s takes %s", async (method, path, routeKey, pathParameters) => {
      const event = JSON.parse((await send(routed, path, {}, undefined, method)).body);
      expect([event.routeKey, event.requestContext.routeKey, event.pathParameters]).toEqual([
        routeKey,
        routeKey,
        pathParameters,
      ]);
    });
    test.each(["/", "/pets/", "/pets/7/8", "/files/", "/PETS"])("GET %s has none: 404", async (path) => {
      const answer = await send(routed, path, {}, undefined, "GET");
      expect([answer.status, answer.body]).toEqual([404, '{"message":"Not Found"}']);
    });
  });

  describe("CORS", () => {
    const AllowOrigins = ["https://app.example.com", "http://*"];
    const CorsConfiguration = {
      AllowOrigins,
      AllowMethods: ["GET", "POST"],
      AllowHeaders: ["Content-Type"],
      MaxAge: 60,
    };
    const preflight = { origin: "https://app.example.com", "access-control-request-method": "POST" };
    let shared: string;
    beforeAll(async () => {
      shared = await serve({ api: { ...deployed.api, CorsConfiguration } });
    });

    test("the API answers a preflight", async () => {
      const { status, headers, body } = await send(shared, "/fails", preflight, undefined, "OPTIONS");
      expect([status, body]).toEqual([204, ""]);
      expect(headers).toMatchObject({
        "access-control-allow-origin": "https://app.example.com",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "60",
      });
    });
    test("another origin is told nothing", async () => {
      const answer = await send(shared, "/", { ...preflight, origin: "https://evil.example" }, undefined, "OPTIONS");
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    });
    test("the function's own CORS headers are replaced", async () => {
      const body = Buffer.from(
        JSON.stringify({ statusCode: 200, headers: { "Access-Control-Allow-Origin": "https://evil.example" } }),
      );
      const type = { "content-type": "application/json" };
      expect((await send(shared, "/result", type, body)).headers).not.toHaveProperty("access-control-allow-origin");
      const fromPage = await send(shared, "/result", { ...type, origin: "http://page.example" }, body);
      expect(fromPage.headers["access-control-allow-origin"]).toBe("http://page.example");
    });
    test("the API's own errors carry them, too", async () => {
      const answer = await send(shared, "/fails", { origin: "https://app.example.com" });
      expect(answer.headers["access-control-allow-origin"]).toBe("https://app.example.com");
    });
    test("OPTIONS that is no preflight goes to the function", async () => {
      expect(JSON.parse((await send(shared, "/", {}, undefined, "OPTIONS")).body).version).toBe("2.0");
    });
  });

  describe("a JWT authorizer", () => {
    let issuer: Server;
    let Issuer: string;
    let secured: string;
    let key: KeyLike;
    beforeAll(async () => {
      const pair = await generateKeyPair("RS256");
      key = pair.privateKey;
      const jwk = { ...(await exportJWK(pair.publicKey)), kid: "key", alg: "RS256" };
      issuer = createServer((request, response) => {
        const isDiscovery = request.url === "/.well-known/openid-configuration";
        response.end(JSON.stringify(isDiscovery ? { jwks_uri: `${Issuer}/keys` } : { keys: [jwk] }));
      });
      await new Promise<void>((done) => issuer.listen(0, "127.0.0.1", done));
      Issuer = serverUrl(issuer);
      servers.push(issuer);
      const its = { AuthorizerId: "jwt", AuthorizationType: "JWT" as const };
      secured = await serve({
        api: { ...deployed.api, CorsConfiguration: { AllowOrigins: ["*"] } },
        routes: [
          route("$default", its),
          route("GET /admin", { ...its, AuthorizationScopes: ["admin"] }),
          route("OPTIONS /{proxy+}"),
        ],
        authorizers: [
          {
            AuthorizerId: "jwt",
            Name: "jwt",
            AuthorizerType: "JWT",
            IdentitySource: ["$request.header.Authorization"],
            JwtConfiguration: { Issuer, Audience: ["orders"] },
          },
        ],
      });
    });

    const token = (claims: object = {}, signingKey?: KeyLike) =>
      new SignJWT({
        iss: Issuer,
        aud: "orders",
        exp: Date.now() / 1000 + 60,
        scope: "read",
        groups: ["a", "b"],
        ...claims,
      })
        .setProtectedHeader({ alg: "RS256", kid: "key" })
        .sign(signingKey ?? key);
    const call = async (bearer?: string, path = "/") =>
      send(secured, path, bearer ? { authorization: `Bearer ${bearer}` } : {}, undefined, "GET");

    test("lets a valid token through, and tells the function its claims", async () => {
      const { status, body } = await call(await token());
      expect(status).toBe(200);
      expect(JSON.parse(body).requestContext.authorizer).toEqual({
        jwt: {
          claims: { iss: Issuer, aud: "orders", exp: expect.any(String), scope: "read", groups: "[a b]" },
          scopes: null,
        },
      });
    });
    test.each([
      ["no token", async () => undefined],
      ["a token that is none", async () => "nonsense"],
      ["an expired token", () => token({ exp: Date.now() / 1000 - 60 })],
      ["a token without an end", () => token({ exp: undefined })],
      ["a token that is not yet valid", () => token({ nbf: Date.now() / 1000 + 60 })],
      ["a token for others", () => token({ aud: "payments" })],
      ["a token of others", () => token({ iss: "https://other.example" })],
      ["a token signed by others", async () => token({}, (await generateKeyPair("RS256")).privateKey)],
    ])("answers 401 to %s", async (_what, make) => {
      const { status, headers, body } = await call(await make());
      expect([status, body]).toEqual([401, '{"message":"Unauthorized"}']);
      expect(headers["www-authenticate"]).toMatch(/^Bearer/);
    });
    test("takes client_id where there is no audience", async () => {
      expect((await call(await token({ aud: undefined, client_id: "orders" }))).status).toBe(200);
    });
    test("answers 403 where the route's scope is missing", async () => {
      expect((await call(await token(), "/admin")).status).toBe(403);
      expect((await call(await token({ scope: "read admin" }), "/admin")).status).toBe(200);
    });
    test("asks no preflight for a token where OPTIONS has a route of its own", async () => {
      const preflight = { origin: "https://app.example.com", "access-control-request-method": "POST" };
      expect((await send(secured, "/orders", preflight, undefined, "OPTIONS")).status).toBe(204);
      expect((await send(secured, "/", preflight, undefined, "OPTIONS")).status).toBe(401);
    });
  });
});
