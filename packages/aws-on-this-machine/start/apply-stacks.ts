import { setTimeout } from "node:timers/promises";
import { type Expectation, type Step, step } from "@local/command-line/progress";
import type { Deployment } from "@local/terraform/deployment";
import { PLAN_FILE } from "@local/terraform/plan/plan-artifact";
import pc from "picocolors";
import { AppliedParts } from "./follow/applied-parts";
import { createHostedZones } from "./hosted-zones";

/** `terraform init` may download providers, the largest of 700 MB. */
export const INIT_STUCK_SECONDS = 300;

/** The interval of the search for the state bucket, in milliseconds. */
const BUCKET_POLL_MS = 200;

/** The time of an apply of a new stack on two cores, mostly waits of the AWS provider. */
export const EXPECTED: Expectation = {
  seconds: 75,
  resources: { aws_s3_bucket_lifecycle_configuration: 55, aws_sqs_queue: 25 },
};

export interface ApplyOptions {
  /** Whether each finished resource has a line. */
  readonly listsResources: boolean;
  /** Returns the reason why a resource may be stuck, if it is known. */
  readonly whyStuck: () => string | undefined;
  /** Called after each created or changed resource of the system, with all that Terraform has told of it until then. */
  readonly onApplied?: (parts: AppliedParts) => void;
}

export interface Deployed {
  readonly deployment: Deployment;
  readonly endpoint: string;
  /** Lets the next start repeat what was applied until now. */
  record(): Promise<void>;
  /** Ends the processes of the deployment. They also end when the current process exits. */
  stop(): Promise<void>;
}

export async function synthesizeStacks(deployment: Deployment): Promise<void> {
  const warnings = await step("Synthesis", () => deployment.synthesize());
  if (warnings) console.warn(warnings);
}

/**
 * Applies both stacks side by side, and shows the progress. The system's apply starts as soon as the buckets for its state
 * and its artifacts exist. The provider waits much longer, for those buckets' rules.
 */
export async function applyStacks(deployment: Deployment, options: ApplyOptions): Promise<void> {
  const { application } = deployment;
  const apply = (name: string, work: (current: Step) => Promise<void>) =>
    step(name, work, { ...options, expected: EXPECTED });
  const applySystem = (current: Step) => applyFollowed(deployment, current, options);
  const missing = await deployment.missingBuckets();
  await createHostedZones(deployment, deployment.system, (line) => console.error(pc.dim(`  ${line}`)));
  if (missing.length === 0) {
    await apply(application.system, (current) => {
      current.setNote("the state bucket exists");
      return applySystem(current);
    });
    return;
  }
  const isNew = missing.includes(deployment.backend().bucket);
  const stateBackend = apply(application.stateBackend, (current) =>
    isNew ? deployment.apply(deployment.stateBackend, current.follow) : adopt(deployment, current),
  );
  while ((await deployment.missingBuckets()).length > 0) await Promise.race([stateBackend, setTimeout(BUCKET_POLL_MS)]);
  await Promise.all([stateBackend, apply(application.system, applySystem)]);
}

/** Creates the missing buckets beside those of an earlier run, whose state of this stack ended with it. */
async function adopt(deployment: Deployment, current: Step): Promise<void> {
  const {
    planAdopting,
  }: typeof import("@local/terraform/plan/plan-adopting") = require("@local/terraform/plan/plan-adopting");
  const { stateBackend } = deployment;
  await stateBackend.init();
  await planAdopting(stateBackend, deployment, { adopt: true });
  await stateBackend.applyPlan(PLAN_FILE, current.follow);
}

async function applyFollowed(deployment: Deployment, current: Step, { onApplied }: ApplyOptions): Promise<void> {
  const parts = new AppliedParts(deployment.system.configuration());
  await deployment.apply(deployment.system, (message) => {
    current.follow(message);
    if (parts.take(message)) onApplied?.(parts);
  });
}
