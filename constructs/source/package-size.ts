import { deflateRawSync } from "node:zlib";
import type { LibraryFile } from "../libraries/library-index";
import { type PackageFile, readSourceFile, SourceError, shown } from "./source-files";

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const MAX_DIRECT = 50 * 1024 * 1024;
const MAX_UNPACKED = 250 * 1024 * 1024;

/** A zip file counts its files in 16 bits. More files need ZIP64, which not all tools read. */
const MAX_FILES = 65_535;

/** How many of the largest files a message names. */
const NAMED = 5;

/** The file's path, its size in bytes and the library that it belongs to, which messages then name. */
export type FileSize = readonly [path: string, bytes: number, library?: string];

/** Throws a SourceError if Lambda would refuse a package with these files, and with those of libraries. */
export function refuseTooLarge(source: string, files: readonly PackageFile[], libraries: readonly LibraryFile[]): void {
  const unpacked = libraries.map(({ path, bytes, library }): FileSize => [path, bytes, library]);
  refuseUnpacked(source, [...files.map(({ path, stats }): FileSize => [path, stats.size]), ...unpacked]);
}

/** Whether Lambda takes a package with these files, and with those of libraries, only from a bucket. */
export function takesBucket(source: string, files: readonly PackageFile[], libraries: readonly LibraryFile[]): boolean {
  const zipped = libraries.map(({ path, zippedBytes }): FileSize => [path, zippedBytes]);
  // Deflate makes a file at most a thousandth larger, so that most packages need not be compressed to know.
  const atMost = files.map(({ path, stats }): FileSize => [path, Math.ceil(stats.size * 1.001) + 16]);
  if (bytesOfZip([...atMost, ...zipped]) <= MAX_DIRECT) return false;
  const own = files.map(({ path }): FileSize => [path, deflateRawSync(readSourceFile(source, path)).length]);
  return bytesOfZip([...own, ...zipped]) > MAX_DIRECT;
}

/** Throws a SourceError if Lambda would refuse files of these sizes. */
export function refuseUnpacked(source: string, files: readonly FileSize[]): void {
  if (files.length > MAX_FILES) {
    throw new SourceError(
      `${shown(source)}: ${files.length} files are too many for a zip file, which takes ${MAX_FILES} at most; delete those that the function does not use, or deploy them as an archive`,
    );
  }
  const bytes = sum(files);
  if (bytes <= MAX_UNPACKED) return;
  const parts = new Map<string, number>();
  for (const [path, size, part = path] of files) parts.set(part, (parts.get(part) ?? 0) + size);
  const largest = [...parts].sort(([, one], [, other]) => other - one).slice(0, NAMED);
  const kind = files.some(([, , library]) => library) ? "packages and files" : "files";
  const names = largest
    .filter(([, size]) => size > bytes / 1000)
    .map(([path, size]) => `${path} ${megabytes(size)}`)
    .join(", ");
  throw new SourceError(
    `${shown(source)}: ${megabytes(bytes)} unpacked are too much; Lambda takes ${megabytes(MAX_UNPACKED)} at most; the largest ${kind} are ${names}`,
  );
}

/** The size of a zip file: a name, with 30 bytes before the content and with 46 in the directory, and 16 that some tools add. */
function bytesOfZip(files: readonly FileSize[]): number {
  return sum(files) + files.reduce((bytes, [path]) => bytes + 92 + 2 * Buffer.byteLength(path), 22);
}

function sum(files: readonly FileSize[]): number {
  return files.reduce((bytes, [, size]) => bytes + size, 0);
}

function megabytes(bytes: number): string {
  return `${Number((bytes / 1024 / 1024).toFixed(1))} MB`;
}
