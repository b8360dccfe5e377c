import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { type Aws, connectAws } from "@local/terraform/aws";
import { type Emulator, startEmulator } from "../../../emulator/emulator";
import { findPython } from "../../../emulator/python";
import {
  type Delivery,
  type DeliveryEnd,
  type EventSource,
  openEventSource,
} from "../../../event-sources/event-source";
import type { Outcome } from "../../../function/function-process";
import { Deploy } from "../../../testing/deploy";

const REGION = "us-west-2";

export interface EventRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export const OK: Outcome = { payload: "null", isError: false };
export const ERROR: Outcome = { payload: '{"errorType": "ValueError", "errorMessage": "broken"}', isError: true };

/** An emulator, and event sources with functions in this process. */
export class EventSourceBench {
  readonly ends: { readonly key: string; readonly end: DeliveryEnd }[] = [];
  readonly deliveries: Delivery[] = [];
  readonly notices: string[] = [];
  private readonly sources: EventSource[] = [];
  private opened = 0;

  private constructor(
    readonly emulator: Emulator,
    readonly aws: Aws,
    private readonly folder: string,
  ) {}

  static async start(): Promise<EventSourceBench> {
    const folder = mkdtempSync(join(tmpdir(), "event-sources-"));
    const emulator = await startEmulator(await findPython(), join(folder, "emulator.log"));
    const aws = connectAws({ endpoint: emulator.endpoint, region: REGION });
    await new Deploy(aws).fn("worker", "");
    return new EventSourceBench(emulator, aws, folder);
  }

  async stop(): Promise<void> {
    await this.emulator.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** Opens a source, whose function gets the records of each event. */
  open(
    mapping: EventSourceMappingConfiguration,
    handle: (records: EventRecord[], delivery: Delivery) => Outcome | Promise<Outcome>,
  ): EventSource {
    this.opened += 1;
    const source = openEventSource({
      mapping: {
        UUID: `mapping-${this.opened}`,
        FunctionArn: "arn:aws:lambda:us-west-2:123456789012:function:worker",
        ...mapping,
      },
      aws: this.aws,
      invoke: async (delivery) => {
        this.deliveries.push(delivery);
        return handle(JSON.parse(delivery.event).Records, delivery);
      },
      settle: (key, end) => this.ends.push({ key, end }),
      onNotice: (notice) => this.notices.push(notice),
    });
    this.sources.push(source);
    return source;
  }

  /** Stops all sources, and forgets what they did. */
  async reset(): Promise<void> {
    await Promise.all(this.sources.splice(0).map((source) => source.stop()));
    for (const list of [this.ends, this.deliveries, this.notices]) list.length = 0;
  }

  async createQueue(QueueName: string, Attributes: Record<string, string> = {}) {
    const { QueueUrl = "" } = await this.aws.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return { url: QueueUrl, arn: `arn:aws:sqs:${REGION}:123456789012:${QueueName}` };
  }

  /** Creates a queue whose messages go to another one after this number of attempts. */
  async createQueueWithDeadLetters(name: string, maxReceiveCount: number, attributes: Record<string, string> = {}) {
    const suffix = attributes.FifoQueue ? ".fifo" : "";
    const dead = await this.createQueue(`${name}-dead${suffix}`, attributes.FifoQueue ? { FifoQueue: "true" } : {});
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount });
    return { ...(await this.createQueue(name + suffix, { RedrivePolicy, ...attributes })), dead };
  }

  async send(QueueUrl: string, bodies: readonly string[], group?: (body: string) => string): Promise<void> {
    for (let start = 0; start < bodies.length; start += 10) {
      const Entries = bodies.slice(start, start + 10).map((MessageBody, index) => ({
        Id: String(index),
        MessageBody,
        ...(group ? { MessageGroupId: group(MessageBody), MessageDeduplicationId: `${start + index}` } : {}),
      }));
      await this.aws.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    }
  }

  /** The numbers of visible and of hidden messages. */
  async count(QueueUrl: string): Promise<[number, number]> {
    const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const { Attributes } = await this.aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    );
    return [Number(Attributes?.[AttributeNames[0]]), Number(Attributes?.[AttributeNames[1]])];
  }
}
