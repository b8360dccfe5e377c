import { firstRequest, renderRefusal, renderStarted, type StartedWith } from "../../../terminal/started";
import { plain } from "./samples";

const URLS = { api: "http://127.0.0.1:3000", console: "http://127.0.0.1:3001" };

/** The last lines of what `npm start` prints. */
function rendered(tokenIssuer: string | undefined): string {
  const [, text = ""] = renderedWith({ tokenIssuer }).split("The API answers at ");
  return text;
}

function renderedWith(more: Partial<StartedWith>): string {
  const startedWith = {
    environmentScript: "/run/environment.sh",
    terraform: "terraform",
    stackFolder: "/run",
    sources: ["src", "worker"],
    stackSources: ["main.ts"],
    request: { method: "POST", path: "/orders" },
    domains: [],
    tokenIssuer: undefined,
    debugPorts: [],
    urlsForOthers: [],
    ...more,
  };
  return plain(renderStarted(URLS, startedWith, {}));
}

test("the first request is one that the API takes", () => {
  expect(rendered(undefined)).toBe(
    `${URLS.api}\n  curl -H 'content-type: application/json' -d '{"hello": "world"}' ${URLS.api}/orders`,
  );
});

test.each([
  [["$default"], "POST /orders"],
  [["$default", "OPTIONS /{proxy+}"], "POST /orders"],
  [["$default", "GET /health"], "GET /health"],
  [["GET /pets/{id}", "PUT /pets", "OPTIONS /a"], "PUT /pets"],
  [["ANY /dev/{proxy+}"], "POST /dev/1"],
  [["GET /b", "GET /a"], "GET /a"],
])("the first request to an API with the routes %j is %s", (routes, expected) => {
  const { method, path } = firstRequest(routes);
  expect(`${method} ${path}`).toBe(expected);
});

test("where the API requires a token, the first request has one, and the issuer is named", () => {
  expect(rendered("https://issuer.example.com")).toBe(
    [
      URLS.api,
      "  It requires a token of https://issuer.example.com, or one of npm run local -- token.",
      `  curl -H "authorization: Bearer $(npm run --silent local -- token)" -H 'content-type: application/json' -d '{"hello": "world"}' ${URLS.api}/orders`,
    ].join("\n"),
  );
});

test("the calls of the domains are told, with their paths", () => {
  const lines = renderedWith({ domains: ["api.example.com", "example.com/orders/v1"] }).split("\n");
  expect(lines.slice(-2)).toEqual([
    `  For https://api.example.com: curl -H 'host: api.example.com' ${URLS.api}`,
    `  For https://example.com/orders/v1: curl -H 'host: example.com' ${URLS.api}/orders/v1`,
  ]);
});

test("the ports of the debuggers are told", () => {
  const debugPorts = [
    ["orders", 5678],
    ["worker", 5680],
  ] as const;
  const lines = renderedWith({ debugPorts }).split("\n");
  expect(lines).toContain("A debugger can attach to orders at 127.0.0.1:5678.");
  expect(lines).toContain("A debugger can attach to worker at 127.0.0.1:5680.");
});

test("a warning lists what is open to others, and is missing by default", () => {
  const warning = "Warning: --host opens the API to each machine and container that reaches these addresses:";
  expect(renderedWith({ urlsForOthers: ["http://192.0.2.1:3000"] })).toContain(`${warning}\n  http://192.0.2.1:3000\n`);
  expect(renderedWith({})).not.toContain("Warning");
});

test.each([
  [200, undefined, {}, "The request stored no item."],
  [500, "ValueError: x", {}, "The request was answered 500."],
  [401, "no token", {}, "The request was answered 401: no token. Add --header 'authorization: Bearer <token>'."],
  [401, "not valid", { authorization: "Bearer x" }, "The request was answered 401: not valid."],
])("--once says what %i means", (status, error, headers, text) => {
  expect(renderRefusal({ headers }, status, error)).toBe(text);
});
