import {
  CreateApiCommand,
  CreateStageCommand,
  GetApiCommand,
  GetAuthorizersCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
  ReimportApiCommand,
} from "@aws-sdk/client-apigatewayv2";
import { describeWithPython } from "../../echo-api";
import { ACCOUNT, REGION, useEmulator } from "../own-emulator";

const URI = `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/arn:aws:lambda:${REGION}:${ACCOUNT}:function:orders/invocations`;
const jwtConfiguration = { issuer: "https://issuer.example", audience: ["orders"] };

const DESCRIPTION = {
  openapi: "3.0.1",
  info: { title: "orders", version: "2" },
  "x-amazon-apigateway-cors": { allowOrigins: ["https://example.com"] },
  paths: {
    "/orders/{id}": {
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
      get: {
        operationId: "read",
        security: [{ tokens: ["orders.read"] }],
        "x-amazon-apigateway-integration": {
          ...{ type: "aws_proxy", httpMethod: "POST", uri: URI, payloadFormatVersion: 2.0, timeoutInMillis: 5000 },
        },
      },
      "x-amazon-apigateway-any-method": {
        "x-amazon-apigateway-integration": { $ref: "#/components/x-amazon-apigateway-integrations/events" },
      },
    },
    "/$default": {
      "x-amazon-apigateway-any-method": { "x-amazon-apigateway-integration": { type: "aws_proxy", uri: URI } },
    },
  },
  components: {
    securitySchemes: {
      tokens: {
        type: "oauth2",
        "x-amazon-apigateway-authorizer": {
          ...{ type: "jwt", jwtConfiguration, identitySource: "$request.header.Authorization" },
        },
      },
    },
    "x-amazon-apigateway-integrations": {
      events: {
        ...{ type: "aws_proxy", integrationSubtype: "EventBridge-PutEvents", payloadFormatVersion: "1.0" },
        credentials: `arn:aws:iam::${ACCOUNT}:role/api`,
        requestParameters: { Detail: "$request.body" },
      },
    },
  },
};

describeWithPython("an OpenAPI description in the emulator", () => {
  const own = useEmulator();

  test("makes routes, integrations and authorizers, and keeps the stages", async () => {
    const { apigateway } = own().aws;
    const { ApiId } = await apigateway.send(new CreateApiCommand({ Name: "first", ProtocolType: "HTTP" }));
    await apigateway.send(new CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true }));
    for (let times = 0; times < 2; times += 1) {
      await apigateway.send(new ReimportApiCommand({ ApiId, Body: JSON.stringify(DESCRIPTION) }));
    }
    const [{ Items: routes = [] }, { Items: integrations = [] }, { Items: authorizers = [] }] = await Promise.all([
      apigateway.send(new GetRoutesCommand({ ApiId })),
      apigateway.send(new GetIntegrationsCommand({ ApiId })),
      apigateway.send(new GetAuthorizersCommand({ ApiId })),
    ]);
    const [{ AuthorizerId } = {}] = authorizers;
    expect(authorizers).toMatchObject([
      {
        ...{ Name: "tokens", AuthorizerType: "JWT", IdentitySource: ["$request.header.Authorization"] },
        JwtConfiguration: { Issuer: jwtConfiguration.issuer, Audience: jwtConfiguration.audience },
      },
    ]);
    const made = routes.map(({ Target, ...route }) => ({
      ...route,
      integration: integrations.find(({ IntegrationId }) => Target === `integrations/${IntegrationId}`),
    }));
    const proxy = { IntegrationType: "AWS_PROXY", IntegrationUri: URI };
    expect(made).toMatchObject([
      {
        ...{ RouteKey: "GET /orders/{id}", OperationName: "read", AuthorizationType: "JWT", AuthorizerId },
        AuthorizationScopes: ["orders.read"],
        integration: { ...proxy, PayloadFormatVersion: "2.0", TimeoutInMillis: 5000 },
      },
      {
        ...{ RouteKey: "ANY /orders/{id}", AuthorizationType: "NONE" },
        integration: {
          ...{ IntegrationType: "AWS_PROXY", IntegrationSubtype: "EventBridge-PutEvents" },
          CredentialsArn: `arn:aws:iam::${ACCOUNT}:role/api`,
          RequestParameters: { Detail: "$request.body" },
        },
      },
      { RouteKey: "$default", integration: { ...proxy, PayloadFormatVersion: "1.0" } },
    ]);
    expect(await apigateway.send(new GetApiCommand({ ApiId }))).toMatchObject({
      ...{ Name: "orders", Version: "2" },
      CorsConfiguration: { AllowOrigins: ["https://example.com"] },
    });
    const { Items: stages } = await apigateway.send(new GetStagesCommand({ ApiId }));
    expect(stages).toMatchObject([{ StageName: "$default" }]);
  });
});
