import { parseState } from "../../../run/terraform";

test("a state file holds outputs and resources, without data sources", () => {
  const resource = (mode: string, name: string, attributes?: object) => {
    return { mode, type: "aws_x", name, provider: "aws", instances: [{ schema_version: 1, attributes }] };
  };
  const file = {
    version: 4,
    serial: 3,
    outputs: { url: { value: "https://example.com", type: "string" } },
    resources: [
      resource("managed", "one", { arn: "arn:aws:sns:eu-west-1:123456789012:topic" }),
      resource("data", "caller", { arn: "arn:aws:iam::123456789012:role/r" }),
      resource("managed", "empty"),
    ],
  };
  expect(parseState(JSON.stringify(file))).toEqual({
    outputs: { url: "https://example.com" },
    resources: [
      { address: "aws_x.one", type: "aws_x", values: { arn: "arn:aws:sns:eu-west-1:123456789012:topic" } },
      { address: "aws_x.empty", type: "aws_x", values: {} },
    ],
  });
});
