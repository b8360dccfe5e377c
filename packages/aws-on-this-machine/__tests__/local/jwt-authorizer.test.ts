import { createServer, type Server } from "node:http";
import { close, serverUrl } from "@local/command-line/server";
import { exportJWK, generateKeyPair, type KeyLike, SignJWT } from "jose";
import { findTokenIssuer } from "../../gateway/authorizers/jwt-authorizer";
import { LocalIssuer } from "../../gateway/tokens/local-issuer";
import { DEPLOYED, EchoApi, route, send } from "./echo-api";

/** The address refuses connections. fetch refuses port 1 by itself. */
const NOBODY = "https://127.0.0.1:2";

const DISCOVERY = "/.well-known/openid-configuration";

/** Unusable answers of issuers. */
const ANSWERS: Record<string, [status: number, body: string | object]> = {
  [`/failing${DISCOVERY}`]: [500, ""],
  [`/html${DISCOVERY}`]: [200, "<html>"],
  [`/none${DISCOVERY}`]: [200, {}],
  [`/dead${DISCOVERY}`]: [200, { jwks_uri: `${NOBODY}/keys` }],
  "/missing/keys": [404, ""],
  "/wrong/keys": [200, { keys: "none" }],
};

describe("a JWT authorizer of an HTTP API", () => {
  const echo = new EchoApi();
  let issuer: Server;
  let Issuer: string;
  let secured: string;
  let key: KeyLike;
  beforeAll(async () => {
    const pair = await generateKeyPair("RS256");
    key = pair.privateKey;
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: "key", alg: "RS256" };
    issuer = createServer(({ url = "" }, response) => {
      if (url.startsWith("/silent")) return;
      const isDiscovery = url.endsWith(DISCOVERY);
      const keysUrl = `${Issuer}${url.replace(DISCOVERY, "/keys")}`;
      const [status, body] = ANSWERS[url] ?? [200, isDiscovery ? { jwks_uri: keysUrl } : { keys: [jwk] }];
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    });
    await new Promise<void>((done) => issuer.listen(0, "127.0.0.1", done));
    Issuer = serverUrl(issuer);
    secured = await serve(Issuer);
  });

  const deployed = (Issuer: string) => {
    const its = { AuthorizerId: "jwt", AuthorizationType: "JWT" as const };
    return {
      ...DEPLOYED,
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
          AuthorizerType: "JWT" as const,
          IdentitySource: ["$request.header.Authorization"],
          JwtConfiguration: { Issuer, Audience: ["orders"] },
        },
      ],
    };
  };
  const serve = async (Issuer: string) => echo.serve(deployed(Issuer));

  afterAll(async () => {
    await echo.stop();
    await close(issuer);
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
  const call = async (bearer?: string, path = "/", url = secured) =>
    send(url, path, bearer ? { authorization: `Bearer ${bearer}` } : {}, undefined, "GET");

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

  test("says that there is no token, and of which issuer one is required", async () => {
    await call();
    expect(echo.answered.at(-1)?.answer.log?.["authorizer.error"]).toBe(
      `there is no token in $request.header.Authorization; one of ${Issuer} is required`,
    );
  });

  test.each<[what: string, issuer: () => string, at: (issuer: string) => string, why: RegExp]>([
    ["that nobody serves", () => NOBODY, (its) => its + DISCOVERY, /ECONNREFUSED/],
    ["whose name has several addresses", () => "http://localhost:2", (its) => its + DISCOVERY, /ECONNREFUSED/],
    ["that does not answer", () => `${Issuer}/silent`, (its) => its + DISCOVERY, /^no answer within 5 s$/],
    ["without TLS", () => Issuer.replace("http:", "https:"), (its) => its + DISCOVERY, /SSL|TLS/],
    ["that fails", () => `${Issuer}/failing`, (its) => its + DISCOVERY, /^it answered 500$/],
    ["that answers HTML", () => `${Issuer}/html`, (its) => its + DISCOVERY, /^its answer is no JSON with a jwks_uri$/],
    [
      "that names no keys",
      () => `${Issuer}/none/`,
      (its) => its + DISCOVERY.slice(1),
      /^its answer is no JSON with a jwks/,
    ],
    ["whose keys nobody serves", () => `${Issuer}/dead`, () => `${NOBODY}/keys`, /ECONNREFUSED/],
    ["whose keys are missing", () => `${Issuer}/missing`, (its) => `${its}/keys`, /^Expected 200 OK/],
    ["whose keys are none", () => `${Issuer}/wrong`, (its) => `${its}/keys`, /^JSON Web Key Set malformed$/],
  ])("answers as AWS does where a token has an issuer %s, and tells which and why", async (_what, issuer, at, why) => {
    const its = issuer();
    const { status, headers, body } = await call(await token({ iss: its }), "/", await serve(its));
    expect([status, body]).toEqual([401, '{"message":"Unauthorized"}']);
    const failed = at(its).endsWith("/keys") ? "JWKS" : "OIDC discovery endpoint";
    const challenge = `Bearer scope="" error="invalid_token" error_description="${failed} communication error"`;
    expect(headers["www-authenticate"]).toBe(challenge);
    const told = String(echo.answered.at(-1)?.answer.log?.["authorizer.error"]);
    const begin = `the issuer ${its} could not be reached at ${at(its)}: `;
    expect(told.slice(0, begin.length)).toBe(begin);
    expect(told.slice(begin.length)).toMatch(why);
    expect(told).not.toContain("\n");
  });

  test("is found for the requests that need a token", () => {
    const api = deployed("https://issuer.example.com");
    const issuers = [
      findTokenIssuer(api, { method: "POST", path: "/orders?a=1" }),
      findTokenIssuer(api, { method: "OPTIONS", path: "/orders?a=1" }),
      findTokenIssuer(DEPLOYED, { method: "POST", path: "/orders" }),
    ];
    expect(issuers).toEqual(["https://issuer.example.com", undefined, undefined]);
  });

  test("takes client_id where there is no audience", async () => {
    expect((await call(await token({ aud: undefined, client_id: "orders" }))).status).toBe(200);
  });

  describe("with a local issuer", () => {
    const issue = async (claims = {}) => echo.localIssuer.issue([deployed(NOBODY)], claims);
    let unreachable: string;
    beforeAll(async () => {
      unreachable = await serve(NOBODY);
    });

    test("takes its token without the deployed issuer, with the claims that the authorizer requires", async () => {
      const now = Date.now() / 1000;
      const { status, body } = await call(await issue({ groups: ["a"], n: 1 }), "/admin", unreachable);
      expect(status).toBe(200);
      const { claims, scopes } = JSON.parse(body).requestContext.authorizer.jwt;
      expect(claims).toMatchObject({ iss: NOBODY, aud: "orders", scope: "admin", sub: "local", groups: "[a]", n: "1" });
      expect(Math.abs(Number(claims.exp) - now - 3600)).toBeLessThan(60);
      expect(scopes).toEqual(["admin"]);
    });

    test.each([
      ["expired", { exp: 1 }, 401],
      ["for others", { aud: "payments" }, 401],
      ["without the route's scope", { scope: "read" }, 403],
    ])("refuses its token that is %s", async (_what, claims, status) => {
      expect((await call(await issue(claims), "/admin", unreachable)).status).toBe(status);
    });

    test("refuses tokens of other local issuers, and takes those of the deployed one", async () => {
      const foreign = await new LocalIssuer().issue([deployed(NOBODY)]);
      expect((await call(foreign, "/", unreachable)).status).toBe(401);
      expect((await call(await token())).status).toBe(200);
    });

    test("takes the authorizer with the given issuer, and says that there is none", async () => {
      const apis = [deployed(NOBODY), deployed(Issuer)];
      const issued = await echo.localIssuer.issue(apis, { iss: Issuer });
      expect((await call(issued)).status).toBe(200);
      await expect(echo.localIssuer.issue(apis, { iss: "x" })).rejects.toThrow("an authorizer with the issuer x");
      await expect(echo.localIssuer.issue([DEPLOYED])).rejects.toThrow("No route has a JWT authorizer");
    });
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
