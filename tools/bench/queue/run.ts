// Measures a worker that fails some messages of a queue: how many a second, beside receiving and deleting them without a
// worker, and whether each message is processed or in the dead-letter queue.
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { CreateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from "@aws-sdk/client-sqs";
import { startEmulator } from "@local/aws-on-this-machine/emulator/emulator";
import { LocalSystem } from "@local/aws-on-this-machine/system/local-system";
import type { Change } from "@local/aws-on-this-machine/system/running-system";
import { Deploy } from "@local/aws-on-this-machine/testing/deploy";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { close, listen } from "@local/command-line/server";
import { type Aws, connectAws } from "@local/terraform/aws";
import { emulatorEnvironment } from "@local/terraform/environment";
import { compare, progress, type Row, secondsSince } from "../measure";

const MESSAGES = 1000;
const BATCH = 10;
const REGION = "us-west-2";
/** It fails each tenth message for good. */
const WORKER = `
def handler(event, context):
    failed = [message["messageId"] for message in event["Records"] if int(message["body"]) % 10 == 0]
    for message in event["Records"]:
        if message["messageId"] not in failed:
            print("processed", message["body"])
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
`;

export async function measureQueue(python: string): Promise<Row[]> {
  const folder = makeRunFolder();
  const emulator = await startEmulator(python, join(folder, "emulator.log"));
  const aws = connectAws({ endpoint: emulator.endpoint, region: REGION });
  progress(`${MESSAGES} messages without a worker`);
  const direct = await receiveAndDelete(aws);
  progress(`${MESSAGES} messages through a worker that fails a tenth`);
  const settled = new Set<string>();
  const apiServer = await listen(0, "--port");
  const system = await LocalSystem.open({
    endpoint: emulator.endpoint,
    region: REGION,
    name: "bench",
    environment: { ...emulatorEnvironment(emulator.endpoint), AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION },
    python,
    folder: join(folder, "f"),
    findSource: () => undefined,
    apiServer,
    drawDiagram: async () => "",
    onChange: (change: Change) => {
      const [, body] = change.type === "log" ? (/^processed (\d+)$/.exec(change.line.raw) ?? []) : [];
      if (body) settled.add(body);
    },
  });
  const { url, deadUrl, refs } = await deployWorker(aws);
  await system.serve(refs);
  const started = performance.now();
  await send(aws, url);
  const isWaiting = async () =>
    (await system.summary()).queues.some(({ name, messages }) => name === "jobs" && messages);
  while (settled.size < MESSAGES) {
    for (const body of await receiveAll(aws, deadUrl)) settled.add(body);
    if (secondsSince(started) > 120 && !(await isWaiting())) break;
    await setTimeout(100);
  }
  const seconds = secondsSince(started);
  await system.stop();
  await close(apiServer);
  await emulator.stop();
  return [
    {
      name: `${MESSAGES} messages through a worker that fails a tenth`,
      unit: "/s",
      ...compare([MESSAGES / seconds], [MESSAGES / direct], Number),
      baselineName: "receive and delete straight to the emulator",
    },
    {
      name: "those processed or in the dead-letter queue",
      unit: "",
      ...compare([settled.size], [MESSAGES], Number),
      baselineName: "all of them",
      bar: 1,
      atLeast: true,
    },
  ];
}

async function deployWorker(aws: Aws) {
  // A queue must hide a message for longer than the function may take.
  const worker = await new Deploy(aws).fn("worker", WORKER, { Timeout: 3 });
  const deadUrl = await createQueue(aws, "jobs-dead");
  const deadLetterTargetArn = `arn:aws:sqs:${REGION}:123456789012:jobs-dead`;
  const url = await createQueue(aws, "jobs", JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }));
  const { UUID = "" } = await aws.lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: "worker",
      EventSourceArn: `arn:aws:sqs:${REGION}:123456789012:jobs`,
      BatchSize: BATCH,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    }),
  );
  const ref = (type: string, id: string) => ({ address: `${type}.${id}`, type, id });
  const refs = [
    worker,
    ref("aws_sqs_queue", url),
    ref("aws_sqs_queue", deadUrl),
    ref("aws_lambda_event_source_mapping", UUID),
  ];
  return { url, deadUrl, refs };
}

async function createQueue({ sqs }: Aws, QueueName: string, RedrivePolicy?: string): Promise<string> {
  const Attributes = RedrivePolicy ? { RedrivePolicy } : {};
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
}

async function send({ sqs }: Aws, QueueUrl: string): Promise<void> {
  for (let first = 0; first < MESSAGES; first += BATCH) {
    const Entries = Array.from({ length: BATCH }, (_, index) => ({ Id: `${index}`, MessageBody: `${first + index}` }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
}

/** Returns the seconds for sending, receiving and deleting all messages. */
async function receiveAndDelete(aws: Aws): Promise<number> {
  const url = await createQueue(aws, "direct");
  const started = performance.now();
  await send(aws, url);
  await receiveAll(aws, url);
  return secondsSince(started);
}

/** Takes all messages out of a queue, and returns their bodies. */
async function receiveAll({ sqs }: Aws, QueueUrl: string): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: BATCH }));
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = "" }) => Body));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}
