import { killChildren } from "../../commands/cli/child-process";
import { servers } from "./setup";

/** Ends what the set-up started; the run's folder goes when the process exits. */
export default function teardown(): void {
  for (const server of servers) server.stop();
  killChildren();
}
