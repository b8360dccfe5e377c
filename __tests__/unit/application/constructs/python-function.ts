import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataArchiveFile } from "@cdktf/provider-archive/lib/data-archive-file";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { DeadLetterQueue } from "../../../../constructs/events/dead-letter-queue";
import type { PythonFunctionProps } from "../../../../constructs/function/function-props";
import { aFunction, ENVIRONMENT, resourcesOf, statementsIn, synthesize } from "../synthesize";

function requestFunction(props: Partial<PythonFunctionProps> = {}): string {
  return synthesize((stack) => {
    aFunction(stack, "processor", {
      functionName: "processor",
      environment: { NAME: "value" },
      deadLetterQueue: new DeadLetterQueue(stack, "queue", { queueName: "dead-letters" }),
      ...props,
    });
  });
}

test("the function runs as it is told to", () => {
  expect(requestFunction()).toHaveResourceWithProperties(LambdaFunction, {
    runtime: "python3.12",
    architectures: ["arm64"],
    memory_size: 512,
    timeout: 10,
    environment: { variables: { NAME: "value" } },
  });
});

test("the function is traced", () => {
  expect(requestFunction()).toHaveResourceWithProperties(LambdaFunction, { tracing_config: { mode: "Active" } });
});

test("the function logs JSON to a group of its own, which is there before it", () => {
  const synthesized = requestFunction();
  expect(synthesized).toHaveResourceWithProperties(CloudwatchLogGroup, {
    name: "/aws/lambda/processor",
    retention_in_days: 14,
  });
  expect(synthesized).toHaveResourceWithProperties(LambdaFunction, {
    logging_config: { log_format: "JSON", log_group: expect.stringContaining("${aws_cloudwatch_log_group.") },
  });
});

test("concurrency is reserved only where it is set", () => {
  expect(requestFunction()).not.toContain("reserved_concurrent_executions");
  expect(requestFunction({ reservedConcurrency: 0 })).toHaveResourceWithProperties(LambdaFunction, {
    reserved_concurrent_executions: 0,
  });
});

test("an event that fails three times ends in the dead-letter queue, which the role may send to", () => {
  const synthesized = requestFunction();
  expect(synthesized).toHaveResourceWithProperties(LambdaFunctionEventInvokeConfig, {
    maximum_retry_attempts: 2,
    destination_config: { on_failure: { destination: expect.stringMatching(/aws_sqs_queue\..*\.arn/) } },
    depends_on: [expect.stringContaining("grant-send")],
  });
  expect(synthesized).toHaveDataSourceWithProperties(DataAwsIamPolicyDocument, {
    statement: [{ actions: ["sqs:SendMessage"], resources: [expect.stringMatching(/aws_sqs_queue\..*\.arn/)] }],
  });
});

test("without tracing there are no traces and no permission to write them", () => {
  expect(requestFunction()).toHaveResourceWithProperties(LambdaFunction, { tracing_config: { mode: "Active" } });
  const untraced = requestFunction({ tracing: false });
  expect(untraced).toHaveResourceWithProperties(LambdaFunction, { tracing_config: { mode: "PassThrough" } });
  expect(untraced).not.toContain("xray:");
});

test("the function may write its own log and its traces, and nothing else of the kind", () => {
  expect(requestFunction()).toHaveDataSourceWithProperties(DataAwsIamPolicyDocument, {
    statement: [
      {
        sid: "WriteOwnLog",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [expect.stringMatching(/^\$\{aws_cloudwatch_log_group\..+\.arn\}:\*$/)],
      },
      {
        sid: "WriteTraces",
        actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        resources: ["*"],
      },
    ],
  });
});

test("the umask of this machine does not change what is deployed", () => {
  expect(requestFunction()).toHaveDataSourceWithProperties(DataArchiveFile, { output_file_mode: "0644" });
});

const two = synthesize(
  (stack) => {
    aFunction(stack, "orders", { handler: "orders.handle", memoryMb: 256, layers: ["arn:layer"] });
    aFunction(stack, "reports", { environment: { LEVEL: "INFO", DAYS: "7" } });
  },
  { function: { ...ENVIRONMENT.function, environment: { LEVEL: "DEBUG", STAGE: "test" } } },
);

test("two functions have everything apart, with names by their paths", () => {
  const names = (type: string, attribute = "name") => resourcesOf(two, type).map((resource) => resource[attribute]);
  expect(names("aws_lambda_function", "function_name")).toEqual(["orders-test", "reports-test"]);
  expect(names("aws_iam_role")).toEqual(["orders-test-role", "reports-test-role"]);
  expect(names("aws_cloudwatch_log_group")).toEqual(["/aws/lambda/orders-test", "/aws/lambda/reports-test"]);
  expect(names("aws_sqs_queue")).toEqual(["orders-dead-letters-test", "reports-dead-letters-test"]);
});

test("a function's own props come before the settings, also for each variable", () => {
  expect(resourcesOf(two, "aws_lambda_function")).toMatchObject([
    {
      handler: "orders.handle",
      memory_size: 256,
      timeout: 10,
      layers: ["arn:layer"],
      environment: { variables: { LEVEL: "DEBUG", STAGE: "test" } },
    },
    {
      handler: "index.lambda_handler",
      memory_size: 512,
      environment: { variables: { LEVEL: "INFO", STAGE: "test", DAYS: "7" } },
    },
  ]);
});

test("a variable can be added later, once", () => {
  const add = (...values: string[]) =>
    synthesize((stack) => {
      const fn = aFunction(stack, "orders");
      for (const value of values) fn.addVariable("QUEUE", value);
    });
  expect(resourcesOf(add("a", "a"), "aws_lambda_function")[0].environment).toEqual({ variables: { QUEUE: "a" } });
  expect(() => add("a", "b")).toThrow("orders: the variable QUEUE has a value already; use another name");
});

test("without variables there is no block of them, which AWS's provider would refuse", () => {
  expect(requestFunction({ environment: {} })).not.toContain('"environment"');
});

test.each<[Partial<PythonFunctionProps>, string]>([
  [{ memoryMb: 100 }, "processor: memoryMb (MB): 100 is not allowed; use a whole number from 128 to 10240"],
  [{ timeoutSeconds: 901 }, "processor: timeoutSeconds (s): 901 is not allowed; use a whole number from 1 to 900"],
  [
    { layers: Array(6).fill("arn") },
    "processor: layers (number of ARNs): 6 is not allowed; use a whole number from 0 to 5",
  ],
])("Lambda's limits: %j", (props, message) => {
  expect(() => requestFunction(props)).toThrow(message);
});

test("functions that share a queue may each send to it", () => {
  const shared = synthesize((stack) => {
    const deadLetterQueue = new DeadLetterQueue(stack, "failures");
    for (const id of ["orders", "reports"]) aFunction(stack, id, { deadLetterQueue });
  });
  const policies = resourcesOf(shared, "aws_iam_role_policy").filter(({ name }) => name === "send-failures");
  expect(new Set(policies.map(({ role }) => role)).size).toBe(2);
  for (const { policy } of policies) {
    expect(statementsIn(shared, policy)).toEqual([
      { actions: ["sqs:SendMessage"], resources: [expect.stringMatching(/aws_sqs_queue\.failures_.*\.arn/)] },
    ]);
  }
});

describe("the asset", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lambda-src-"));
    cpSync("lambda-src", folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("changes with the code", () => {
    const before = requestFunction({ source: folder });
    writeFileSync(join(folder, "module.py"), "pass\n");
    expect(requestFunction({ source: folder })).not.toBe(before);
  });

  test("keeps executable bits, which one mode for all files would hide", () => {
    writeFileSync(join(folder, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
    const synthesized = requestFunction({ source: folder });
    expect(synthesized).toHaveDataSource(DataArchiveFile);
    expect(synthesized).not.toContain("output_file_mode");
  });

  test("does not change with bytecode", () => {
    const before = requestFunction({ source: folder });
    mkdirSync(join(folder, "package", "__pycache__"), { recursive: true });
    writeFileSync(join(folder, "package", "__pycache__", "index.cpython-313.pyc"), "bytecode");
    expect(requestFunction({ source: folder })).toBe(before);
  });
});
