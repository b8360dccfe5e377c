import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as Record,
  type Shard,
} from "@aws-sdk/client-dynamodb-streams";
import type { EventSourceProps } from "../event-source";
import type { StreamReader, StreamRecord } from "./stream-reader";

/** Reads the stream of a table. */
export class DynamoDbReader implements StreamReader {
  readonly batchInfoName = "DDBStreamBatchInfo";

  constructor(private readonly props: EventSourceProps) {}

  async listShards(): Promise<string[]> {
    const shards: Shard[] = [];
    let last: string | undefined;
    do {
      const { StreamDescription = {} } = await this.client.send(
        new DescribeStreamCommand({ StreamArn: this.arn, ExclusiveStartShardId: last }),
      );
      shards.push(...(StreamDescription.Shards ?? []));
      last = StreamDescription.LastEvaluatedShardId;
    } while (last);
    return shards.map(({ ShardId = "" }) => ShardId);
  }

  async openShard(ShardId: string, fromStart: boolean): Promise<string> {
    const isLatest = !fromStart && this.props.mapping.StartingPosition === "LATEST";
    const ShardIteratorType = isLatest ? "LATEST" : "TRIM_HORIZON";
    const { ShardIterator = "" } = await this.client.send(
      new GetShardIteratorCommand({ StreamArn: this.arn, ShardId, ShardIteratorType }),
    );
    return ShardIterator;
  }

  async read(iterator: string, _shardId: string, limit: number) {
    const { Records = [], NextShardIterator = iterator } = await this.client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: Math.min(limit, 1000) }),
    );
    return { records: Records.map((record) => toStreamRecord(record, this.arn)), next: NextShardIterator };
  }

  private get arn(): string {
    return this.props.mapping.EventSourceArn ?? "";
  }

  private get client() {
    return this.props.aws.dynamodbStreams;
  }
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-sample-dynamodb */
function toStreamRecord(record: Record, streamArn: string): StreamRecord {
  const { SequenceNumber = "", ApproximateCreationDateTime = new Date() } = record.dynamodb ?? {};
  const event = { ...record, eventVersion: "1.1", awsRegion: streamArn.split(":")[3], eventSourceARN: streamArn };
  const json = JSON.stringify(event, toLambdaValue);
  return { sequenceNumber: SequenceNumber, arrival: ApproximateCreationDateTime, json, filtered: JSON.parse(json) };
}

/** Lambda writes times as seconds, and binary values in base64. */
function toLambdaValue(this: unknown, key: string, value: unknown): unknown {
  const original = (this as { readonly [key: string]: unknown })[key];
  if (original instanceof Date) return original.getTime() / 1000;
  if (original instanceof Uint8Array) return Buffer.from(original).toString("base64");
  return value;
}
