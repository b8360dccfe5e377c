import { jsonOrText } from "@local/command-line/text/json";
import type { LocalSystem } from "../system/local-system";
import type { TestRequest } from "../system/running-system";
import { renderRefusal } from "../terminal/started";

/** Sends a request, and prints the answer and the item as JSON. Returns false after an error or without an item. */
export async function sendOnce(system: LocalSystem, request: TestRequest): Promise<boolean> {
  const answer = await system.send(request);
  const item = await system.item(answer.requestId);
  console.log(JSON.stringify({ answer: { ...answer, body: jsonOrText(answer.body) }, item: item ?? null }, null, 2));
  if (answer.status < 400 && item) return true;
  console.error(renderRefusal(request, answer.status, system.runs(1)[0]?.error));
  return false;
}
