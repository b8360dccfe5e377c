import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeDifference, readStacks } from "../../../tools/compare-stacks";

const STACK = {
  "//": { metadata: { version: "1", stackName: "system" }, outputs: { system: { url: "url" } } },
  resource: {
    aws_sqs_queue: { queue: { "//": { metadata: { uniqueId: "queue" } }, name: "a", tags: ["x", "y"], delay: 0 } },
  },
  terraform: { required_providers: { aws: { source: "aws", version: "6.0.0" } } },
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "compare-stacks-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Reads a stack with this JSON and this asset. */
function read(json: string, asset = "one") {
  const assets = join(folder, "stacks", "system", "assets");
  mkdirSync(assets, { recursive: true });
  writeFileSync(join(folder, "stacks", "system", "cdk.tf.json"), json);
  writeFileSync(join(assets, "index.py"), asset);
  return readStacks(folder).system;
}

function differenceWith(text: string, replacement: string): string | undefined {
  const json = JSON.stringify(STACK);
  return describeDifference(read(json), read(json.replace(text, replacement)));
}

test.each([
  ['"version":"1"', '"version":"2"'],
  ['"uniqueId":"queue"', '"uniqueId":"other"'],
  ['"source":"aws"', '"source":"hashicorp/aws"'],
  ['"version":"6.0.0"', '"version":"6.1.0"'],
  ['"name":"a","tags":["x","y"]', '"tags":["x","y"],"name":"a"'],
])("%s → %s is no difference to Terraform", (text, replacement) => {
  expect(differenceWith(text, replacement)).toBeUndefined();
});

test.each([
  ['"name":"a"', '"name":"b"', /^- +name: 'a'$|^\+ +name: 'b'/m],
  ['"name":"a",', "", /name: 'a'/],
  ['"delay":0', '"delay":"0"', /delay: '0'/],
  ['["x","y"]', '["x"]', /'y'/],
  ['["x","y"]', '{"0":"x","1":"y"}', /tags: \{/],
  ['"url":"url"', '"url":"uri"', /uri/],
  ['"source":"aws"', '"source":"other/aws"', /other\/aws/],
])("%s → %s is a difference", (text, replacement, shown) => {
  expect(differenceWith(text, replacement)).toMatch(shown);
});

test("another asset and a missing stack are differences", () => {
  const json = JSON.stringify(STACK);
  expect(describeDifference(read(json), read(json, "two"))).toMatch(/assets\/index\.py/);
  expect(describeDifference(read(json), undefined)).toBeDefined();
  expect(readStacks(join(folder, "no-such-folder"))).toEqual({});
});
