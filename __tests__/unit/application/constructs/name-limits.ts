import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import type { TerraformStack } from "cdktf";
import { provideEnvironment } from "../../../../constructs/environment";
import { DeadLetterQueue } from "../../../../constructs/events/dead-letter-queue";
import { aFunction, synthesize } from "../synthesize";

const queue = (name: string) => (stack: TerraformStack) => void new SqsQueue(stack, "queue", { name });

test.each<[string, (stack: TerraformStack) => void, string]>([
  [
    "a queue",
    queue("q".repeat(81)),
    `queue: the name "${"q".repeat(81)}" has 81 characters; use a shorter id or name, of at most 80`,
  ],
  [
    "a function's role, from the function's name",
    (stack) => void aFunction(stack, "f".repeat(55)),
    `/execution-role: the name "${"f".repeat(55)}-test-role" has 65 characters; use a shorter id or name, of at most 64`,
  ],
  [
    "a rule",
    (stack) => void new CloudwatchEventRule(stack, "rule", { name: "r".repeat(65) }),
    "has 65 characters; use a shorter id or name, of at most 64",
  ],
  [
    "a bucket, with an account's 12 digits in its name",
    (stack) => {
      const { accountId } = new DataAwsCallerIdentity(stack, "account");
      new S3Bucket(stack, "bucket", { bucket: `${"b".repeat(52)}${accountId}` });
    },
    "has 64 characters; use a shorter id or name, of at most 63",
  ],
  ["other characters", queue("a queue"), 'queue: the name "a queue" is not allowed; use only letters, digits, hyphens'],
])("AWS's limits of names: %s", (_what, build, message) => {
  expect(() => synthesize(build)).toThrow(message);
});

test("names that AWS takes pass, also those that only an apply knows", () => {
  synthesize((stack) => {
    const { name } = new SqsQueue(stack, "longest", { name: "q".repeat(80) });
    new IamRole(stack, "role", { name: `${name}-role`, assumeRolePolicy: "{}" });
    new S3Bucket(stack, "bucket", { bucket: "b".repeat(63) });
    new SqsQueue(stack, "fifo", { name: "queue.fifo", fifoQueue: true });
  });
});

test("an added resource has its path as its name, with the environment's suffix", () => {
  const names = ["", "-development"].map((suffix) => {
    const json = synthesize((stack) => void new DeadLetterQueue(aFunction(stack, "orders"), "late"), {
      physicalName: (base) => `${base}${suffix}`,
    });
    return /"name": "(orders-late.*?)"/.exec(json)?.[1];
  });
  expect(names).toEqual(["orders-late", "orders-late-development"]);
});

test("a stack without an environment says what is missing", () => {
  const withoutEnvironment = () =>
    synthesize((stack) => {
      provideEnvironment(stack, undefined as never);
      new DeadLetterQueue(stack, "queue");
    });
  expect(withoutEnvironment).toThrow("call provideEnvironment(this, ...) in it first");
});
