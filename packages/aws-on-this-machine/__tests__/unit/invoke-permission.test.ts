import { mayInvoke } from "../../function/invoke-permission";

const API = "apigateway.amazonaws.com";
const ROUTE = "arn:aws:execute-api:us-west-2:123456789012:abc123/$default/GET/pets";

const STATEMENT = {
  Effect: "Allow",
  Principal: { Service: API },
  Action: "lambda:InvokeFunction",
  Condition: { ArnLike: { "AWS:SourceArn": "arn:aws:execute-api:us-west-2:123456789012:abc123/*/*" } },
};

function sourceArn(pattern: string | string[]) {
  return { Condition: { ArnLike: { "AWS:SourceArn": pattern } } };
}

test.each<[string, object, boolean]>([
  ["as it is deployed", {}, true],
  ["for the very ARN", sourceArn(ROUTE), true],
  ["for one of several ARNs", sourceArn(["arn:aws:events:us-west-2:123456789012:rule/a", ROUTE]), true],
  ["for one unknown character", sourceArn(ROUTE.replace("abc123", "abc12?")), true],
  ["for any source", { Condition: undefined }, true],
  ["for several services", { Principal: { Service: ["events.amazonaws.com", API] } }, true],
  ["for several actions", { Action: ["lambda:GetFunction", "lambda:InvokeFunction"] }, true],
  ["under conditions of another kind", { Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } } }, true],
  ["for another API", sourceArn("arn:aws:execute-api:us-west-2:123456789012:other/*/*"), false],
  ["for the beginning of the ARN", sourceArn("arn:aws:execute-api:us-west-2:123456789012:abc123"), false],
  ["for a dot that is no wildcard", sourceArn(ROUTE.replace("abc123", "abc12.")), false],
  ["for the service in the source's Region", { Principal: { Service: "apigateway.us-west-2.amazonaws.com" } }, true],
  ["for the service in another Region", { Principal: { Service: "apigateway.eu-west-1.amazonaws.com" } }, false],
  ["for another service", { Principal: { Service: "events.amazonaws.com" } }, false],
  ["for an account", { Principal: { AWS: "123456789012" } }, false],
  ["for another action", { Action: "lambda:GetFunction" }, false],
  ["as a denial", { Effect: "Deny" }, false],
])("a statement %s lets the route invoke the function: %s", (_what, changes, expected) => {
  const policy = JSON.stringify({ Statement: [{ ...STATEMENT, ...changes }] });
  expect(mayInvoke(policy, API, ROUTE)).toBe(expected);
});

test("one statement of several is enough, and none lets nobody", () => {
  const other = { ...STATEMENT, Principal: { Service: "events.amazonaws.com" } };
  expect(mayInvoke(JSON.stringify({ Statement: [other, STATEMENT] }), API, ROUTE)).toBe(true);
  expect(mayInvoke(JSON.stringify({ Statement: [] }), API, ROUTE)).toBe(false);
  expect(mayInvoke(undefined, API, ROUTE)).toBe(false);
});
