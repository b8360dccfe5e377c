import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explainUnknownRuntime } from "../../../run/unknown-runtime";

const LOCK_FILE = `provider "registry.terraform.io/hashicorp/archive" {
  version = "2.7.1"
}

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.100.0"
  constraints = ">= 5.100.0, < 7.0.0"
}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "runtime-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const error = (runtime: string) =>
  `aws_lambda_function.processor: expected runtime to be one of ["nodejs" "python3.12" "python3.13"], got ${runtime}`;

test("a runtime that the provider does not know is told with the version that is installed, and the one that knows it", () => {
  writeFileSync(join(folder, ".terraform.lock.hcl"), LOCK_FILE);
  expect(explainUnknownRuntime(error("python3.14"), folder)).toBe(
    "The AWS provider 5.100.0 does not know the runtime python3.14; version 6.21.0 and later do. Delete .terraform.lock.hcl, if there is one, and run npm run lock; or name a mirror with a newer provider in TF_PROVIDER_MIRROR; or set function.runtime to an older one.",
  );
});

test("where no version is known, the message asks for a newer one", () => {
  expect(explainUnknownRuntime(error("python3.15"), folder)).toMatch(
    /^The AWS provider that is installed does not know the runtime python3\.15; use a newer one\. /,
  );
});

test("other errors stay as they are", () => {
  const other = "aws_lambda_function.processor: expected memory_size to be in the range (128 - 10240), got 1";
  expect(explainUnknownRuntime(other, folder)).toBe(other);
});
