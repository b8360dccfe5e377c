import { type DynamoDBClient, paginateScan, QueryCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item } from "../system";

/** Reads the request table's items with the latest timestamps, newest first. */
export async function readLatestItems(dynamodb: DynamoDBClient, TableName: string, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName })) {
    items.push(...Items.map((item) => unmarshall(item)));
  }
  const time = ({ Timestamp }: Item) => Date.parse(String(Timestamp));
  return items.sort((one, other) => time(other) - time(one)).slice(0, limit);
}

/** Reads the item of a request, if there is one. */
export async function readItem(
  dynamodb: DynamoDBClient,
  TableName: string,
  requestId: string,
): Promise<Item | undefined> {
  const { Items: [item] = [] } = await dynamodb.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "RequestId = :id",
      ExpressionAttributeValues: { ":id": { S: requestId } },
    }),
  );
  return item && unmarshall(item);
}
