import { isLeftOut } from "./left-out";
import { type FileSize, refuseUnpacked } from "./package-size";
import {
  executables,
  type PackageFile,
  packageFiles,
  readSourceFile,
  type SourceEntry,
  type WalkOptions,
  walkSource,
} from "./source-files";
import { sourceWarnings } from "./source-warnings";

/** A folder with a function's source, and the rules for its package, for tools that deploy it again after each save. */
export class FunctionSource {
  readonly executables = executables;
  readonly isLeftOut = isLeftOut;
  readonly takesVenv = true;

  /** @param folder absolute path */
  constructor(readonly folder: string) {}

  walk(options?: WalkOptions): Iterable<SourceEntry> {
    return walkSource(this.folder, options);
  }

  files(entries = this.walk()): PackageFile[] {
    return packageFiles(entries);
  }

  read(path: string): Buffer {
    return readSourceFile(this.folder, path);
  }

  warnings(entries: readonly SourceEntry[]): string[] {
    return sourceWarnings(this.folder, entries);
  }

  refuseUnpacked(files: readonly FileSize[]): void {
    refuseUnpacked(this.folder, files);
  }
}
