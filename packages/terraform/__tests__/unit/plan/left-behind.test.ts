import { findLeftBehind } from "../../../plan/left-behind";
import type { State } from "../../../run/terraform";

const HERE = { region: "us-west-2", account: "123456789012" };

function state(...arns: (string | undefined)[]): State {
  return {
    outputs: {},
    dataSources: [],
    resources: arns.map((arn, index) => ({ address: `aws_x.r${index}`, type: "aws_x", values: { arn } })),
  };
}

test.each([
  ["no state", undefined],
  ["an empty state", state()],
  [
    "resources of this Region and account, global ones and ones without an ARN",
    state(
      "arn:aws:sns:us-west-2:123456789012:topic",
      "arn:aws:iam::123456789012:role/r",
      "arn:aws:s3:::bucket",
      "arn:aws:apigateway:us-west-2::/apis/a",
      undefined,
    ),
  ],
])("of %s nothing stays behind", (_what, given) => {
  expect(findLeftBehind(given, HERE)).toBeUndefined();
});

test.each([
  [
    "Region",
    state("arn:aws:apigateway:eu-west-1::/apis/a", "arn:aws:iam::123456789012:role/r"),
    "eu-west-1",
    "us-west-2",
  ],
  [
    "account",
    state("arn:aws:iam::999999999999:role/r", "arn:aws:s3:::bucket"),
    "account 999999999999",
    "account 123456789012",
  ],
])("what is in another %s stays behind", (_what, given, from, to) => {
  expect(findLeftBehind(given, HERE)).toEqual({ from, to, addresses: ["aws_x.r0"] });
});
