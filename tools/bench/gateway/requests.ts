import { PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { connectAws } from "@local/terraform/aws";
import { secondsSince } from "../measure";
import type { System } from "./system";

const TABLE = "RequestDataTable";

/** Makes an action that sends the function's PutItem without the function. */
export async function putItem(system: System): Promise<() => Promise<unknown>> {
  const { dynamodb } = connectAws({ endpoint: system.emulator, region: "us-west-2" });
  const { Items: [stored] = [] } = await dynamodb.send(new ScanCommand({ TableName: TABLE, Limit: 1 }));
  let number = 0;
  return () => {
    number += 1;
    const Item = { ...stored, RequestId: { S: `bench-${number}` } };
    return dynamodb.send(new PutItemCommand({ TableName: TABLE, Item, ReturnConsumedCapacity: "TOTAL" }));
  };
}

/** Measures how long several clients take to do something so many times. */
export async function secondsOf(times: number, clients: number, action: () => Promise<unknown>): Promise<number> {
  let left = times;
  const started = performance.now();
  const work = async () => {
    while (left-- > 0) await action();
  };
  await Promise.all(Array.from({ length: clients }, work));
  return secondsSince(started);
}
