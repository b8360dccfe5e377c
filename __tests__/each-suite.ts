import { setTimeout } from "node:timers/promises";
import { interruptChildren, killChildren } from "@local/command-line/process/child-process";

// Four times what the slowest test that starts processes takes on an idle machine.
jest.setTimeout(600_000);

/** Interrupted, Terraform releases its lock and the commands end their Terraform. */
const INTERRUPTED_MS = 10_000;

/** Ends what this suite has started and not ended by itself. */
async function endChildren(): Promise<void> {
  await Promise.race([interruptChildren(), setTimeout(INTERRUPTED_MS, undefined, { ref: false })]);
  killChildren();
}

// For jest's environment, which knows when a test has failed.
Object.assign(globalThis, { endChildren });

afterAll(endChildren);
