import { killChildren } from "@local/command-line/process/child-process";
import { stopAwsProviders } from "./aws-provider";
import { stops } from "./setup";

/** Ends what the set-up started; the run's folder goes when the process exits. */
export default async function teardown(): Promise<void> {
  stopAwsProviders();
  await Promise.all(stops.splice(0).map((stop) => stop()));
  killChildren();
}
