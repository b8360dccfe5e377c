import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import type { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { invokePermission } from "../../../../constructs/access/invoke-permission";
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

const invoke = { action: "lambda:InvokeFunction", principal: "events.amazonaws.com" };
const callers = (stack: TerraformStack) => ({
  one: new Construct(stack, "api"),
  other: new Construct(stack, "api-orders"),
  sourceArn: "arn:aws:events:eu-central-1:123456789012:rule/daily",
  service: "events.amazonaws.com",
});

test("two statements of one function with the same id are refused, however they are made", () => {
  const message =
    'the statement id "api-orders-read" is that of api/orders-read, for the same function; use another id';
  expect(() =>
    synthesize((stack) => {
      const { one, other, ...source } = callers(stack);
      const fn = aFunction(stack, "orders");
      invokePermission(one, "orders-read", { fn, ...source });
      invokePermission(other, "read", { fn, ...source });
    }),
  ).toThrow(`api-orders/read: ${message}`);
  expect(() =>
    synthesize((stack) => {
      const { one, other: _, ...source } = callers(stack);
      const fn = aFunction(stack, "orders");
      invokePermission(one, "orders-read", { fn, ...source });
      const { functionName } = fn.function;
      new LambdaPermission(stack, "added", { ...invoke, functionName, statementId: "api-orders-read" });
    }),
  ).toThrow(`added: ${message}`);
});

test("statements of two functions, and of an alias, may have the same id", () => {
  synthesize((stack) => {
    const { one, other, ...source } = callers(stack);
    invokePermission(one, "orders-read", { fn: aFunction(stack, "orders"), ...source });
    const { functionName } = aFunction(stack, "returns").function;
    new LambdaPermission(other, "read", { ...invoke, functionName, statementId: "api-orders-read" });
    new LambdaPermission(other, "of-alias", {
      ...invoke,
      functionName,
      statementId: "api-orders-read",
      qualifier: "a",
    });
    for (const id of ["first", "second"]) new LambdaPermission(other, id, { ...invoke, functionName });
  });
});
