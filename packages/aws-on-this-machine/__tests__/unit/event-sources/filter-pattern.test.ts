import { compileFilters, filterable } from "../../../event-sources/filter-pattern";

function filters(...patterns: object[]) {
  return compileFilters({ Filters: patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })) });
}

const ORDER = {
  body: { city: "Seattle", tags: ["a", "b"], price: 5, note: "", none: null, nested: { id: "x-1.png" } },
};

test.each<[string, object, boolean]>([
  ["equals", { city: ["Seattle"] }, true],
  ["equals another text", { city: ["Portland"] }, false],
  ["one of several", { city: ["Portland", "Seattle"] }, true],
  ["all fields", { city: ["Seattle"], price: [6] }, false],
  ["an element of a list", { tags: ["b"] }, true],
  ["no element of a list", { tags: ["c"] }, false],
  ["a number", { price: [5] }, true],
  ["a number is no text", { price: ["5"] }, false],
  ["null", { none: [null] }, true],
  ["null is not absence", { absent: [null] }, false],
  ["empty", { note: [""] }, true],
  ["prefix", { city: [{ prefix: "Sea" }] }, true],
  ["prefix in another case", { city: [{ prefix: { "equals-ignore-case": "sEA" } }] }, true],
  ["another prefix", { city: [{ prefix: "sea" }] }, false],
  ["suffix", { nested: { id: [{ suffix: ".png" }] } }, true],
  ["another suffix", { nested: { id: [{ suffix: ".jpg" }] } }, false],
  ["equals-ignore-case", { city: [{ "equals-ignore-case": "sEATTLE" }] }, true],
  ["anything-but", { city: [{ "anything-but": ["Portland", "Boston"] }] }, true],
  ["anything-but the value", { city: [{ "anything-but": "Seattle" }] }, false],
  ["anything-but a prefix", { city: [{ "anything-but": { prefix: "Sea" } }] }, false],
  ["anything-but without a field", { absent: [{ "anything-but": "x" }] }, false],
  ["numeric range", { price: [{ numeric: [">", 0, "<=", 5] }] }, true],
  ["outside a numeric range", { price: [{ numeric: [">", 0, "<", 5] }] }, false],
  ["numeric of a text", { city: [{ numeric: ["=", 0] }] }, false],
  ["exists", { city: [{ exists: true }] }, true],
  ["exists is false", { city: [{ exists: false }] }, false],
  ["absence", { absent: [{ exists: false }] }, true],
  ["absence below an absent field", { absent: { deep: [{ exists: false }] } }, true],
  ["$or", { $or: [{ city: ["Portland"] }, { price: [5] }] }, true],
  ["$or and another field", { $or: [{ city: ["Portland"] }, { price: [5] }], note: ["x"] }, false],
])("%s", (_name, pattern, expected) => {
  expect(filters({ body: pattern })(ORDER)).toBe(expected);
});

test("one of several patterns is enough, and without patterns all records pass", () => {
  expect(filters({ body: { city: ["Portland"] } }, { body: { price: [5] } })(ORDER)).toBe(true);
  expect(compileFilters(undefined)(ORDER)).toBe(true);
  expect(compileFilters({ Filters: [] })(ORDER)).toBe(true);
});

test("a text matches rules for texts alone, and JSON matches rules for its fields alone", () => {
  const [ofText, ofFields] = [filters({ body: [{ prefix: "{" }] }), filters({ body: { absent: [{ exists: false }] } })];
  expect([ofText({ body: filterable("{no JSON") }), ofText({ body: filterable("{}") })]).toEqual([true, false]);
  expect([ofFields({ body: filterable("text") }), ofFields({ body: filterable("{}") })]).toEqual([false, true]);
});

test.each([
  ["{", "The filter pattern { is not a JSON object."],
  ['{"body": "text"}', 'The filter pattern\'s "body" must be a list of rules or an object.'],
  ['{"body": [{"like": "x"}]}', 'The filter rule {"like":"x"} is not supported.'],
  ['{"body": [{"numeric": [">"]}]}', 'The filter rule {"numeric":[">"]} is not supported.'],
  ['{"body": [{"prefix": 1}]}', 'The filter rule {"prefix":1} is not supported.'],
])("the pattern %s is refused", (Pattern, message) => {
  expect(() => compileFilters({ Filters: [{ Pattern }] })).toThrow(message);
});
