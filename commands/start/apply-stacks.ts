import { setTimeout } from "node:timers/promises";
import { STACKS } from "../../stacks/names";
import { type Step, step } from "../cli/progress";
import type { Deployment } from "../terraform/deployment";

/** How often to look whether the state bucket exists, in milliseconds. */
const BUCKET_POLL_MS = 200;

/** The system, deployed to an emulator. */
export interface Deployed {
  readonly deployment: Deployment;
  readonly endpoint: string;
  /** Ends what runs only for it. This also happens when the current process exits. */
  stop(): Promise<void>;
}

/** Synthesizes both stacks, and shows the warnings. */
export async function synthesizeStacks(deployment: Deployment): Promise<void> {
  const warnings = await step("Synthesis", () => deployment.synthesize());
  if (warnings) console.warn(warnings);
}

/** Applies both stacks side by side, and shows the progress. */
export async function applyStacks(deployment: Deployment): Promise<void> {
  await step(STACKS.join(" and "), (current) => applyBoth(deployment, current));
}

/** Applies the system as soon as its state has a bucket, and not only once the provider has waited for that bucket's rules. */
async function applyBoth(deployment: Deployment, current: Step): Promise<void> {
  if (await deployment.hasStateBucket()) {
    current.setNote("the state bucket exists");
    return deployment.apply("serverless-infrastructure", current.follow);
  }
  current.print(
    "  As on AWS, the provider waits about 55 s for the lifecycle rules of a bucket, and 25 s for a queue.",
  );
  const stateBackend = deployment.apply("state-backend", current.follow);
  while (!(await deployment.hasStateBucket())) await Promise.race([stateBackend, setTimeout(BUCKET_POLL_MS)]);
  await Promise.all([stateBackend, deployment.apply("serverless-infrastructure", current.follow)]);
}
