import { DescribeTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { ResourceRef } from "./resource-ref";

export interface TableResource {
  readonly address: string;
  readonly name: string;
  /** The names of the partition key and, if there is one, of the sort key. */
  readonly keys: readonly string[];
}

export async function readTable(dynamodb: DynamoDBClient, { address, id }: ResourceRef): Promise<TableResource> {
  const { Table = {} } = await dynamodb.send(new DescribeTableCommand({ TableName: id }));
  return { address, name: id, keys: (Table.KeySchema ?? []).map(({ AttributeName = "" }) => AttributeName) };
}
