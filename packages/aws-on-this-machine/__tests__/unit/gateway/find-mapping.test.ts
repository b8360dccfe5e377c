import { findMapping, pathBelow } from "../../../gateway/domains/find-mapping";

const mapping = (ApiId: string, ApiMappingKey?: string) => ({ ApiId, ApiMappingKey, Stage: "$default" });
const DOMAINS = [
  { address: "d.a", name: "api.example.com", mappings: [mapping("root"), mapping("orders", "orders")] },
  { address: "d.b", name: "b.example.com", mappings: [mapping("one", "v1"), mapping("deep", "v1/items/all")] },
];

test.each([
  ["api.example.com", "/", "root", "/"],
  ["API.example.com.:3000", "/ordersx", "root", "/ordersx"],
  ["api.example.com:443", "/orders", "orders", "/"],
  ["api.example.com", "/orders/7", "orders", "/7"],
  ["api.example.com", "/orders//7", "orders", "//7"],
  ["b.example.com", "/v1/items", "one", "/items"],
  ["b.example.com", "/v1/items/all/1", "deep", "/1"],
])("the request to %s%s reaches the API %s at %s", (host, path, api, below) => {
  const found = findMapping(DOMAINS, host, path);
  expect([found?.mapping?.ApiId, found?.mapping && pathBelow(found.mapping, path)]).toEqual([api, below]);
});

test("a path without a mapping reaches no API of the domain", () => {
  expect(findMapping(DOMAINS, "b.example.com", "/v2")).toEqual({ name: "b.example.com", mapping: undefined });
});

test.each([[undefined], ["127.0.0.1:3000"], ["other.example.com"], ["xapi.example.com"], [""]])(
  "the host %s is no domain",
  (host) => {
    expect(findMapping(DOMAINS, host, "/")).toBeUndefined();
  },
);
