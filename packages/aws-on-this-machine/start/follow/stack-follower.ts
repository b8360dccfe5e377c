import { explainFullDisk } from "@local/command-line/process/full-disk";
import { UserError } from "@local/command-line/user-error";
import { SourceWatcher } from "../../function/source-watcher";
import type { StacksState } from "../../system/running-system";
import type { SourceTree } from "./source-tree";

/** The interval of the looks for a missing source. */
const LOOK_MS = 500;

/**
 * Applies the saved stacks. Is not called again before it ends. Throws an Error with the reason if it cannot.
 *
 * @param note takes the progress
 */
export type ApplySaved = (note: (message: string) => void) => Promise<unknown>;

export interface StackFollowerProps {
  /** The files from which the stacks are synthesized. */
  readonly source: SourceTree;
  /** Called with each state of the saved stacks; undefined if they are what runs. */
  readonly onState: (state: StacksState | undefined) => void;
  /** Called with the reason why the saved stacks are not applied. */
  readonly onBroken: (message: string) => void;
  /** Called after the first save that has to wait for `begin`. */
  readonly onEarlySave?: () => void;
}

/** Applies the stacks after each save, one save after the other. */
export class StackFollower {
  private readonly watcher: SourceWatcher;
  private look: NodeJS.Timeout | undefined;
  private hasBegun = false;
  private begun!: (apply: ApplySaved | undefined) => void;

  /** Notices saves from now on. Make it before the synthesis whose result runs. */
  constructor(private readonly props: StackFollowerProps) {
    const begun = new Promise<ApplySaved | undefined>((done) => {
      this.begun = done;
    });
    const onSave = async () => {
      if (!this.hasBegun) props.onEarlySave?.();
      const apply = await begun;
      if (apply) await this.apply(apply);
      // The next save is the next try. Terraform takes too much time for others.
      return true;
    };
    this.watcher = new SourceWatcher({ source: props.source, isCurrent: () => true, onSave });
  }

  /** Begins with what was saved since this was made. */
  begin(apply: ApplySaved): void {
    this.hasBegun = true;
    this.begun(apply);
  }

  /** Resolves after an apply that is under way. */
  async stop(): Promise<void> {
    this.begun(undefined);
    clearInterval(this.look);
    await this.watcher.stop();
  }

  private async apply(apply: ApplySaved): Promise<void> {
    const { onState, onBroken } = this.props;
    clearInterval(this.look);
    try {
      await apply((message) => onState({ kind: "applying", message }));
      onState(undefined);
    } catch (error) {
      const { message, stack = message } = error as Error;
      const full = explainFullDisk(message);
      onState({ kind: "broken", message: full ?? message });
      onBroken(full ?? (error instanceof UserError ? message : stack));
      this.waitFor(this.props.source.findMissing(message));
    }
  }

  /** Tries again as soon as one of these sources exists. */
  private waitFor(missing: readonly string[]): void {
    if (missing.length === 0) return;
    this.look = setInterval(() => {
      if (missing.some((path) => this.props.source.exists(path))) this.watcher.deployAgain();
    }, LOOK_MS);
  }
}
