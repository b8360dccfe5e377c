import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DataArchiveFile } from "@cdktf/provider-archive/lib/data-archive-file";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { DeadLetterQueue } from "../../../../constructs/dead-letter-queue";
import { RequestFunction, type RequestFunctionProps } from "../../../../constructs/request-function";
import { synthesize } from "../synthesize";

function requestFunction(props: Partial<RequestFunctionProps> = {}): string {
  return synthesize((stack) => {
    new RequestFunction(stack, "processor", {
      functionName: "processor",
      roleName: "processor-role",
      logGroupName: "/aws/lambda/processor",
      sourcePath: resolve("lambda-src"),
      runtime: "python3.12",
      architecture: "arm64",
      memoryMb: 512,
      timeoutSeconds: 10,
      logRetentionDays: 14,
      tracing: true,
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

describe("the asset", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lambda-src-"));
    cpSync("lambda-src", folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("changes with the code", () => {
    const before = requestFunction({ sourcePath: folder });
    writeFileSync(join(folder, "module.py"), "pass\n");
    expect(requestFunction({ sourcePath: folder })).not.toBe(before);
  });

  test("keeps executable bits, which one mode for all files would hide", () => {
    writeFileSync(join(folder, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
    const synthesized = requestFunction({ sourcePath: folder });
    expect(synthesized).toHaveDataSource(DataArchiveFile);
    expect(synthesized).not.toContain("output_file_mode");
  });

  test("does not change with bytecode", () => {
    const before = requestFunction({ sourcePath: folder });
    mkdirSync(join(folder, "package", "__pycache__"), { recursive: true });
    writeFileSync(join(folder, "package", "__pycache__", "index.cpython-313.pyc"), "bytecode");
    expect(requestFunction({ sourcePath: folder })).toBe(before);
  });
});
