import { Apigatewayv2Authorizer } from "@cdktf/provider-aws/lib/apigatewayv2-authorizer";
import { Apigatewayv2Integration } from "@cdktf/provider-aws/lib/apigatewayv2-integration";
import { Apigatewayv2Route } from "@cdktf/provider-aws/lib/apigatewayv2-route";
import { Apigatewayv2Stage } from "@cdktf/provider-aws/lib/apigatewayv2-stage";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { HttpApi, type HttpApiProps } from "../../../../constructs/http-api";
import { synthesize } from "../synthesize";

/** What HTTP APIs accept in an access log's format and this system wants to know; anything else is refused with 400. */
const ALLOWED_VARIABLES = [
  ...["requestId", "requestTime", "identity.sourceIp", "identity.userAgent", "httpMethod", "routeKey", "path"],
  ...["protocol", "status", "responseLength", "responseLatency", "integration.status"],
  ...["integration.integrationStatus", "integrationLatency", "integrationErrorMessage"],
  ...["error.message", "error.responseType"],
].map((variable) => `$context.${variable}`);

const JWT = { issuer: "https://issuer.example.com", audience: ["api"] };

function httpApi(props: Partial<HttpApiProps> = {}): string {
  return synthesize((stack) => {
    new HttpApi(stack, "api", {
      apiName: "requests",
      accessLogGroupName: "/aws/vendedlogs/requests",
      handler: new LambdaFunction(stack, "handler", { functionName: "handler", role: "role" }),
      cors: { allowOrigins: ["https://example.com"], allowMethods: ["GET"], allowHeaders: ["X-Id"], maxAgeSeconds: 60 },
      throttle: { rateLimit: 7, burstLimit: 9 },
      accessLogRetentionDays: 3,
      detailedMetrics: true,
      ...props,
    });
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
    integration_uri: "${aws_lambda_function.handler.invoke_arn}",
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
  const { resource } = JSON.parse(httpApi({ jwtAuthorizer: JWT }));
  const [api] = Object.keys(resource.aws_apigatewayv2_api);
  const permissions = Object.values<Record<string, string>>(resource.aws_lambda_permission);
  expect(permissions).toEqual(
    [
      ["default", "$default"],
      ["preflight", "OPTIONS/{proxy+}"],
      ["root-preflight", "OPTIONS/"],
    ].map(([id, route]) =>
      expect.objectContaining({
        // Recovery finds a permission by this.
        statement_id: `AllowApiGateway-${id}`,
        action: "lambda:InvokeFunction",
        principal: "apigateway.amazonaws.com",
        source_arn: `\${aws_apigatewayv2_api.${api}.execution_arn}/*/${route}`,
      }),
    ),
  );
});
