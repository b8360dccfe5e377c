import { type AttributeValue, type DynamoDBClient, paginateScan, QueryCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item } from "./system";

/** The items of the request table with the latest timestamps, newest first. */
export async function readLatestItems(dynamodb: DynamoDBClient, TableName: string, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client: dynamodb }, { TableName }))
    items.push(...(page.Items ?? []).map(plain));
  const time = ({ Timestamp }: Item) => Date.parse(String(Timestamp));
  return items.sort((one, other) => time(other) - time(one)).slice(0, limit);
}

/** The item of one request; nothing where there is none. */
export async function readItem(
  dynamodb: DynamoDBClient,
  TableName: string,
  requestId: string,
): Promise<Item | undefined> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "RequestId = :id",
      ExpressionAttributeValues: { ":id": { S: requestId } },
    }),
  );
  return Items.map(plain)[0];
}

function plain(item: Record<string, AttributeValue>): Item {
  return unmarshall(item);
}
