import { jsonOrText } from "@local/command-line/text/json";
import type { RunningSystem, TestRequest } from "../system/running-system";
import { renderRefusal } from "../terminal/started";

/**
 * Sends a request, and prints the answer and its items as JSON. Returns false after an error.
 *
 * @param storesItem whether the request must store an item, too
 */
export async function sendOnce(system: RunningSystem, request: TestRequest, storesItem = true): Promise<boolean> {
  const answer = await system.send(request);
  const { items = [], error } = (await system.run(answer.requestId)) ?? {};
  const item = items[0]?.item ?? null;
  console.log(JSON.stringify({ answer: { ...answer, body: jsonOrText(answer.body) }, item, items }, null, 2));
  if (answer.status < 400 && (item || !storesItem)) return true;
  console.error(renderRefusal(request, answer.status, error));
  return false;
}
