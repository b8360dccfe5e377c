/** A record of a stream, as the function gets it. */
export interface StreamRecord {
  readonly sequenceNumber: string;
  readonly arrival: Date;
  /** JSON. */
  readonly json: string;
  /** The record as filters see it. */
  readonly filtered: unknown;
}

/** Reads the shards of a stream, each with an iterator that the emulator never lets expire. */
export interface StreamReader {
  /** The name of the failed batch's description in the record of a failure. */
  readonly batchInfoName: string;
  listShards(): Promise<string[]>;
  /** @param fromStart whether to read all records that the shard has, in place of those since the mapping's starting position */
  openShard(shardId: string, fromStart: boolean): Promise<string>;
  read(
    iterator: string,
    shardId: string,
    limit: number,
  ): Promise<{ readonly records: StreamRecord[]; readonly next: string }>;
}
