import { Apigatewayv2Authorizer } from "@cdktf/provider-aws/lib/apigatewayv2-authorizer";
import { Apigatewayv2Integration } from "@cdktf/provider-aws/lib/apigatewayv2-integration";
import { Apigatewayv2Route } from "@cdktf/provider-aws/lib/apigatewayv2-route";
import { Apigatewayv2Stage } from "@cdktf/provider-aws/lib/apigatewayv2-stage";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { HttpApi, type HttpApiProps, type RouteProps } from "../../../../constructs/api/http-api";
import { aFunction, resourcesOf, synthesize } from "../synthesize";

/** What HTTP APIs accept in an access log's format and this system wants to know; anything else is refused with 400. */
const ALLOWED_VARIABLES = [
  ...["requestId", "requestTime", "identity.sourceIp", "identity.userAgent", "httpMethod", "routeKey", "path"],
  ...["protocol", "status", "responseLength", "responseLatency", "integration.status"],
  ...["integration.integrationStatus", "integrationLatency", "integrationErrorMessage"],
  ...["error.message", "error.responseType"],
].map((variable) => `$context.${variable}`);

const JWT = { issuer: "https://issuer.example.com", audience: ["api"] };

const PROPS: HttpApiProps = {
  apiName: "requests",
  accessLogGroupName: "/aws/vendedlogs/requests",
  cors: { allowOrigins: ["https://example.com"], allowMethods: ["GET"], allowHeaders: ["X-Id"], maxAgeSeconds: 60 },
  throttle: { rateLimit: 7, burstLimit: 9 },
  accessLogRetentionDays: 3,
  detailedMetrics: true,
};

/** An API with the routes of three functions, of which `b` is too slow. */
function routes(
  props: Partial<HttpApiProps>,
  ...keys: [routeKey: string, fn: "a" | "b" | "c", props?: RouteProps][]
): string {
  return synthesize((stack) => {
    const slow = aFunction(stack, "b", { timeoutSeconds: 31 });
    const functions = { a: aFunction(stack, "a"), b: slow, c: aFunction(stack, "c") };
    const api = new HttpApi(stack, "api", { ...PROPS, ...props });
    for (const [routeKey, fn, routeProps] of keys) api.route(routeKey, functions[fn], routeProps);
  });
}

function httpApi(props: Partial<HttpApiProps> = {}): string {
  return synthesize((stack) => {
    const handler = aFunction(stack, "handler");
    new HttpApi(stack, "api", { ...PROPS, ...props }).route("$default", handler);
  });
}

function accessLogFormat(): string {
  const { resource } = JSON.parse(httpApi());
  const [stage] = Object.values<{ access_log_settings: { format: string } }>(resource.aws_apigatewayv2_stage);
  return stage?.access_log_settings.format ?? "";
}

test("pages of the origins that are told may call the API, and read and send no more than that", () => {
  const cors = {
    allowOrigins: ["https://example.com"],
    allowMethods: ["GET"],
    allowHeaders: ["X-Id"],
    maxAgeSeconds: 60,
  };
  const configured = (more: object) => {
    const [api] = Object.values<{ cors_configuration: object }>(
      JSON.parse(httpApi({ cors: { ...cors, ...more } })).resource.aws_apigatewayv2_api,
    );
    return api?.cors_configuration;
  };
  const always = {
    allow_origins: ["https://example.com"],
    allow_methods: ["GET"],
    allow_headers: ["X-Id"],
    max_age: 60,
  };
  // The JSON lacks a setting that is not set, so that the plan of an earlier deployment stays empty.
  expect(configured({ allowCredentials: false })).toEqual(always);
  expect(configured({ exposeHeaders: ["Retry-After"], allowCredentials: true })).toEqual({
    ...always,
    expose_headers: ["Retry-After"],
    allow_credentials: true,
  });
});

test("the function gets payload 2.0", () => {
  expect(httpApi()).toHaveResourceWithProperties(Apigatewayv2Integration, {
    integration_type: "AWS_PROXY",
    integration_uri: expect.stringMatching(/^\$\{aws_lambda_function\.handler_.*\.invoke_arn\}$/),
    payload_format_version: "2.0",
  });
});

test("the stage limits what it lets through, and says what it did", () => {
  expect(httpApi()).toHaveResourceWithProperties(Apigatewayv2Stage, {
    default_route_settings: {
      throttling_rate_limit: 7,
      throttling_burst_limit: 9,
      detailed_metrics_enabled: true,
    },
  });
});

test("without detailed metrics the limits stay", () => {
  expect(httpApi({ detailedMetrics: false })).toHaveResourceWithProperties(Apigatewayv2Stage, {
    default_route_settings: {
      throttling_rate_limit: 7,
      throttling_burst_limit: 9,
      detailed_metrics_enabled: false,
    },
  });
});

test("the access log is one line of JSON that names only variables of HTTP APIs", () => {
  const format = accessLogFormat();
  expect(format).not.toContain("\n");
  expect(Object.values(JSON.parse(format)).sort()).toEqual([...ALLOWED_VARIABLES].sort());
});

test("the access log's format is within API Gateway's 3 KB", () => {
  expect(Buffer.byteLength(accessLogFormat())).toBeLessThan(3 * 1024);
});

test("the access log is kept as long as it is told to", () => {
  expect(httpApi()).toHaveResourceWithProperties(CloudwatchLogGroup, {
    name: "/aws/vendedlogs/requests",
    retention_in_days: 3,
  });
});

test("without an authorizer one open route takes everything", () => {
  const synthesized = httpApi();
  expect(synthesized).not.toHaveResource(Apigatewayv2Authorizer);
  expect(Object.keys(JSON.parse(synthesized).resource.aws_apigatewayv2_route)).toHaveLength(1);
  expect(synthesized).not.toContain("authorization_type");
});

test("with an authorizer every request needs a token", () => {
  const synthesized = httpApi({ jwtAuthorizer: JWT });
  expect(synthesized).toHaveResourceWithProperties(Apigatewayv2Authorizer, {
    name: "jwt",
    authorizer_type: "JWT",
    identity_sources: ["$request.header.Authorization"],
    jwt_configuration: JWT,
  });
  expect(synthesized).toHaveResourceWithProperties(Apigatewayv2Route, {
    route_key: "$default",
    authorization_type: "JWT",
    authorizer_id: expect.stringContaining("${aws_apigatewayv2_authorizer."),
  });
});

test.each(["OPTIONS /{proxy+}", "OPTIONS /"])("with an authorizer the preflight %s still passes", (routeKey) => {
  const { resource } = JSON.parse(httpApi({ jwtAuthorizer: JWT }));
  const routes = Object.values<{ route_key: string }>(resource.aws_apigatewayv2_route);
  const preflight = routes.find(({ route_key }) => route_key === routeKey);
  expect(preflight).toBeDefined();
  expect(preflight).not.toHaveProperty("authorization_type");
});

test("each route may invoke the function, and nothing else may", () => {
  const json = httpApi({ jwtAuthorizer: JWT });
  const { resource } = JSON.parse(json);
  const [api] = Object.keys(resource.aws_apigatewayv2_api);
  const permissions = resourcesOf(json, "aws_lambda_permission");
  expect(permissions.map(({ source_arn }) => source_arn).sort()).toEqual(
    ["$default", "OPTIONS/", "OPTIONS/{proxy+}"].map(
      (route) => `\${aws_apigatewayv2_api.${api}.execution_arn}/*/${route}`,
    ),
  );
  for (const { action, principal } of permissions) {
    expect([action, principal]).toEqual(["lambda:InvokeFunction", "apigateway.amazonaws.com"]);
  }
  // Recovery finds a permission by this.
  expect(new Set(permissions.map(({ statement_id }) => statement_id)).size).toBe(3);
});

test("routes have one integration a function, and a permission each", () => {
  const json = routes({}, ["GET /orders/{id}", "a"], ["ANY /orders", "a"], ["$default", "c"]);
  const integrations = resourcesOf(json, "aws_apigatewayv2_integration");
  expect(integrations.map(({ integration_uri }) => integration_uri.replace(/_function_.*/, "")).sort()).toEqual([
    "${aws_lambda_function.a",
    "${aws_lambda_function.c",
  ]);
  const targets = resourcesOf(json, "aws_apigatewayv2_route").map(({ route_key, target }) => [
    route_key,
    target.replace(/^.*integration-(.).*$/, "$1"),
  ]);
  expect(targets.sort()).toEqual([
    ["$default", "c"],
    ["ANY /orders", "a"],
    ["GET /orders/{id}", "a"],
  ]);
  const permissions = resourcesOf(json, "aws_lambda_permission");
  expect(
    permissions.map(({ source_arn, function_name }) => [
      source_arn.replace(/^.*\.execution_arn\}/, ""),
      function_name.replace(/^.*function\.(.).*$/, "$1"),
    ]),
  ).toEqual(
    expect.arrayContaining([
      ["/*/$default", "c"],
      // API Gateway names the request's method there, and no request has the method ANY.
      ["/*/*/orders", "a"],
      ["/*/GET/orders/{id}", "a"],
    ]),
  );
});

test("$default is there only on request", () => {
  expect(routes({ jwtAuthorizer: JWT }, ["GET /orders", "a"])).not.toContain('"$default",\n        "target"');
  expect(resourcesOf(routes({}, ["GET /orders", "a"]), "aws_apigatewayv2_route")).toHaveLength(1);
});

test("two APIs of one function do not share a statement's id", () => {
  const json = synthesize((stack) => {
    const fn = aFunction(stack, "a");
    for (const id of ["public", "private"]) {
      const { apiName: _, accessLogGroupName: __, ...props } = PROPS;
      new HttpApi(stack, id, props).route("GET /", fn);
    }
  });
  const ids = resourcesOf(json, "aws_lambda_permission").map(({ statement_id }) => statement_id);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^[\w-]{1,100}$/);
  expect(resourcesOf(json, "aws_apigatewayv2_api").map(({ name }) => name)).toEqual(["private-test", "public-test"]);
  expect(json).toContain('"/aws/vendedlogs/apigateway/public-test"');
});

const OTHER = { name: "staff", issuer: "https://staff.example.com", audience: ["staff"] };

test("each route has the API's authorizer, another one or none, and a secured one lets preflights pass", () => {
  const json = routes(
    { jwtAuthorizer: JWT },
    ["GET /orders", "a"],
    ["ANY /staff", "a", { authorizer: OTHER }],
    ["POST /staff/{id}", "a", { authorizer: { ...OTHER } }],
    ["GET /health", "a", { authorizer: "none" }],
  );
  const authorizers = JSON.parse(json).resource.aws_apigatewayv2_authorizer;
  const nameOf = (id = "") => authorizers[id.split(".")[1] ?? ""]?.name;
  const secured = resourcesOf(json, "aws_apigatewayv2_route").map(({ route_key, authorizer_id }) => [
    route_key,
    nameOf(authorizer_id),
  ]);
  expect(secured.sort()).toEqual([
    ["ANY /staff", "staff"],
    ["GET /health", undefined],
    ["GET /orders", "jwt"],
    // Without it, ANY /staff would require a token of a preflight.
    ["OPTIONS /staff", undefined],
    ["POST /staff/{id}", "staff"],
  ]);
  expect(() =>
    routes({}, ["GET /a", "a", { authorizer: OTHER }], ["GET /b", "a", { authorizer: { ...OTHER, audience: ["b"] } }]),
  ).toThrow("api: the authorizer staff has another issuer or audience already; use another name");
});

test("a route's own limits are set once the route exists", () => {
  const json = routes({}, ["POST /orders", "a", { throttle: { rateLimit: 2, burstLimit: 4 } }], ["GET /orders", "a"]);
  const [stage] = resourcesOf(json, "aws_apigatewayv2_stage");
  expect(stage.route_settings).toEqual([
    {
      route_key: "POST /orders",
      throttling_rate_limit: 2,
      throttling_burst_limit: 4,
      // Without this, the route would have no metrics of its own.
      detailed_metrics_enabled: true,
    },
  ]);
  expect(stage.depends_on).toEqual([expect.stringMatching(/^aws_apigatewayv2_route\.api_POST/)]);
});

test.each<[Parameters<typeof routes>[1], string]>([
  [["get /orders", "a"], "api: the route get /orders is not allowed; use $default, or a key such as GET /orders/{id}"],
  [
    ["GET /orders", "b"],
    "b: timeoutSeconds: 31 is too much for GET /orders; use at most 30, because an API waits no longer",
  ],
  [
    ["GET /orders", "a", { throttle: { rateLimit: 8, burstLimit: 9 } }],
    "api: GET /orders: rateLimit (requests a second): 8 is not allowed; use a whole number from 1 to 7",
  ],
])("API Gateway's limits: %j", (route, message) => {
  expect(() => routes({}, route)).toThrow(message);
});
