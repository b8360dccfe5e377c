import { z } from "zod";

/** The emulator's path that fires a schedule. */
const PATH = "/_emulator/schedule";

const answer = z.object({ sent: z.array(z.string()), failed: z.record(z.string(), z.string()) });

/**
 * Sends the event of a schedule to its targets that are no functions. Returns a line for each. Other emulators do not know
 * this, and those targets get no event.
 */
export async function fireOtherTargets(endpoint: string, arn: string, time: Date): Promise<string[]> {
  const query = new URLSearchParams({ arn, time: String(time.getTime() / 1000) });
  const response = await fetch(`${endpoint}${PATH}?${query}`, { method: "PUT" }).catch(() => undefined);
  if (!response?.ok) return [];
  const { sent, failed } = answer.parse(await response.json());
  return [
    ...sent.map((target) => `${target} got the event of ${arn}`),
    ...Object.entries(failed).map(([target, reason]) => `${target} did not get the event of ${arn}: ${reason}`),
  ];
}
