import { existsSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { join, relative } from "node:path";
import { LAMBDA_IGNORE, readLambdaIgnore } from "./lambda-ignore";
import { isLeftOut } from "./left-out";

/** A function's source that cannot be deployed as it is, in one line: the place, the mistake and what to do. */
export class SourceError extends Error {
  override readonly name = "SourceError";
}

/** A file of the package, or a file or folder that the package leaves out. */
export interface SourceEntry {
  /** Relative to the source. */
  readonly path: string;
  /** Of the file that a link leads to. `undefined` for what is left out. */
  readonly stats?: Stats;
  /** Whether it is a socket, a pipe or a device, which no package can hold. */
  readonly isSpecial?: boolean;
}

/** A file of the package. */
export type PackageFile = SourceEntry & { readonly stats: Stats };

export interface WalkOptions {
  /** @default - the rule for packages */
  readonly isLeftOut?: (file: string) => boolean;
  /** Called with each folder before it is read. */
  readonly onFolder?: (folder: string) => void;
  /** Called with each link that leads to a file or a folder. */
  readonly onLink?: (link: string) => void;
}

/**
 * Finds the files in a folder and its subfolders, as `hashicorp/archive` does: where a link leads to a folder, the files
 * in that, too.
 *
 * @throws SourceError for a link that leads to no file and no folder, or to a folder around it, and for what cannot be read
 */
export function* walkSource(source: string, options: WalkOptions = {}): Generator<SourceEntry> {
  const around = [idOf(reading(source, (root) => statSync(root)))];
  const rules = join(source, LAMBDA_IGNORE);
  const hasRules = existsSync(rules);
  // Before it is read: a watcher must see each of its saves.
  if (hasRules) yield { path: LAMBDA_IGNORE };
  const isIgnored = readLambdaIgnore(hasRules ? reading(rules, (file) => readFileSync(file, "utf8")) : "");
  yield* walk({ source, isLeftOut, isIgnored, ...options }, "", around);
}

/** The paths of the package's files, relative to the source and sorted. */
export function listFiles(source: string, options?: WalkOptions): string[] {
  return packageFiles(walkSource(source, options)).map(({ path }) => path);
}

/** The files of the package, sorted by their paths. */
export function packageFiles(entries: Iterable<SourceEntry>): PackageFile[] {
  const files = [...entries].filter((entry): entry is PackageFile => entry.stats !== undefined);
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Reads a file of the source. Throws a SourceError if that is impossible. */
export function readSourceFile(source: string, path: string): Buffer {
  return reading(join(source, path), (file) => readFileSync(file));
}

/**
 * The files that are executable. A file system that keeps no permissions, such as a Windows drive in WSL, shows all of
 * them for all files. They have no meaning there.
 */
export function executables(files: readonly PackageFile[]): ReadonlySet<string> {
  if (files.every(({ stats }) => (stats.mode & 0o777) === 0o777)) return new Set();
  return new Set(files.filter(({ stats }) => stats.mode & 0o100).map(({ path }) => path));
}

type Walk = WalkOptions & {
  readonly source: string;
  readonly isLeftOut: (file: string) => boolean;
  readonly isIgnored: (path: string) => boolean;
};

/** @param around the ids of the folder and of those that contain it */
function* walk(props: Walk, folder: string, around: readonly string[]): Generator<SourceEntry> {
  const absolute = join(props.source, folder);
  props.onFolder?.(absolute);
  const found = reading(absolute, (path) => readdirSync(path, { withFileTypes: true }));
  if (folder && found.some(({ name }) => name === "pyvenv.cfg")) return yield { path: folder };
  // No warning names a file that a pattern leaves out.
  for (const entry of found.filter(({ name }) => !props.isIgnored(join(folder, name)))) {
    const path = join(folder, entry.name);
    const file = join(absolute, entry.name);
    const stats = props.isLeftOut(file) ? undefined : reading(file, (link) => statSync(link));
    if (stats && entry.isSymbolicLink()) props.onLink?.(file);
    if (stats?.isDirectory()) yield* walkInto(props, path, enter(file, stats, around));
    else yield stats?.isFile() ? { path, stats } : { path, isSpecial: stats !== undefined };
  }
}

function* walkInto(props: Walk, folder: string, around: readonly string[]): Generator<SourceEntry> {
  if (!props.isIgnored(`${folder}/`)) yield* walk(props, folder, around);
}

function enter(folder: string, stats: Stats, around: readonly string[]): string[] {
  const id = idOf(stats);
  if (!around.includes(id)) return [...around, id];
  throw new SourceError(`${shown(folder)}: is a link to a folder that contains it; delete the link`);
}

function idOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

function reading<T>(path: string, read: (path: string) => T): T {
  try {
    return read(path);
  } catch (error) {
    throw new SourceError(`${shown(path)}: ${describe(path, (error as NodeJS.ErrnoException).code)}`);
  }
}

function describe(path: string, code = "unknown error"): string {
  let target: string;
  try {
    target = readlinkSync(path);
  } catch {
    return code === "ENOENT"
      ? "does not exist; create it, or put it back"
      : `cannot be read (${code}); make it readable, or delete it`;
  }
  const why =
    { ENOENT: "where there is no file", ELOOP: "which leads back to it" }[code] ?? `which cannot be read (${code})`;
  return `is a link to ${JSON.stringify(target)}, ${why}; mend or delete the link`;
}

/** A path as messages show it. */
export function shown(path: string): string {
  return relative(process.cwd(), path) || ".";
}
