import { type Dirent, readdirSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import type { PackageFile } from "../../function/code/code-source";
import type { WatchedSource } from "../../function/source-watcher";

/** Hidden files, and the copies that editors keep. */
const LEFT_OUT = /^\.|~$|\.swp$/;

/** Some files and folders of a project, with all below them. */
export class SourceTree implements WatchedSource {
  /**
   * @param folder the project's folder
   * @param paths relative to it; those that do not exist are watched for
   */
  constructor(
    readonly folder: string,
    private readonly paths: readonly string[],
  ) {}

  *walk({ onFolder }: { readonly onFolder?: (folder: string) => void } = {}): Generator<PackageFile> {
    onFolder?.(this.folder);
    for (const path of this.paths) yield* this.find(path, onFolder);
  }

  files(entries: Iterable<PackageFile> = this.walk()): PackageFile[] {
    return [...entries];
  }

  isLeftOut(file: string): boolean {
    if (LEFT_OUT.test(basename(file))) return true;
    const [first = ""] = relative(this.folder, file).split(sep);
    return !this.paths.some((path) => path === first || path.startsWith(`${first}/`));
  }

  /** The files and folders that an error names at the start of a line, and that do not exist or are empty. */
  findMissing(error: string): string[] {
    const named = [...error.matchAll(/^(?:Error: )?([\w./-]+): /gm)].map(([, path = ""]) => path);
    return named.filter((path) => !this.exists(path));
  }

  /** Whether this is a file, or a folder that is not empty. */
  exists(path: string): boolean {
    const file = join(this.folder, path);
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats !== undefined && (!stats.isDirectory() || readdirSync(file).length > 0);
  }

  private *find(path: string, onFolder?: (folder: string) => void): Generator<PackageFile> {
    const stats = statSync(join(this.folder, path), { throwIfNoEntry: false });
    if (!stats?.isDirectory()) {
      if (stats) yield { path, stats };
      return;
    }
    onFolder?.(join(this.folder, path));
    // A link to a folder could lead around in a circle.
    const isOwn = (entry: Dirent) => !this.isLeftOut(join(this.folder, path, entry.name));
    const entries = readdirSync(join(this.folder, path), { withFileTypes: true }).filter(isOwn);
    for (const entry of entries) {
      const isLinkedFolder = entry.isSymbolicLink() && this.isFolder(join(path, entry.name));
      if (!isLinkedFolder) yield* this.find(join(path, entry.name), onFolder);
    }
  }

  private isFolder(path: string): boolean {
    return statSync(join(this.folder, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  }
}
