import { setTimeout } from "node:timers/promises";
import { type Expectation, type Step, step } from "@local/command-line/progress";
import type { Deployment } from "@local/terraform/deployment";

/** The interval of the search for the state bucket, in milliseconds. */
const BUCKET_POLL_MS = 200;

/** The time of an apply of a new stack on two cores, mostly waits of the AWS provider. */
const EXPECTED: Expectation = {
  seconds: 75,
  resources: { aws_s3_bucket_lifecycle_configuration: 55, aws_sqs_queue: 25 },
};

export interface ApplyOptions {
  /** Whether each finished resource has a line. */
  readonly listsResources: boolean;
  /** Returns the reason why a resource may be stuck, if it is known. */
  readonly whyStuck: () => string | undefined;
}

export interface Deployed {
  readonly deployment: Deployment;
  readonly endpoint: string;
  /** Ends the processes of the deployment. They also end when the current process exits. */
  stop(): Promise<void>;
}

export async function synthesizeStacks(deployment: Deployment): Promise<void> {
  const warnings = await step("Synthesis", () => deployment.synthesize());
  if (warnings) console.warn(warnings);
}

/**
 * Applies both stacks side by side, and shows the progress. The system's apply starts as soon as the bucket for its state
 * exists. The provider waits much longer, for that bucket's rules.
 */
export async function applyStacks(deployment: Deployment, options: ApplyOptions): Promise<void> {
  const { application } = deployment;
  if (await deployment.hasStateBucket()) {
    const work = (current: Step) => {
      current.setNote("the state bucket exists");
      return deployment.apply(deployment.system, current.follow);
    };
    await step(application.system, work, { ...options, expected: EXPECTED });
    return;
  }
  const apply = (name: string) =>
    step(name, (current) => deployment.apply(deployment.stack(name), current.follow), {
      ...options,
      expected: EXPECTED,
    });
  const stateBackend = apply(application.stateBackend);
  while (!(await deployment.hasStateBucket())) await Promise.race([stateBackend, setTimeout(BUCKET_POLL_MS)]);
  await Promise.all([stateBackend, apply(application.system)]);
}
