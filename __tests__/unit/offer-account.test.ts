import { readFileSync } from "node:fs";
import { withAccount } from "../../commands/application/offer-account";

const CDKTF_JSON = readFileSync("cdktf.json", "utf8");
const account = "123456789012";

test("the account is the environment's first setting, and all else is as it was", () => {
  const changed = withAccount(CDKTF_JSON, "development", { account });
  const isNew = (line: string) => line.includes(account);
  expect(changed.split("\n").find(isNew)).toBe(`        "account": "${account}",`);
  const rest = changed
    .split("\n")
    .filter((line) => !isNew(line))
    .join("\n");
  expect(rest).toBe(CDKTF_JSON);
  expect(Object.entries(JSON.parse(changed).context.environments.development)[0]).toEqual(["account", account]);
});

test.each([
  ["an environment without settings", '{\n  "context": {\n    "environments": { "test": {} }\n  }\n}\n'],
  [
    "tabs and Windows' line ends",
    '{\r\n\t"context": {\r\n\t\t"environments": {\r\n\t\t\t"test": {}\r\n\t\t}\r\n\t}\r\n}',
  ],
  ["a state", '{"context": {"environments": {"test": {"state": {"key": "k"}, "region": "eu-west-1"}}}}'],
])("the state bucket keeps its name, with %s", (_what, text) => {
  const changed = withAccount(text, "test", { account, bucket: "bucket-1" });
  const before = JSON.parse(text).context.environments.test;
  expect(JSON.parse(changed).context.environments.test).toEqual({
    account,
    ...before,
    state: { ...before.state, bucket: "bucket-1" },
  });
  expect(changed.includes("\r\n")).toBe(text.includes("\r\n"));
  expect(/\n {2}/.test(changed)).toBe(!text.includes("\t"));
});
