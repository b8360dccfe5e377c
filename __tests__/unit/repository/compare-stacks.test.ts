import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findDifferences, isHarmless, readStacks, renderDifference } from "../../../tools/compare-stacks";

const STACK = {
  "//": { metadata: { version: "1", stackName: "system" }, outputs: { system: { url: "url" } } },
  resource: {
    aws_sqs_queue: { queue: { "//": { metadata: { uniqueId: "queue" } }, name: "a", tags: ["x", "y"], delay: 0 } },
  },
  terraform: { required_providers: { aws: { source: "aws", version: "6.0.0" } } },
};

/** What is reported where one text in the stack's JSON is another. */
function differencesWith(text: string, replacement: string): { harmless: string[]; harmful: string[] } {
  const differences = findDifferences(STACK, JSON.parse(JSON.stringify(STACK).replace(text, replacement)));
  return {
    harmless: differences.filter(isHarmless).map(renderDifference),
    harmful: differences.filter((difference) => !isHarmless(difference)).map(renderDifference),
  };
}

test.each([
  ['"version":"1"', '"version":"2"', '//.metadata.version: "1" → "2"'],
  ['"uniqueId":"queue"', '"uniqueId":"other"', 'resource.aws_sqs_queue.queue.//.metadata.uniqueId: "queue" → "other"'],
  ['"source":"aws"', '"source":"hashicorp/aws"', 'terraform.required_providers.aws.source: "aws" → "hashicorp/aws"'],
  ['"version":"6.0.0"', '"version":"6.1.0"', 'terraform.required_providers.aws.version: "6.0.0" → "6.1.0"'],
])("%s → %s is harmless", (text, replacement, shown) => {
  expect(differencesWith(text, replacement)).toEqual({ harmless: [shown], harmful: [] });
});

test.each([
  ['"name":"a"', '"name":"b"', 'resource.aws_sqs_queue.queue.name: "a" → "b"'],
  ['"name":"a",', "", 'resource.aws_sqs_queue.queue.name: "a" → (none)'],
  ['"name":"a"', '"name":"a","fifo":true', "resource.aws_sqs_queue.queue.fifo: (none) → true"],
  ['"delay":0', '"delay":"0"', 'resource.aws_sqs_queue.queue.delay: 0 → "0"'],
  ['["x","y"]', '["x"]', 'resource.aws_sqs_queue.queue.tags[1]: "y" → (none)'],
  ['["x","y"]', '{"0":"x","1":"y"}', 'resource.aws_sqs_queue.queue.tags: ["x","y"] → {"0":"x","1":"y"}'],
  ['"url":"url"', '"url":"uri"', '//.outputs.system.url: "url" → "uri"'],
  ['"source":"aws"', '"source":"other/aws"', 'terraform.required_providers.aws.source: "aws" → "other/aws"'],
])("%s → %s is not harmless", (text, replacement, shown) => {
  expect(differencesWith(text, replacement)).toEqual({ harmless: [], harmful: [shown] });
});

test("the order of keys is no difference", () => {
  expect(findDifferences({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 })).toEqual([]);
});

test("cuts long values to where they begin to differ", () => {
  const [before, after] = ["1", "2"].map((middle) => `${"a".repeat(5000)}${middle}${"z".repeat(5000)}`);
  const shown = renderDifference({ path: ["body"], before, after });
  expect(shown).toContain(`: …${"a".repeat(40)}1zzz`);
  expect(shown).toContain(`z… → …${"a".repeat(40)}2zzz`);
  expect(shown.length).toBeLessThan(500);
});

test("reads each stack with the checksums of its assets", () => {
  const folder = mkdtempSync(join(tmpdir(), "compare-stacks-"));
  try {
    const assets = join(folder, "stacks", "system", "assets");
    mkdirSync(assets, { recursive: true });
    writeFileSync(join(folder, "stacks", "system", "cdk.tf.json"), JSON.stringify(STACK));
    writeFileSync(join(assets, "index.py"), "one");
    const before = readStacks(folder);
    writeFileSync(join(assets, "index.py"), "two");
    expect(before.system).toMatchObject(STACK);
    const [difference, ...others] = findDifferences(before, readStacks(folder));
    expect(difference?.path).toEqual(["system", "assets/index.py"]);
    expect(others).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an application without stacks has none", () => {
  expect(readStacks(join(tmpdir(), "no-such-folder"))).toEqual({});
});
