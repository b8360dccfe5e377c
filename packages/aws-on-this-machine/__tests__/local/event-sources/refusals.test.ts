import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateEventSourceMappingCommand, type CreateEventSourceMappingCommandInput } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, type Event, PutBucketNotificationConfigurationCommand } from "@aws-sdk/client-s3";
import { type Aws, connectAws } from "@local/terraform/aws";
import { type Emulator, startEmulator } from "../../../emulator/emulator";
import { findPython } from "../../../emulator/python";
import { describeWithPython } from "../echo-api";

const QUEUE = "arn:aws:sqs:us-west-2:123456789012:letters";
const STREAM = "arn:aws:dynamodb:us-west-2:123456789012:table/orders/stream/2026";

describeWithPython("AWS's refusals of what invokes a function", () => {
  let folder: string;
  let emulator: Emulator;
  let aws: Aws;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "emulator-"));
    emulator = await startEmulator(await findPython(), join(folder, "emulator.log"));
    aws = connectAws({ endpoint: emulator.endpoint, region: "us-west-2" });
  });
  afterAll(async () => {
    await emulator?.stop();
    rmSync(folder, { recursive: true });
  });

  test.each<[what: string, input: Partial<CreateEventSourceMappingCommandInput>, message: RegExp]>([
    ["a large batch without a window", { BatchSize: 11 }, /^Maximum batch window in seconds must be greater than 0/],
    ["a stream's parameter", { MaximumRetryAttempts: 3 }, /^Unsupported MaximumRetryAttempts parameter/],
    ["a window", { EventSourceArn: `${QUEUE}.fifo`, MaximumBatchingWindowInSeconds: 1 }, /^A FIFO queue takes no/],
    ["no start", { EventSourceArn: STREAM }, /^StartingPosition is required for streams/],
  ])("refuses a mapping of events with %s", async (_what, input, message) => {
    const call = new CreateEventSourceMappingCommand({ FunctionName: "none", EventSourceArn: QUEUE, ...input });
    const refusal = { name: "InvalidParameterValueException", message: expect.stringMatching(message) };
    await expect(aws.lambda.send(call)).rejects.toMatchObject(refusal);
  });

  test("passes on a mapping of events that AWS takes", async () => {
    const input = { FunctionName: "none", EventSourceArn: QUEUE, BatchSize: 11, MaximumBatchingWindowInSeconds: 1 };
    const call = aws.lambda.send(new CreateEventSourceMappingCommand(input));
    await expect(call).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("refuses two notifications of a bucket for the same object", async () => {
    const Bucket = "uploads";
    await aws.s3.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "us-west-2" } }),
    );
    const notify = (...rules: [event: Event, suffix: string][]) => {
      const LambdaFunctionConfigurations = rules.map(([event, Value], index) => ({
        LambdaFunctionArn: `arn:aws:lambda:us-west-2:123456789012:function:${index}`,
        Events: [event],
        Filter: { Key: { FilterRules: [{ Name: "suffix" as const, Value }] } },
      }));
      const NotificationConfiguration = { LambdaFunctionConfigurations };
      return aws.s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
    };
    await expect(notify(["s3:ObjectCreated:*", ".csv"], ["s3:ObjectCreated:Put", "s.csv"])).rejects.toMatchObject({
      name: "InvalidArgument",
      message: expect.stringContaining("Configuration is ambiguously defined."),
    });
    await notify(["s3:ObjectCreated:*", ".csv"], ["s3:ObjectCreated:*", ".txt"], ["s3:ObjectRemoved:*", ".csv"]);
  });
});
