import { lstatSync, readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { ArchivedFiles } from "@local/terraform/folder/terraform-folder";
import { isExcluded } from "@local/terraform/run/archive/archive-file";
import type { CodeSource, PackageFile, SourceEntry } from "./code-source";

interface Listeners {
  readonly onFolder?: (folder: string) => void;
  readonly onLink?: (link: string) => void;
}

/** The source of an archive that plain Terraform makes: it has all files but the excluded ones. */
export class ArchivedSource implements CodeSource {
  readonly folder: string;
  /** An archive has all files, and the user's folder stays untouched. */
  readonly takesVenv = false;

  constructor(private readonly archived: ArchivedFiles) {
    this.folder = archived.folder;
  }

  *walk(listeners: Listeners = {}): Generator<SourceEntry> {
    const { file } = this.archived;
    if (!file) return yield* this.walkFolder("", listeners, []);
    listeners.onFolder?.(this.folder);
    yield { path: basename(file), stats: statSync(file) };
  }

  files(entries: Iterable<SourceEntry> = this.walk()): PackageFile[] {
    const files = [...entries].filter((entry): entry is PackageFile => entry.stats !== undefined);
    return files.sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  executables(files: readonly PackageFile[]): ReadonlySet<string> {
    return new Set(files.filter(({ stats }) => stats.mode & 0o100).map(({ path }) => path));
  }

  read(path: string): Buffer {
    return readFileSync(join(this.folder, path));
  }

  isLeftOut(file: string): boolean {
    const { archived } = this;
    return archived.file ? file !== archived.file : isExcluded(relative(this.folder, file), archived);
  }

  warnings(): string[] {
    return [];
  }

  refuseUnpacked(): void {}

  refuseZipped(): void {}

  /** @param around the ids of the folders that contain the folder, so that no link leads into a circle */
  private *walkFolder(path: string, listeners: Listeners, around: readonly string[]): Generator<SourceEntry> {
    const folder = join(this.folder, path);
    const id = idOf(statSync(folder));
    if (around.includes(id)) throw new Error(`${folder} is a link to a folder that contains it; delete the link`);
    listeners.onFolder?.(folder);
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (this.isLeftOut(file)) continue;
      const stats = statSync(file);
      if (lstatSync(file).isSymbolicLink()) listeners.onLink?.(file);
      if (stats.isDirectory()) yield* this.walkFolder(join(path, name), listeners, [...around, id]);
      else yield { path: join(path, name), stats };
    }
  }
}

function idOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}
