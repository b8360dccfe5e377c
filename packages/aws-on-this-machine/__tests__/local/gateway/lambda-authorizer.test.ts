import { InvokeError } from "../../../function/invocation";
import { DEPLOYED, EchoApi, INTEGRATION, route, send } from "../echo-api";

const ARN = "arn:aws:execute-api:us-west-2:123456789012:abc123";

describe("a Lambda authorizer of an HTTP API", () => {
  const echo = new EchoApi();
  afterAll(() => echo.stop());

  let events: Record<string, unknown>[] = [];
  beforeEach(() => {
    events = [];
  });

  async function serve(authorizer: object, result: unknown, more: object = {}, mayInvoke?: (arn: string) => boolean) {
    echo.authorize = async (event) => {
      events.push(JSON.parse(event));
      if (result instanceof InvokeError) throw result;
      const isError = result instanceof Error;
      return { isError, payload: JSON.stringify(isError ? { errorMessage: result.message } : result) };
    };
    const own = {
      ...{ AuthorizerId: "own", Name: "own", AuthorizerType: "REQUEST" as const },
      AuthorizerUri: INTEGRATION.IntegrationUri,
      AuthorizerPayloadFormatVersion: "2.0",
      IdentitySource: ["$request.header.Authorization", "$request.querystring.q"],
      ...authorizer,
    };
    const its = { AuthorizerId: "own", AuthorizationType: "CUSTOM" as const };
    const routes = [route("GET /items/{id}", its), route("POST /items", its)];
    return echo.serve({ ...DEPLOYED, routes, authorizers: [own], ...more }, mayInvoke);
  }
  const get = (url: string, path = "/items/7?q=1", authorization = "secret") =>
    send(url, path, { authorization }, undefined, "GET");

  test("gets the request in format 2.0, and its context reaches the function", async () => {
    const url = await serve({ EnableSimpleResponses: true }, { isAuthorized: true, context: { user: "Ann", age: 7 } });
    const answer = await get(url);
    expect([answer.status, JSON.parse(answer.body).requestContext.authorizer]).toEqual([
      200,
      { lambda: { user: "Ann", age: 7 } },
    ]);
    const [event] = events;
    expect(event).toMatchObject({
      ...{ version: "2.0", type: "REQUEST", routeArn: `${ARN}/$default/GET/items/7`, routeKey: "GET /items/{id}" },
      ...{ identitySource: ["secret", "1"], rawPath: "/items/7", rawQueryString: "q=1" },
      ...{ headers: { authorization: "secret" }, pathParameters: { id: "7" } },
      requestContext: { http: { method: "GET" }, stage: "$default" },
    });
    expect(Object.keys(event ?? {})).not.toEqual(expect.arrayContaining(["body"]));
  });

  test("gets the request in format 1.0, and answers with a policy", async () => {
    const statement = { Action: "execute-api:Invoke", Effect: "Allow", Resource: `${ARN}/*/GET/*` };
    const result = {
      principalId: "ann",
      policyDocument: { Version: "2012-10-17", Statement: [statement] },
      context: { n: 1 },
    };
    const integrations = [{ ...INTEGRATION, PayloadFormatVersion: "1.0" }];
    const url = await serve({ AuthorizerPayloadFormatVersion: "1.0" }, result, { integrations });
    const answer = await get(url);
    expect([answer.status, JSON.parse(answer.body).requestContext.authorizer]).toEqual([
      200,
      { n: 1, principalId: "ann" },
    ]);
    expect(events).toMatchObject([
      {
        ...{ version: "1.0", type: "REQUEST", methodArn: `${ARN}/$default/GET/items/7`, httpMethod: "GET" },
        ...{ identitySource: "secret,1", authorizationToken: "secret,1", resource: "/items/{id}", path: "/items/7" },
      },
    ]);
    expect(Object.keys(events[0] ?? {}).filter((name) => /body|multi/i.test(name))).toEqual([]);
    const posted = await send(url, "/items?q=1", { authorization: "secret" });
    expect([posted.status, posted.body]).toEqual([403, '{"message":"Forbidden"}']);
  });

  const policy = (Effect: string, Action = "execute-api:*") => ({
    policyDocument: {
      Statement: [
        { Action: "*", Effect: "Allow", Resource: "*" },
        { Action, Effect, Resource: "*" },
      ],
    },
  });

  test.each<[string, object, unknown, number]>([
    ["that denies", { EnableSimpleResponses: true }, { isAuthorized: false }, 403],
    ["that allows without a context", { EnableSimpleResponses: true }, { isAuthorized: true }, 200],
    ["whose result is a policy in place of a simple one", { EnableSimpleResponses: true }, policy("Allow"), 500],
    ["that allows by a policy", {}, policy("Allow"), 200],
    ["that denies by a policy", {}, policy("Deny"), 403],
    ["that denies another action", {}, policy("Deny", "s3:*"), 200],
    ["whose result is a simple one in place of a policy", {}, { isAuthorized: true }, 500],
    ["that raises Unauthorized", {}, new Error("Unauthorized"), 401],
    ["that raises another error", {}, new Error("The user is not Unauthorized"), 500],
    ["that Lambda does not invoke", {}, new InvokeError("TooManyRequestsException", "Rate Exceeded."), 500],
    ["that does not exist", { AuthorizerUri: INTEGRATION.IntegrationUri.replace(":echo", ":none") }, {}, 500],
  ])("%s is answered as by AWS", async (_which, authorizer, result, status) => {
    expect((await get(await serve(authorizer, result))).status).toBe(status);
  });

  test("is not asked about a request without the identity", async () => {
    const url = await serve({}, policy("Allow"));
    const answer = await get(url, "/items/7");
    expect([answer.status, answer.body, events]).toEqual([401, '{"message":"Unauthorized"}', []]);
    expect(echo.answered.at(-1)?.answer.log).toMatchObject({
      "authorizer.error": "the request lacks $request.querystring.q",
    });
  });

  test("needs the function's permission, or a role", async () => {
    const mayInvoke = (arn: string) => !arn.includes("/authorizers/");
    expect((await get(await serve({}, policy("Allow"), {}, mayInvoke))).status).toBe(500);
    const role = { AuthorizerCredentialsArn: "arn:aws:iam::123456789012:role/api" };
    expect((await get(await serve(role, policy("Allow"), {}, mayInvoke))).status).toBe(200);
  });
});
