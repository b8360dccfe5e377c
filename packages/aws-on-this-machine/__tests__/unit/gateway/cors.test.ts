import { corsHeaders, isPreflight, preflightHeaders } from "../../../gateway/cors";

const ORIGIN = "https://app.example.com";

test.each([
  ["OPTIONS", { origin: ORIGIN, "access-control-request-method": "POST" }, true],
  ["OPTIONS", { origin: ORIGIN }, false],
  ["OPTIONS", { "access-control-request-method": "POST" }, false],
  ["POST", { origin: ORIGIN, "access-control-request-method": "POST" }, false],
])("%s with %j is a preflight: %s", (method, headers, expected) => {
  expect(isPreflight({ method, headers } as Parameters<typeof isPreflight>[0])).toBe(expected);
});

test.each([
  [["*"], ORIGIN, "*"],
  [[ORIGIN], ORIGIN, ORIGIN],
  [["https://*"], ORIGIN, ORIGIN],
  [["https://other.example", ORIGIN], ORIGIN, ORIGIN],
  [["http://*"], ORIGIN, undefined],
  [[ORIGIN], "https://app.example.com.evil.example", undefined],
  [["*"], undefined, undefined],
  [[], ORIGIN, undefined],
])("where %j are allowed, %s may read an answer for %s", (AllowOrigins, origin, allowed) => {
  expect(corsHeaders({ AllowOrigins }, origin)["access-control-allow-origin"]).toBe(allowed);
});

test("an answer for one origin is not kept for another", () => {
  expect(corsHeaders({ AllowOrigins: [ORIGIN] }, ORIGIN).vary).toBe("origin");
  expect(corsHeaders({ AllowOrigins: ["*"] }, ORIGIN)).not.toHaveProperty("vary");
});

const CORS = {
  AllowOrigins: [ORIGIN],
  AllowMethods: ["GET", "POST"],
  AllowHeaders: ["Content-Type", "X-Api-Key"],
  ExposeHeaders: ["X-Number"],
  AllowCredentials: true,
  MaxAge: 0,
};

test("an answer tells what a page may read", () => {
  expect(corsHeaders(CORS, ORIGIN)).toEqual({
    "access-control-allow-origin": ORIGIN,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "x-number",
    vary: "origin",
  });
});

test("a preflight's answer also tells what a page may send", () => {
  expect(preflightHeaders(CORS, ORIGIN)).toEqual({
    ...corsHeaders(CORS, ORIGIN),
    "access-control-allow-methods": "GET,POST",
    "access-control-allow-headers": "content-type,x-api-key",
    "access-control-max-age": "0",
  });
  expect(preflightHeaders(CORS, "https://evil.example")).toEqual({});
});
