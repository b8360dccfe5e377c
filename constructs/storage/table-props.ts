/** Provisioned capacity with autoscaling. */
export interface ProvisionedCapacity {
  readonly mode: "provisioned";
  /** The minimum of read and of write capacity units. */
  readonly min: number;
  /** The maximum of read and of write capacity units. */
  readonly max: number;
  /** Autoscaling's target utilization, in percent (20 to 90). */
  readonly targetPercent: number;
}

/** The values that the environment's settings give to all tables. */
export interface TableDefaults {
  /** The capacity of the table, and of each index by itself. */
  readonly capacity: ProvisionedCapacity | { readonly mode: "on-demand" };
  /** Whether the table can be restored to any second of the last 35 days. */
  readonly pointInTimeRecovery: boolean;
}

/** The name of a key attribute with text, or of one with numbers (`N`) or bytes (`B`). */
export type Key = string | { readonly name: string; readonly type: "S" | "N" | "B" };

export interface Keys {
  readonly partitionKey: Key;
  /** @default - none */
  readonly sortKey?: Key;
}

/** A global secondary index: the same items under other keys. */
export interface IndexProps extends Keys {
  /**
   * The attributes that it holds: all, the keys alone, or these beside the keys.
   * @default "ALL"
   */
  readonly projection?: "ALL" | "KEYS_ONLY" | string[];
}

/** A table of the application. The capacity and the recovery come from the environment's settings, if they are not set here. */
export interface TableProps extends Keys, Partial<TableDefaults> {
  /**
   * Table name, unique in the account and Region.
   * @default - the construct's path
   */
  readonly tableName?: string;
  /**
   * Global secondary indexes by name, 20 at most.
   * @default - none
   */
  readonly indexes?: Readonly<Record<string, IndexProps>>;
  /**
   * The parts of a changed item that the table's stream holds. `consumeStream` of a function reads it.
   * @default - the table has no stream
   */
  readonly stream?: "KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES";
  /**
   * The attribute with an item's expiry time, in epoch seconds.
   * @default - items do not expire
   */
  readonly ttlAttribute?: string;
  /**
   * Whether DynamoDB and Terraform refuse to delete the table.
   * @default - as for all data of the environment
   */
  readonly protectFromDeletion?: boolean;
}
