import { createServer, type Server } from "node:http";
import { exportJWK, generateKeyPair, type KeyLike, SignJWT } from "jose";
import { close, serverUrl } from "../../commands/cli/server";
import { DEPLOYED, describeWithPython, EchoApi, route, send } from "./echo-api";

describeWithPython("a JWT authorizer of an HTTP API", () => {
  let echo: EchoApi;
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
    const its = { AuthorizerId: "jwt", AuthorizationType: "JWT" as const };
    echo = await EchoApi.start();
    secured = await echo.serve(echo.function(), {
      api: { ...DEPLOYED.api, CorsConfiguration: { AllowOrigins: ["*"] } },
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

  afterAll(async () => {
    await echo?.stop();
    if (issuer) await close(issuer);
    expect(echo?.failures).toEqual([]);
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
