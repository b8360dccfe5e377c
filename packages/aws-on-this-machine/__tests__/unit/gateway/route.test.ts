import { matchRoute } from "../../../gateway/route";

/** The key of the route that a request takes, and what the variables of its path stand for. */
function taken(keys: string[], method: string, path: string) {
  const match = matchRoute(
    keys.map((RouteKey) => ({ RouteKey })),
    method,
    path,
  );
  return match && [match.route.RouteKey, match.pathParameters];
}

const KEYS = [
  "$default",
  "ANY /{proxy+}",
  "ANY /pets",
  "GET /pets",
  "ANY /pets/{id}",
  "GET /pets/{id}",
  "GET /pets/{id}/toys",
  "GET /pets/first",
  "GET /files/{path+}",
  "GET /v1.0/status",
];

test.each([
  ["GET", "/pets", "GET /pets", undefined],
  ["POST", "/pets", "ANY /pets", undefined],
  ["GET", "/pets/first", "GET /pets/first", undefined],
  ["GET", "/pets/a b", "GET /pets/{id}", { id: "a b" }],
  ["DELETE", "/pets/first", "ANY /pets/{id}", { id: "first" }],
  ["GET", "/pets/7/toys", "GET /pets/{id}/toys", { id: "7" }],
  ["GET", "/files/a/b/c", "GET /files/{path+}", { path: "a/b/c" }],
  ["GET", "/v1.0/status", "GET /v1.0/status", undefined],
  ["GET", "/v1x0/status", "ANY /{proxy+}", { proxy: "v1x0/status" }],
  ["GET", "/pets/7/toys/1", "ANY /{proxy+}", { proxy: "pets/7/toys/1" }],
  ["GET", "/PETS", "ANY /{proxy+}", { proxy: "PETS" }],
  ["GET", "/pets/", "ANY /{proxy+}", { proxy: "pets/" }],
  ["GET", "/", "$default", undefined],
])("%s %s takes %s", (method, path, key, pathParameters) => {
  expect(taken(KEYS, method, path)).toEqual([key, pathParameters]);
  expect(taken([...KEYS].reverse(), method, path)).toEqual([key, pathParameters]);
});

test("how exact the path is goes before how exact the method is", () => {
  expect(taken(["GET /{proxy+}", "ANY /{name}"], "GET", "/cats")).toEqual(["ANY /{name}", { name: "cats" }]);
  expect(taken(["GET /{name}", "ANY /cats"], "GET", "/cats")).toEqual(["ANY /cats", undefined]);
});

test.each([
  ["GET /pets/{id}", "GET", "/pets/"],
  ["GET /pets/{id}", "GET", "/pets/7/8"],
  ["GET /files/{path+}", "GET", "/files/"],
  ["GET /pets", "POST", "/pets"],
  ["GET /pets", "GET", "/pets/7"],
])("%s does not take %s %s", (key, method, path) => {
  expect(taken([key], method, path)).toBeUndefined();
});
