import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { listFiles } from "../../../constructs/source/source-files";

/** How often the source is looked at while no request comes. */
const POLL_MS = 250;

/** Editors save a file, and Git a branch, in several steps. For this time, nothing may change before it is taken. */
const SETTLE_MS = 50;

/** After this time, a source that goes on changing is taken as it is. */
const MAX_SETTLE_MS = 1000;

export interface SourceWatcherProps {
  /** The watched folder, with its subfolders. */
  readonly source: string;
  /** Whether the source is what runs now. Otherwise, it counts as just saved. */
  readonly isCurrent: () => boolean;
  /** Called after files are saved, and not before the last call has ended. Must not fail. */
  readonly onSave: () => Promise<void>;
}

/**
 * Watches a function's source by its files' names, times, sizes and inodes. `fs.watch` misses saved files: on Linux, those
 * that a rename has replaced; on network drives and shared folders, all. This takes a tenth of a millisecond for a few
 * files, so each request can afford it.
 */
export class SourceWatcher {
  private seen: string | undefined;
  private updating: Promise<void> | undefined;
  private readonly timer: NodeJS.Timeout;
  private isStopped = false;

  constructor(private readonly props: SourceWatcherProps) {
    // First the fingerprint: what is saved in the meantime must not be missed.
    const seen = fingerprint(props.source);
    this.seen = props.isCurrent() ? seen : undefined;
    this.timer = setInterval(() => this.update(), POLL_MS);
  }

  /** Resolves after `onSave` has ended for all that was saved before. */
  async upToDate(): Promise<void> {
    // What is under way may have read the source before the save.
    if (this.updating) await this.updating;
    await this.update();
  }

  /** Resolves after an `onSave` that is under way. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.updating;
  }

  private update(): Promise<void> | undefined {
    if (this.updating || this.isStopped || fingerprint(this.props.source) === this.seen) return this.updating;
    this.updating = this.settle().finally(() => {
      this.updating = undefined;
    });
    return this.updating;
  }

  private async settle(): Promise<void> {
    const { source, onSave } = this.props;
    const started = Date.now();
    let last: string;
    this.seen = fingerprint(source);
    do {
      last = this.seen;
      await setTimeout(SETTLE_MS);
      this.seen = fingerprint(source);
    } while (this.seen !== last && Date.now() - started < MAX_SETTLE_MS);
    if (!this.isStopped) await onSave();
  }
}

/** Identifies what is in a folder's files. Empty while there is no such folder, as in the middle of its replacement. */
function fingerprint(folder: string): string {
  try {
    return listFiles(folder)
      .map((file) => {
        const { mtimeMs, ctimeMs, size, ino } = statSync(join(folder, file));
        return `${file} ${mtimeMs} ${ctimeMs} ${size} ${ino}`;
      })
      .join("\n");
  } catch {
    return "";
  }
}
