import { type FSWatcher, realpathSync, type Stats, statSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { CodeSource, PackageFile, SourceEntry } from "./code/code-source";
import { fingerprint } from "./code/code-zip";

/** The quiet time before a changed source counts as saved: editors save a file, and Git a branch, in several steps. */
const SETTLE_MS = 50;

/** After this time, a source that still changes counts as saved. */
const MAX_SETTLE_MS = 1000;

/** With at most so many files, each request looks at them. That takes less than a millisecond. */
const FEW_FILES = 50;

/** With more entries, also those that the package leaves out, each request walks the source. */
const MAX_FOUND = 10 * FEW_FILES;

/** The interval of the slow look. With many files, it takes 0.1 % of a core. */
const MIN_POLL_MS = 250;
const POLL_MS_PER_FILE = 30;

/** The maximum wait of requests for a look, in milliseconds. */
const SLICE_MS = 2;

const MIN_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;

/** The reason for a deployment. */
export type Cause = "save" | "request" | "retry";

/** The source at the time of a look. */
export interface FoundFiles {
  /** With those that the package leaves out. */
  readonly entries: readonly SourceEntry[];
  readonly files: PackageFile[];
}

/** The source of a function, or other files whose saves have an effect. */
export type WatchedSource = Pick<CodeSource, "folder" | "walk" | "files" | "isLeftOut">;

export interface SourceWatcherProps {
  readonly source: WatchedSource;
  /** Whether the source is what runs now. Otherwise, it counts as just saved. */
  readonly isCurrent: () => boolean;
  /**
   * Called after files are saved, and not before the last call has ended. Returns whether the source runs now; if not, it
   * is called again with the next request, and from time to time. Must not fail.
   *
   * @param readFiles returns the files that were found, or throws why they cannot be deployed
   */
  readonly onSave: (cause: Cause, readFiles: () => FoundFiles) => Promise<boolean>;
}

/**
 * Watches the folders of a source, because a watch on a file ends when a rename replaces the file. Watching misses
 * saves on network drives and shared folders, and on macOS it reports a save late. So requests look at a source of few files
 * by themselves, and a slow look finds the rest.
 */
export class SourceWatcher {
  private readonly watchers = new Map<string, { readonly watcher: FSWatcher; readonly id: string }>();
  /** The fingerprint of the source as it was last seen, and as it was last deployed. */
  private seen = "";
  private deployed: string | undefined;
  private readFiles: () => FoundFiles = () => ({ entries: [], files: [] });
  /** The folders and the entries that the last look has found; `undefined` if it failed, or found many. */
  private found: ReadonlyMap<string, Stats | undefined> | undefined;
  private fileCount = 0;
  /** Whether there is a change that is not deployed yet. */
  private isChanged = false;
  private updating: Promise<void> | undefined;
  private attempts = 0;
  private failures = 0;
  private retryTime = 0;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private static running = 0;

  constructor(private readonly props: SourceWatcherProps) {
    SourceWatcher.running += 1;
    // The fingerprint comes first, so that no save in the meantime is missed.
    this.seen = this.look();
    this.deployed = props.isCurrent() ? this.seen : undefined;
    this.isChanged = this.deployed === undefined;
    this.poll();
  }

  /** Resolves after `onSave` has ended for all that was saved before. */
  async upToDate(): Promise<void> {
    const { attempts } = this;
    if (!this.hasFewFiles) {
      // Between two of these, the event loop takes the system's reports of saved files.
      await setImmediate();
      await setImmediate();
    }
    // An update that is under way may have read the source before the save.
    if (this.updating) await this.updating;
    if (this.hasFewFiles && this.isTouched() && this.look() !== this.seen) this.isChanged = true;
    await this.update();
    if (this.failures > 0 && this.attempts === attempts) await this.start(() => this.tryAgain("request"));
  }

  /** Calls `onSave` as after a save. */
  deployAgain(): void {
    this.deployed = undefined;
    this.isChanged = true;
    void this.update();
  }

  /** Resolves after an `onSave` that is under way. */
  async stop(): Promise<void> {
    if (!this.isStopped) SourceWatcher.running -= 1;
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.updating;
    for (const key of this.watchers.keys()) this.unwatch(key);
  }

  private get hasFewFiles(): boolean {
    return this.fileCount <= FEW_FILES;
  }

  private async update(): Promise<void> {
    if (this.updating || !this.isChanged) return this.updating;
    return this.start(() => this.settle());
  }

  private async start(action: () => Promise<void>): Promise<void> {
    if (this.isStopped) return;
    this.updating ??= action().finally(() => {
      this.updating = undefined;
      void this.update();
    });
    return this.updating;
  }

  private async settle(): Promise<void> {
    const started = Date.now();
    let last: string;
    do {
      // With many files, only the watchers tell whether they still change.
      last = this.hasFewFiles ? this.look() : "";
      this.isChanged = false;
      await sleep(SETTLE_MS);
    } while ((this.isChanged || (this.hasFewFiles && this.look() !== last)) && Date.now() - started < MAX_SETTLE_MS);
    this.isChanged = false;
    this.seen = this.look();
    // Editors also make files that they delete again.
    if (this.seen !== this.deployed) await this.deploy("save");
  }

  private async tryAgain(cause: Cause): Promise<void> {
    this.seen = this.look();
    await this.deploy(cause);
  }

  private async deploy(cause: Cause): Promise<void> {
    if (this.isStopped) return;
    const { seen } = this;
    this.attempts += 1;
    const isDone = await this.props.onSave(cause, this.readFiles);
    this.deployed = isDone ? seen : undefined;
    this.failures = isDone ? 0 : this.failures + 1;
    this.retryTime = Date.now() + Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** (this.failures - 1));
  }

  private poll(): void {
    this.timer = setTimeout(
      async () => {
        if (!this.updating) {
          const { seen } = this;
          if ((await this.lookSlowly()) !== seen && seen === this.seen) this.isChanged = true;
          if (this.failures > 0 && Date.now() >= this.retryTime) await this.start(() => this.tryAgain("retry"));
        }
        await this.update();
        if (!this.isStopped) this.poll();
      },
      // All watchers together look as often as one.
      Math.max(
        MIN_POLL_MS * SourceWatcher.running,
        Math.min(this.failures > 0 ? MIN_RETRY_MS : Infinity, this.fileCount * POLL_MS_PER_FILE),
      ),
    );
  }

  /** Finds the files, and watches the folders that exist now. Returns a fingerprint of the files. */
  private look(): string {
    const watched = new Set<string>();
    const found = new Map<string, Stats | undefined>();
    this.found = undefined;
    const keep = (folder: string, name?: string) => watched.add(this.watch(folder, name));
    const { source } = this.props;
    keep(dirname(source.folder), basename(source.folder));
    try {
      const onLink = (link: string) => {
        const target = realpathSync(link);
        keep(dirname(target), basename(target));
      };
      const onFolder = (folder: string) => {
        found.set(folder, statsOf(folder));
        keep(folder);
      };
      const entries: SourceEntry[] = [];
      for (const entry of source.walk({ onFolder, onLink })) {
        entries.push(entry);
        // Only a source of few files is looked at before each event.
        if (entries.length > MAX_FOUND) continue;
        const file = join(source.folder, entry.path);
        found.set(file, entry.stats ?? statsOf(file));
      }
      const files = source.files(entries);
      this.fileCount = files.length;
      if (entries.length <= MAX_FOUND) this.found = found;
      this.readFiles = () => ({ entries, files });
      return files.map(fingerprint).join("\n");
    } catch (error) {
      this.readFiles = () => {
        throw error;
      };
      return (error as Error).message;
    } finally {
      for (const key of this.watchers.keys()) if (!watched.has(key)) this.unwatch(key);
    }
  }

  /** Whether a look would perhaps find something else than the last one. Unlike a look, it takes no walk. */
  private isTouched(): boolean {
    const { found } = this;
    return !found || [...found].some(([path, stats]) => !isSame(stats, statsOf(path)));
  }

  private async lookSlowly(): Promise<string> {
    try {
      const entries: SourceEntry[] = [];
      let slice = performance.now();
      for (const entry of this.props.source.walk()) {
        entries.push(entry);
        if (performance.now() - slice < SLICE_MS) continue;
        await setImmediate();
        slice = performance.now();
      }
      return this.props.source.files(entries).map(fingerprint).join("\n");
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Watches a folder, or one of its entries, unless it is watched already. Returns the key of its watcher. */
  private watch(folder: string, name?: string): string {
    const key = join(folder, name ?? "/");
    if (this.isStopped) return key;
    try {
      const { dev, ino, birthtimeMs } = statSync(folder);
      // A folder that is made again may have the number of the deleted one.
      const id = `${dev}:${ino}:${birthtimeMs}`;
      if (this.watchers.get(key)?.id === id) return key;
      this.unwatch(key);
      const watcher = watch(folder, (_event, changed) => {
        if (name && changed && changed !== name) return;
        if (changed && this.props.source.isLeftOut(join(folder, changed))) return;
        this.isChanged = true;
        void this.update();
      });
      watcher.on("error", () => this.unwatch(key));
      this.watchers.set(key, { watcher, id });
    } catch {
      // The slow look finds what changes there: the folder is gone, or the system watches no more folders.
    }
    return key;
  }

  private unwatch(key: string): void {
    this.watchers.get(key)?.watcher.close();
    this.watchers.delete(key);
  }
}

/** `undefined` for a link that leads nowhere, and for a file that cannot be reached. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isSame(one: Stats | undefined, other: Stats | undefined): boolean {
  const fields = ["mtimeMs", "ctimeMs", "size", "ino", "mode"] as const;
  return fields.every((field) => one?.[field] === other?.[field]);
}
