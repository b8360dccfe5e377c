import { readFunctionResponse } from "../../../gateway/function-response";

const JSON_TYPE = { "content-type": "application/json" };
const TEXT_TYPE = { "content-type": "text/plain; charset=utf-8" };

test.each<[string, unknown, number, object, string]>([
  ["a string", "hello", 200, JSON_TYPE, "hello"],
  ["an object without a status code", { a: 1 }, 200, JSON_TYPE, '{"a":1}'],
  ["null", null, 200, JSON_TYPE, "null"],
  ["a list", [1], 200, JSON_TYPE, "[1]"],
  ["a status code alone", { statusCode: 404 }, 404, TEXT_TYPE, ""],
  ["a status code as text", { statusCode: "201", body: "made" }, 201, TEXT_TYPE, "made"],
  ["null for what is absent", { statusCode: 200, headers: null, cookies: null, body: null }, 200, TEXT_TYPE, ""],
  ["base64", { statusCode: 200, body: "aMOp", isBase64Encoded: true }, 200, TEXT_TYPE, "hé"],
  ["base64 without padding", { statusCode: 200, body: "aGk", isBase64Encoded: true }, 200, TEXT_TYPE, "hi"],
  ["what looks like base64", { statusCode: 200, body: "aMOp" }, 200, TEXT_TYPE, "aMOp"],
  ["a content type", { statusCode: 200, headers: { "Content-Type": "a/b" } }, 200, { "content-type": "a/b" }, ""],
  ["a number as header", { statusCode: 200, headers: { "X-N": 5 } }, 200, { ...TEXT_TYPE, "x-n": "5" }, ""],
  ["cookies", { statusCode: 200, cookies: ["a=1", "b=2"] }, 200, { ...TEXT_TYPE, "set-cookie": ["a=1", "b=2"] }, ""],
])("the result is %s", (_what, result, status, headers, body) => {
  const response = readFunctionResponse(JSON.stringify(result));
  expect({ ...response, body: response?.body.toString() }).toEqual({ status, headers, body });
});

test.each([
  ["no JSON", "NaN"],
  ["a status code that is none", '{"statusCode": "many"}'],
  ["a status code below 200", '{"statusCode": 100}'],
  ["a status code above 599", '{"statusCode": 600}'],
  ["a body that is no text", '{"statusCode": 200, "body": {"a": 1}}'],
  ["a header that is a list", '{"statusCode": 200, "headers": {"a": [1]}}'],
  ["a header with a line break", '{"statusCode": 200, "headers": {"a": "1\\r\\nb: 2"}}'],
  ["a header's name with a space", '{"statusCode": 200, "headers": {"a b": "1"}}'],
  ["a cookie with a line break", '{"statusCode": 200, "cookies": ["a=1\\r\\nb: 2"]}'],
  ["base64 that is none", '{"statusCode": 200, "body": "!", "isBase64Encoded": true}'],
])("%s is malformed", (_what, payload) => {
  expect(readFunctionResponse(payload)).toBeUndefined();
});
