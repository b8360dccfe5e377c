import { beforeShutdown } from "@local/command-line/process/shutdown";
import { Step } from "@local/command-line/progress";
import pc from "picocolors";
import type { Aws } from "../aws";
import { explainFailure } from "../plan/explain-failure";
import { GOES_ON, type Progress } from "./follow-release";
import type { GradualFunction } from "./gradual-functions";
import type { Outcome } from "./release-actions";
import { ReleaseClient } from "./release-client";

/** The exit code if the newest version of a function is not live. */
const NOT_LIVE = 4;

/**
 * Works on the releases of functions, all at the same time, and shows their progress. Returns the exit code: 4 if a version
 * was rolled back or not released. At a signal, it says how to go on. Errors of one function end no other one's release.
 */
export async function runReleases(
  aws: Aws,
  functions: readonly GradualFunction[],
  work: (client: ReleaseClient, progress: Progress) => Promise<Outcome>,
): Promise<number> {
  const forget = beforeShutdown(async () => {
    console.error(`\n${GOES_ON}`);
  });
  const runs = await Promise.allSettled(functions.map((fn) => runOne(new ReleaseClient(aws, fn), work)));
  forget();
  const [error, ...others] = runs.flatMap((run) => (run.status === "rejected" ? [run.reason] : []));
  for (const other of others) console.error(`${pc.red("Error")}: ${explained(other)}`);
  if (error) throw error;
  return runs.every((run) => run.status === "fulfilled" && run.value) ? 0 : NOT_LIVE;
}

async function runOne(
  client: ReleaseClient,
  work: (client: ReleaseClient, progress: Progress) => Promise<Outcome>,
): Promise<boolean> {
  const { functionName } = client.fn;
  const step = new Step(`Release of ${functionName}`, {});
  try {
    const { isLive, text } = await work(client, step);
    step.setNote(isLive ? text : "not live");
    step.end(isLive ? pc.green("✔") : pc.red("✖"));
    if (!isLive) console.error(`${pc.red("Error")}: ${functionName}: ${text}`);
    return isLive;
  } catch (error) {
    step.end(pc.red("✖"));
    throw error;
  }
}

function explained(error: unknown): string {
  try {
    return explainFailure(error);
  } catch (explained) {
    return (explained as Error).message;
  }
}
