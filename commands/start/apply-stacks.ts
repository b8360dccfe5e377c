import { setTimeout } from "node:timers/promises";
import type { StackName } from "../../stacks/names";
import { type Step, step } from "../cli/progress";
import type { Deployment } from "../terraform/deployment";
import { DURATIONS, Durations } from "./durations";

/** How often to look whether the state bucket exists, in milliseconds. */
const BUCKET_POLL_MS = 200;

export interface ApplyOptions {
  /** Whether each finished resource has a line. */
  readonly listsResources: boolean;
  /** Returns why something may be stuck, if that is known. */
  readonly whyStuck: () => string | undefined;
}

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

/**
 * Applies both stacks side by side, and shows the progress: the system as soon as its state has a bucket, and not only
 * once the provider has waited for that bucket's rules.
 */
export async function applyStacks(deployment: Deployment, options: ApplyOptions): Promise<void> {
  const durations = new Durations(DURATIONS);
  if (await deployment.hasStateBucket()) {
    const work = (current: Step) => {
      current.setNote("the state bucket exists");
      return deployment.apply("serverless-infrastructure", current.follow);
    };
    // Of what exists already, nothing takes time.
    await step("serverless-infrastructure", work, {
      ...options,
      expected: durations.expected("serverless-infrastructure"),
    });
    return;
  }
  const apply = (name: StackName) =>
    step(
      name,
      async (current) => {
        await deployment.apply(name, current.follow);
        durations.save(name, current.seconds, current.slowestResources);
      },
      { ...options, expected: durations.expected(name) },
    );
  const stateBackend = apply("state-backend");
  while (!(await deployment.hasStateBucket())) await Promise.race([stateBackend, setTimeout(BUCKET_POLL_MS)]);
  await Promise.all([stateBackend, apply("serverless-infrastructure")]);
}
