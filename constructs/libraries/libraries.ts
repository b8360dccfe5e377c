import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type PackageFile, SourceError, shown } from "../source/source-files";
import { indexLibraries, type LibraryFile, type LibraryIndex } from "./library-index";
import { type Platform, pipInstall } from "./pip";
import { normalize, type Requirements, readRequirements } from "./requirements";

const CACHE = join("node_modules", ".cache", "function-libraries");

/** To be changed with what is kept there. */
const CACHE_FORMAT = "1";

/** Lambda's runtimes contain these, and update them. */
const IN_RUNTIME = ["boto3", "botocore"];

/** The packages that a function's source requires, installed for its platform. */
export interface Libraries extends LibraryIndex {
  /** Absolute path of the folder with the files. */
  readonly folder: string;
  readonly warnings: readonly string[];
}

/**
 * Installs what a source's `requirements.txt` names, once for each text, runtime and architecture: the cache below
 * `node_modules` keeps it. Without packages, the list of files and the digest are empty.
 *
 * @throws SourceError if the packages cannot be installed
 */
export function installLibraries(source: string, platform: Platform): Libraries {
  const requirements = readRequirements(source);
  if (!requirements) return { folder: source, libraries: [], files: [], digest: "", warnings: [] };
  const key = createHash("sha256");
  for (const part of [CACHE_FORMAT, platform.runtime, platform.architecture, requirements.text]) {
    key.update(`${part}\0`);
  }
  const kept = resolve(CACHE, key.digest("hex").slice(0, 32));
  if (!existsSync(kept)) install(requirements, platform, kept);
  const index: LibraryIndex = JSON.parse(readFileSync(join(kept, "index.json"), "utf8"));
  return { ...index, folder: join(kept, "packages"), warnings: warningsOf(requirements, index) };
}

/** Another synthesis may do the same at the same time. The first one that ends is kept. */
function install({ file }: Requirements, platform: Platform, kept: string): void {
  mkdirSync(resolve(CACHE), { recursive: true });
  const unfinished = mkdtempSync(join(resolve(CACHE), "unfinished-"));
  try {
    const packages = join(unfinished, "packages");
    mkdirSync(packages);
    pipInstall(file, packages, platform);
    writeFileSync(join(unfinished, "index.json"), JSON.stringify(indexLibraries(packages)));
    renameSync(unfinished, kept);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(kept)) throw error;
  }
}

function warningsOf({ file, names }: Requirements, { libraries, files }: LibraryIndex): string[] {
  const known = libraries.filter(({ name }) => IN_RUNTIME.includes(normalize(name)));
  const bytes = files.filter(({ library }) => known.some(({ name }) => name === library));
  const megabytes = Math.ceil(bytes.reduce((sum, file) => sum + file.bytes, 0) / 1024 / 1024);
  const unpinned = libraries.filter(({ name }) => !names.has(normalize(name)));
  const list = (found: LibraryIndex["libraries"]) => found.map(({ name, version }) => `${name}==${version}`).join(", ");
  return [
    known.length > 0 &&
      `Lambda's Python contains what ${list(known)} replace, and AWS updates it; without them, the function is ${megabytes} MB smaller`,
    unpinned.length > 0 &&
      `packages require others, whose versions may differ on another machine; pin them, too: ${list(unpinned)}`,
  ].flatMap((warning) => (warning ? [`${shown(file)}: ${warning}`] : []));
}

/** Throws a SourceError if a file of the source and one of a package would take each other's place. */
export function refuseConflicts(source: string, own: readonly PackageFile[], files: readonly LibraryFile[]): void {
  if (files.length === 0) return;
  const taken = new Map(files.flatMap(({ path, library }) => [path, moduleIn(path)].map((name) => [name, library])));
  for (const { path } of own) {
    if (/^[^/]+\.dist-info\/RECORD$/.test(path)) {
      const folder = shown(join(source, path, ".."));
      throw new SourceError(
        `${folder}: is installed beside a requirements.txt; delete the package's files from the source`,
      );
    }
    const [module = path] = /^[^/.]+(?=\/|\.py$)/.exec(path) ?? [];
    const name = [path, module].find((name) => taken.has(name));
    if (name === undefined) continue;
    throw new SourceError(`${shown(join(source, path))}: ${taken.get(name)} has a module of this name; rename it`);
  }
}

/** The module that a file at the top makes, or the file's path. A folder without an `__init__` may have several owners. */
function moduleIn(path: string): string {
  return /^([^/.]+)(?:\/__init__)?\.(?:py|pyc|(?:.*\.)?so)$/.exec(path)?.[1] ?? path;
}
