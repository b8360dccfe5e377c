import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Fn, propertyAccess } from "cdktf";
import { Construct } from "constructs";
import { type Grantee, grant } from "../access/grant";
import { ConstructError, requireWithin } from "../construct-error";
import { environmentOf, nameOf } from "../environment";
import { RestoredTables } from "./restored-tables";
import { capacityUnits, readExisting, scale } from "./table-capacity";
import type { IndexProps, Key, TableDefaults, TableProps } from "./table-props";

const READ_ACTIONS = ["BatchGetItem", "GetItem", "Query", "Scan"];
const WRITE_ACTIONS = ["BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"];

/**
 * A DynamoDB table, encrypted with the AWS-managed key.
 *
 * @example
 * const orders = new Table(this, "orders", { partitionKey: "OrderId", indexes: { byCustomer: { partitionKey: "CustomerId" } } });
 * orders.grantReadWrite(processor);
 */
export class Table extends Construct {
  readonly table: DynamodbTable;
  readonly hasStream: boolean;
  private readonly indexNames: readonly string[];
  private readonly formerArns: readonly string[];

  constructor(scope: Construct, id: string, props: TableProps) {
    super(scope, id);
    const environment = environmentOf(this);
    const { tableName = nameOf(this), protectFromDeletion = environment.protectFromDeletion, stream } = props;
    const shared: TableDefaults = { ...environment.table, ...props };
    const { capacity } = shared;
    const indexes = Object.entries(props.indexes ?? {});
    this.checkIndexes(indexes.map(([name]) => name));
    const restored = new RestoredTables(this, tableName);
    const { existing, namesIn } = readExisting(this, restored.current);
    const ttl = Fn.tolist(propertyAccess(existing, ["ttl"]));

    this.table = new DynamodbTable(this, restored.id, {
      name: restored.current,
      billingMode: capacity.mode === "provisioned" ? "PROVISIONED" : "PAY_PER_REQUEST",
      ...capacityUnits(shared, existing),
      ...keySchema(props),
      attribute: this.attributes([props, ...indexes.map(([, index]) => index)]),
      globalSecondaryIndex:
        indexes.length === 0
          ? undefined
          : indexes.map(([name, index]) => ({
              name,
              ...keySchema(index),
              ...projection(index),
              ...capacityUnits(shared, existing, name),
            })),
      streamEnabled: stream ? true : undefined,
      streamViewType: stream,
      // Without a key ARN, this means the AWS-managed key. DynamoDB refuses that key's alias.
      serverSideEncryption: { enabled: true },
      pointInTimeRecovery: { enabled: shared.pointInTimeRecovery },
      // Without the block, the provider would leave TTL on. DynamoDB switches it off only by its attribute's name.
      ttl: props.ttlAttribute
        ? { attributeName: props.ttlAttribute, enabled: true }
        : { attributeName: Fn.try([propertyAccess(ttl, [0, "attribute_name"]), ""]), enabled: false },
      deletionProtectionEnabled: protectFromDeletion,
      lifecycle: { preventDestroy: protectFromDeletion || undefined },
    });
    restored.replaceFormer(this.table, namesIn);
    this.formerArns = restored.formerArns;
    this.hasStream = stream !== undefined;
    this.indexNames = indexes.map(([name]) => name);
    if (capacity.mode === "on-demand") return;
    scale(this, this.table, capacity);
    for (const [name] of indexes) scale(this, this.table, capacity, name);
  }

  /**
   * Lets a function or a role read items, also by the indexes.
   *
   * @example
   * const orders = new Table(this, "orders", { partitionKey: "OrderId" });
   * orders.grantRead(processor);
   */
  grantRead(grantee: Grantee): IamRolePolicy {
    return this.grant(grantee, "read", READ_ACTIONS);
  }

  /**
   * Lets a function or a role write and delete items, but not read them.
   *
   * @example
   * const orders = new Table(this, "orders", { partitionKey: "OrderId" });
   * orders.grantWrite(processor);
   */
  grantWrite(grantee: Grantee): IamRolePolicy {
    return this.grant(grantee, "write", WRITE_ACTIONS);
  }

  /**
   * Lets a function or a role read, write and delete items.
   *
   * @example
   * const orders = new Table(this, "orders", { partitionKey: "OrderId" });
   * orders.grantReadWrite(processor);
   */
  grantReadWrite(grantee: Grantee): IamRolePolicy {
    return this.grant(grantee, "read-write", [...READ_ACTIONS, ...WRITE_ACTIONS]);
  }

  /**
   * Lets a function or a role read the changes. `consumeStream` of a function does this, too.
   *
   * @example
   * const orders = new Table(this, "orders", { partitionKey: "OrderId", stream: "NEW_IMAGE" });
   * orders.grantStreamRead(auditor);
   */
  grantStreamRead(grantee: Grantee): IamRolePolicy {
    return grant(this, "read-stream", grantee, {
      // Lambda requires all four of the stream, although AWS's reference lists no resource for the last one:
      // https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
      actions: ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map((name) => `dynamodb:${name}`),
      resources: [this.table.streamArn],
    });
  }

  /**
   * Lets a function or a role do less than the other grants. A function whose older versions can be live also gets the
   * tables that a restored one replaced, because these versions use them.
   *
   * @param verb what the actions amount to, for the policy's name
   * @param actions names of actions of DynamoDB, such as `PutItem`
   * @example
   * const orders = new Table(this, "orders", { partitionKey: "OrderId" });
   * orders.grant(processor, "store", ["PutItem"]);
   */
  grant(grantee: Grantee, verb: string, actions: readonly string[]): IamRolePolicy {
    const reads = actions.some((action) => ["Query", "Scan"].includes(action));
    const former = "servesOlderVersions" in grantee && grantee.servesOlderVersions ? this.formerArns : [];
    return grant(this, verb, grantee, {
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [this.table.arn, ...former].flatMap((arn) => [
        arn,
        ...(reads ? this.indexNames.map((name) => `${arn}/index/${name}`) : []),
      ]),
    });
  }

  private checkIndexes(names: readonly string[]): void {
    requireWithin(this, "indexes (number)", names.length, 0, 20);
    for (const name of names) {
      if (/^[\w.-]{3,255}$/.test(name)) continue;
      throw new ConstructError(
        this,
        `the index name ${JSON.stringify(name)} is not allowed; use 3 to 255 letters, digits, hyphens, underscores and dots`,
      );
    }
  }

  /** The key attributes, each once. DynamoDB refuses one without a key. */
  private attributes(keys: readonly Pick<IndexProps, "partitionKey" | "sortKey">[]) {
    const types = new Map<string, string>();
    for (const key of keys.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey ?? []].flat())) {
      const { name, type } = typed(key);
      if ((types.get(name) ?? type) !== type) {
        throw new ConstructError(this, `the key ${name} has the types ${types.get(name)} and ${type}; use one of them`);
      }
      types.set(name, type);
    }
    return [...types].map(([name, type]) => ({ name, type }));
  }
}

function typed(key: Key) {
  return typeof key === "string" ? { name: key, type: "S" } : key;
}

function keySchema({ partitionKey, sortKey }: Pick<IndexProps, "partitionKey" | "sortKey">) {
  return { hashKey: typed(partitionKey).name, rangeKey: sortKey && typed(sortKey).name };
}

function projection({ projection: attributes = "ALL" }: IndexProps) {
  return typeof attributes === "string"
    ? { projectionType: attributes }
    : { projectionType: "INCLUDE", nonKeyAttributes: attributes };
}
