import { parseState } from "../../../run/terraform";

test("a state file holds outputs, resources and data sources, with their addresses", () => {
  const resource = (mode: string, name: string, attributes?: object) => {
    return { mode, type: "aws_x", name, provider: "aws", instances: [{ schema_version: 1, attributes }] };
  };
  const file = {
    version: 4,
    serial: 3,
    outputs: {
      url: { value: "https://example.com", type: "string" },
      queues: { value: [{ name: "a" }], type: ["list", "string"] },
      token: { value: "secret", type: "string", sensitive: true },
    },
    resources: [
      resource("managed", "one", { arn: "arn:aws:sns:eu-west-1:123456789012:topic" }),
      resource("data", "caller", { arn: "arn:aws:iam::123456789012:role/r" }),
      resource("managed", "empty"),
      {
        ...resource("managed", "each"),
        module: "module.a",
        instances: [{ index_key: 0 }, { index_key: "b" }],
      },
    ],
  };
  expect(parseState(JSON.stringify(file))).toEqual({
    outputs: { url: "https://example.com", queues: '[{"name":"a"}]', token: "(sensitive)" },
    resources: [
      { address: "aws_x.one", type: "aws_x", values: { arn: "arn:aws:sns:eu-west-1:123456789012:topic" } },
      { address: "aws_x.empty", type: "aws_x", values: {} },
      { address: "module.a.aws_x.each[0]", type: "aws_x", values: {} },
      { address: 'module.a.aws_x.each["b"]', type: "aws_x", values: {} },
    ],
    dataSources: [{ address: "data.aws_x.caller", type: "aws_x", values: { arn: "arn:aws:iam::123456789012:role/r" } }],
  });
});
