import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import type { State, StateResource } from "@local/terraform/run/terraform";
import pc from "picocolors";
import type { ResourceRef } from "../../inventory/resource-ref";
import { type Deployed, EXPECTED } from "../apply-stacks";
import { SavedStacks } from "./saved-stacks";

export interface FollowProps {
  readonly deployed: Deployed;
  /** Whether the emulator, and so the state with its lock, outlives this process. */
  readonly isKept: boolean;
  /** Reads the system's state after an apply. */
  readonly readState: () => Promise<State | undefined>;
  /** Called after an apply, even if it failed, with all resources of the system. */
  readonly onApplied: (refs: readonly ResourceRef[]) => Promise<unknown>;
}

/** Returns how to apply the saved stacks of an application that is deployed, with a step that shows the progress. */
export function followStacks({ deployed, isKept, readState, onApplied }: FollowProps) {
  const { deployment } = deployed;
  const saved = new SavedStacks({ deployment, isKept, onNotice: (notice) => console.error(pc.yellow(notice)) });
  const title = `${deployment.application.system}, as saved`;
  let isRefreshDue = false;
  const refresh = async () => {
    isRefreshDue = true;
    await onApplied(refsOf((await readState())?.resources));
    isRefreshDue = false;
  };
  return (note: (message: string) => void): Promise<void> =>
    step(
      title,
      async (current) => {
        const outcome = await saved.apply(current, note).catch(async (error) => {
          if (saved.isHalfApplied) await refresh().catch(tellRefresh);
          throw error;
        });
        // A refresh that failed is tried again with each save.
        if (outcome === "applied" || isRefreshDue) await refresh();
        if (outcome !== "same configuration") await deployed.record();
      },
      { listsResources: false, expected: { resources: EXPECTED.resources } },
    );
}

function tellRefresh({ message }: Error): void {
  console.error(pc.yellow(`The running system has not taken over what was applied: ${message}`));
}

export function showBroken(message: string): void {
  console.error(`${pc.red("Error")}: ${message.replaceAll(`${PROJECT_FOLDER}/`, "")}`);
  console.error(pc.dim("The running system stays as it is. The next save is the next try."));
}

export function refsOf(resources: readonly StateResource[] = []): ResourceRef[] {
  return resources.map(({ address, type, values }) => ({ address, type, id: values.id ?? "" }));
}
