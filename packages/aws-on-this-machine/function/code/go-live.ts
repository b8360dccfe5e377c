import { z } from "zod";

/** The emulator's path that makes a function's code live at once. */
const PATH = "/_emulator/live";

const answer = z.object({ held: z.record(z.string(), z.string()) });

/**
 * Publishes a function's code, and points the aliases to it that follow the newest version. Returns a line for each alias
 * that stays, because a deployment is under way. Other emulators do not know this, and their aliases stay.
 */
export async function goLive(endpoint: string, functionArn: string): Promise<string[]> {
  const response = await fetch(`${endpoint}${PATH}?${new URLSearchParams({ function: functionArn })}`, {
    method: "PUT",
  }).catch(() => undefined);
  if (!response?.ok) return [];
  const { held } = answer.parse(await response.json());
  const name = functionArn.split(":")[6];
  return Object.entries(held).map(
    ([alias, deployment]) =>
      `The alias ${alias} of ${name} does not serve the saved code, because the deployment ${deployment} is under way.`,
  );
}
