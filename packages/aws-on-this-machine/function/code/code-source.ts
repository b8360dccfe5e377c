import type { Stats } from "node:fs";

/** A file of the package, or a file or folder that the package leaves out. */
export interface SourceEntry {
  /** Relative to the source. */
  readonly path: string;
  /** Of the file that a link leads to. `undefined` for entries that are left out. */
  readonly stats?: Stats;
}

export type PackageFile = SourceEntry & { readonly stats: Stats };

export type FileSize = readonly [path: string, bytes: number];

/**
 * A function's source on this machine. Its owner decides which files are deployed. Each method that reads it throws an
 * Error with a line for the user if the source cannot be deployed.
 */
export interface CodeSource {
  /** Absolute path. */
  readonly folder: string;
  /** Whether a virtual environment for editors may be in the folder. The package must leave it out. */
  readonly takesVenv: boolean;
  /** Finds all files, with calls for each folder before it is read and for each link. */
  walk(options?: {
    readonly onFolder?: (folder: string) => void;
    readonly onLink?: (link: string) => void;
  }): Iterable<SourceEntry>;
  /** The files of the package, sorted by their paths. */
  files(entries?: Iterable<SourceEntry>): PackageFile[];
  /** The paths of the files that get the mode 0755. All others get 0644. */
  executables(files: readonly PackageFile[]): ReadonlySet<string>;
  read(path: string): Buffer;
  /** Whether the package leaves out a file or a folder. */
  isLeftOut(file: string): boolean;
  /** A line for each kind of entries that probably do not belong into a package. */
  warnings(entries: readonly SourceEntry[]): string[];
  refuseUnpacked(files: readonly FileSize[]): void;
}
