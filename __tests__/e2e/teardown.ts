import { killChildren } from "@local/command-line/process/child-process";
import { endProduction } from "./setup";

/** Ends what the set-up started; the run's folder goes when the process exits. */
export default async function teardown(): Promise<void> {
  await endProduction();
  killChildren();
}
