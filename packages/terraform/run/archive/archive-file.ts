import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type ZipAttributes, zipSync } from "fflate";
import { matchesGlob } from "./glob";

/** The configuration of `archive_file`. Terraform sends null for an attribute that is not set. */
export interface ArchiveFile {
  readonly type: string;
  readonly output_path: string;
  readonly output_file_mode: string | null;
  readonly source_dir: string | null;
  readonly source_file: string | null;
  readonly source_content: string | null;
  readonly source_content_filename: string | null;
  readonly excludes: readonly string[] | null;
  readonly exclude_symlink_directories: boolean | null;
  readonly source: readonly { readonly content: string; readonly filename: string }[] | null;
}

/** Where the paths of a configuration lead to. */
export interface ArchivePaths {
  readonly source: (path: string) => string;
  readonly output: (path: string) => string;
}

interface Entry {
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

/** The mode of a file without one on disk. */
const DEFAULT_MODE = 0o644;

/** Writes the zip file, with the same bytes on every machine, and returns the values of all attributes. */
export function writeArchive(config: ArchiveFile, paths: ArchivePaths): object {
  if (config.type !== "zip")
    throw new Error(`The stand-in for hashicorp/archive writes type "zip", not "${config.type}".`);
  const mode = config.output_file_mode ? Number.parseInt(config.output_file_mode, 8) : undefined;
  const entries = [...readEntries(config, paths)].sort((one, other) => (one.name < other.name ? -1 : 1));
  const files = entries.map((entry) => {
    // os 3 is Unix, whose `attrs` hold the mode.
    const attributes: ZipAttributes = { os: 3, attrs: (mode ?? entry.mode) << 16, mtime: new Date(2049, 0, 1) };
    return [entry.name, [entry.content, attributes]] as [string, [Uint8Array, ZipAttributes]];
  });
  const zip = zipSync(Object.fromEntries(files));
  const output = paths.output(config.output_path);
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, zip);
  return { ...config, ...describe(zip) };
}

function describe(zip: Uint8Array) {
  const digest = (algorithm: string, encoding: "hex" | "base64") => createHash(algorithm).update(zip).digest(encoding);
  return {
    id: digest("sha1", "hex"),
    output_size: zip.length,
    output_md5: digest("md5", "hex"),
    output_sha: digest("sha1", "hex"),
    output_sha256: digest("sha256", "hex"),
    output_base64sha256: digest("sha256", "base64"),
    output_sha512: digest("sha512", "hex"),
    output_base64sha512: digest("sha512", "base64"),
  };
}

function* readEntries(config: ArchiveFile, paths: ArchivePaths): Generator<Entry> {
  const { source_dir, source_file, source_content, source_content_filename } = config;
  if (source_dir) {
    const folder = paths.source(source_dir);
    for (const path of filesBelow(folder, config)) yield readFile(join(folder, path), path);
  } else if (source_file) {
    const file = paths.source(source_file);
    if (statSync(file).isDirectory()) throw new Error(`source_file is ${source_file}, which is a folder.`);
    yield readFile(file, basename(file));
  } else if (source_content !== null && source_content_filename) {
    yield { name: source_content_filename, content: Buffer.from(source_content), mode: DEFAULT_MODE };
  } else if (config.source?.length) {
    for (const { filename, content } of config.source) {
      yield { name: filename, content: Buffer.from(content), mode: DEFAULT_MODE };
    }
  } else {
    throw new Error(
      "One of source_dir, source_file, source_content with source_content_filename, and source is required.",
    );
  }
}

function readFile(file: string, name: string): Entry {
  return { name, content: readFileSync(file), mode: statSync(file).mode & 0o777 };
}

/** The settings that leave files out of an archive. */
export type Exclusion = Partial<Pick<ArchiveFile, "excludes" | "exclude_symlink_directories">>;

/** The paths of all files in a folder and its subfolders. Like the provider, it follows links. */
export function* filesBelow(folder: string, exclusion: Exclusion, path = ""): Generator<string> {
  for (const name of readdirSync(join(folder, path))) {
    const below = join(path, name);
    const file = join(folder, below);
    const stats = statSync(file);
    if (isExcluded(below, exclusion) || (stats.isDirectory() && isExcludedLink(file, exclusion))) continue;
    if (stats.isDirectory()) yield* filesBelow(folder, exclusion, below);
    else yield below;
  }
}

export function isExcluded(path: string, { excludes }: Exclusion): boolean {
  return (excludes ?? []).some((pattern) => matchesGlob(pattern, path));
}

function isExcludedLink(folder: string, { exclude_symlink_directories }: Exclusion): boolean {
  return exclude_symlink_directories === true && lstatSync(folder).isSymbolicLink();
}
