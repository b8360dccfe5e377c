import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  type _Record as Record,
  type Shard,
} from "@aws-sdk/client-kinesis";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import type { EventSourceProps } from "../event-source";
import { filterable } from "../filter-pattern";
import type { StreamReader, StreamRecord } from "./stream-reader";

/** Reads a Kinesis stream, directly or by an enhanced consumer. */
export class KinesisReader implements StreamReader {
  readonly batchInfoName = "KinesisBatchInfo";
  private role: Promise<string | undefined> | undefined;

  constructor(private readonly props: EventSourceProps) {}

  async listShards(): Promise<string[]> {
    const shards: Shard[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.client.send(
        new ListShardsCommand(NextToken ? { NextToken } : { StreamARN: this.streamArn }),
      );
      shards.push(...(page.Shards ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    return shards.map(({ ShardId = "" }) => ShardId);
  }

  async openShard(ShardId: string, fromStart: boolean): Promise<string> {
    const { StartingPosition = "TRIM_HORIZON", StartingPositionTimestamp: Timestamp } = this.props.mapping;
    const ShardIteratorType = fromStart ? "TRIM_HORIZON" : StartingPosition;
    const { ShardIterator = "" } = await this.client.send(
      new GetShardIteratorCommand({ StreamARN: this.streamArn, ShardId, ShardIteratorType, Timestamp }),
    );
    return ShardIterator;
  }

  async read(iterator: string, shardId: string, limit: number) {
    const { Records = [], NextShardIterator = iterator } = await this.client.send(
      new GetRecordsCommand({ StreamARN: this.streamArn, ShardIterator: iterator, Limit: Math.min(limit, 10_000) }),
    );
    if (Records.length > 0) this.role ??= this.readRole();
    const role = await this.role;
    return { records: Records.map((record) => this.toStreamRecord(record, shardId, role)), next: NextShardIterator };
  }

  /** @see https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html#services-kinesis-event-example */
  private toStreamRecord(record: Record, shardId: string, role?: string): StreamRecord {
    const { SequenceNumber = "", PartitionKey, ApproximateArrivalTimestamp = new Date() } = record;
    const data = Buffer.from(record.Data ?? []);
    const kinesis = {
      kinesisSchemaVersion: "1.0",
      partitionKey: PartitionKey,
      sequenceNumber: SequenceNumber,
      data: data.toString("base64"),
      approximateArrivalTimestamp: ApproximateArrivalTimestamp.getTime() / 1000,
    };
    const event = {
      kinesis,
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: `${shardId}:${SequenceNumber}`,
      eventName: "aws:kinesis:record",
      invokeIdentityArn: role,
      awsRegion: this.streamArn.split(":")[3],
      eventSourceARN: this.props.mapping.EventSourceArn,
    };
    const filtered = { ...event, ...kinesis, data: filterable(data.toString()) };
    return {
      sequenceNumber: SequenceNumber,
      arrival: ApproximateArrivalTimestamp,
      json: JSON.stringify(event),
      filtered,
    };
  }

  /** Undefined if the function does not exist, and so cannot be invoked either. */
  private async readRole(): Promise<string | undefined> {
    const { FunctionArn: FunctionName } = this.props.mapping;
    const read = this.props.aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return (await read.catch(() => undefined))?.Role;
  }

  private get streamArn(): string {
    return (this.props.mapping.EventSourceArn ?? "").replace(/\/consumer\/.*/, "");
  }

  private get client() {
    return this.props.aws.kinesis;
  }
}
