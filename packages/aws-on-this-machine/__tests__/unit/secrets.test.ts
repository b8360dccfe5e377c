import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeLayers } from "../../function/sandbox/layers";
import { describeMissing, matchSecrets, readLocalEnv } from "../../secrets/local-env";
import { SecretValues } from "../../secrets/secret-values";
import { giveSecrets, type SecretsProps } from "../../secrets/secrets";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "secrets-"));
  file = join(folder, "local.env");
});
afterEach(() => rmSync(folder, { recursive: true }));

const shopKey = { functionName: "orders", variable: "SHOP_KEY_PARAMETER", parameterName: "/shop-key-development" };
const database = { functionName: "worker", variable: "DATABASE", parameterName: "/database/password" };

test("local.env has lines of names and values, and comments", () => {
  writeFileSync(file, "# a comment\n\nA=1\r\nexport B = two words \nC='a=b'\n/d/e=\"x\"\nEMPTY=\n");
  expect(Object.fromEntries(readLocalEnv(file))).toEqual({ A: "1", B: "two words", C: "a=b", "/d/e": "x", EMPTY: "" });
  expect(readLocalEnv(join(folder, "none")).size).toBe(0);
});

test("a wrong line is named", () => {
  writeFileSync(file, "A=1\nsecret\n");
  expect(() => readLocalEnv(file)).toThrow("local.env, line 2: use NAME=value.");
});

test.each([
  ["SHOP_KEY", "/shop-key-development"],
  ["SHOP_KEY_PARAMETER", "/shop-key-development"],
  ["/shop-key-development", "/shop-key-development"],
  ["DATABASE", "/database/password"],
  ["/read/by/no/variable", "/read/by/no/variable"],
])("a line with the name %s gives %s its value", (name, parameter) => {
  expect(matchSecrets(new Map([[name, "x"]]), [shopKey, database])).toEqual({
    found: new Map([[parameter, "x"]]),
    unread: [],
  });
});

test("an empty value is a missing one", () => {
  expect(matchSecrets(new Map([["SHOP_KEY", ""]]), [shopKey])).toEqual({ found: new Map(), unread: [] });
});

test("a parameter that SSM refuses is told, and the others get their values", async () => {
  writeFileSync(file, "/a=x\n/aws/b=y\n/c=z\n");
  const put: string[] = [];
  const store = {
    has: async () => true,
    put: async (name: string) => {
      if (name.startsWith("/aws")) throw new Error(`${name} is reserved`);
      put.push(name);
    },
  };
  const notices = await giveSecrets({ iam: {} as SecretsProps["iam"], store, functions: [], file });
  expect([notices, put]).toEqual([["/aws/b is reserved"], ["/a", "/c"]]);
});

test("a state whose parameter has a value of local.env, also an earlier one, is refused", () => {
  const state = (value: string, type = "aws_ssm_parameter") => ({
    resources: [],
    dataSources: [{ address: `data.${type}.key`, type, values: { value } }],
  });
  const secrets = new SecretValues(file);
  secrets.refuseIn(state("s3cret"));
  writeFileSync(file, "EMPTY=\nKEY=s3cret\n");
  const refused = "data.aws_ssm_parameter.key has a value of local.env";
  expect(() => secrets.refuseIn(state("s3cret"))).toThrow(refused);
  writeFileSync(file, "KEY=other\n");
  expect(() => secrets.refuseIn(state("s3cret"))).toThrow(refused);
  for (const other of [state("set later"), state(""), state("other", "aws_x")]) secrets.refuseIn(other);
});

test("a name that no function reads is told", () => {
  expect(matchSecrets(new Map([["OTHER", "x"]]), [shopKey])).toEqual({ found: new Map(), unread: ["OTHER"] });
});

test("a missing value is told with the line to add", () => {
  expect(describeMissing(shopKey, "local.env")).toBe(
    "orders reads the parameter /shop-key-development, which has no value here. Add the line SHOP_KEY=<value> to local.env.",
  );
  expect(describeMissing(database, "local.env")).toContain("Add the line DATABASE=<value> to local.env.");
});

test("each layer of another account is named, with what to do", () => {
  const Arn = "arn:aws:lambda:us-west-2:123456789012:layer:tools:3";
  expect(describeLayers({ FunctionName: "orders", Layers: [{ Arn }, { Arn }] })).toEqual(
    Array(2).fill(
      `orders has the layer ${Arn}, which is not available here. If the code imports its packages, name them in the requirements.txt beside the code.`,
    ),
  );
  const FunctionArn = "arn:aws:lambda:us-west-2:123456789012:function:orders";
  expect(describeLayers({ FunctionName: "orders", FunctionArn, Layers: [{ Arn }] })).toEqual([]);
  expect(describeLayers({ FunctionName: "orders" })).toEqual([]);
});
