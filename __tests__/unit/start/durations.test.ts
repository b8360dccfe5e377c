import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Durations } from "../../../commands/start/durations";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "durations-"));
  file = join(folder, ".cache", "durations.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const USUAL = { aws_s3_bucket_lifecycle_configuration: 55, aws_sqs_queue: 25 };

test("what was never applied takes what it usually does", () => {
  const durations = new Durations(file);
  expect(durations.expected("state-backend")).toEqual({ seconds: 60, resources: USUAL });
  expect(durations.expected("serverless-infrastructure")).toEqual({ seconds: 75, resources: USUAL });
});

test("what was applied takes as long as the last time", () => {
  new Durations(file).save("state-backend", 91.5, {
    aws_s3_bucket_lifecycle_configuration: 80,
    aws_kms_key: 12,
    aws_s3_bucket: 1,
  });
  new Durations(file).save("serverless-infrastructure", 100, {});
  const durations = new Durations(file);
  expect(durations.expected("state-backend")).toEqual({
    seconds: 91.5,
    resources: { ...USUAL, aws_s3_bucket_lifecycle_configuration: 80, aws_kms_key: 12 },
  });
  expect(durations.expected("serverless-infrastructure")).toEqual({ seconds: 100, resources: USUAL });
});

test.each(["{", "[]", '{"state-backend": {"seconds": "long"}}'])("a file with %s counts for nothing", (text) => {
  file = join(folder, "durations.json");
  writeFileSync(file, text);
  expect(new Durations(file).expected("state-backend").seconds).toBe(60);
});
