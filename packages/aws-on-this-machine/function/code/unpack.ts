import { linkSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { installedFiles } from "./installed-files";

export interface UnpackedCode {
  readonly codeFolder: string;
  /**
   * The files as they were unpacked.
   * @default - the next version links none of them
   */
  readonly files?: ReadonlyMap<string, UnpackedFile>;
}

interface UnpackedFile {
  /** Identifies the content and the mode. */
  readonly id: string;
  /** Differs after any change on disk. */
  readonly stamp: string;
}

interface Entry {
  readonly name: string;
  readonly id: string;
  readonly mode: number;
  readonly content: () => Buffer;
}

/**
 * Unpacks a zip file into a new subfolder, with the permission to execute files. Only root can write into the unpacked files.
 * It leaves out the packages of a `requirements.txt`, which are for Lambda's machine.
 *
 * @param previous another version, whose equal files are linked: writing thousands of files takes seconds
 */
export function unpack(zip: Buffer, parent: string, previous?: UnpackedCode): UnpackedCode {
  mkdirSync(parent, { recursive: true });
  const codeFolder = mkdtempSync(join(parent, "code-"));
  try {
    return { codeFolder, files: unpackInto(codeFolder, zip, previous) };
  } catch (error) {
    rmSync(codeFolder, { recursive: true, force: true });
    throw error;
  }
}

function unpackInto(codeFolder: string, zip: Buffer, previous?: UnpackedCode): Map<string, UnpackedFile> {
  const files = new Map<string, UnpackedFile>();
  const made = new Set<string>();
  const entries = [...readDirectory(zip)];
  const installed = installedFiles(entries);
  for (const entry of entries) {
    if (installed.has(entry.name)) continue;
    const file = join(codeFolder, entry.name);
    const folder = entry.name.endsWith("/") ? file : dirname(file);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    if (folder === file) continue;
    if (!linkFrom(previous, entry, file)) {
      writeFileSync(file, entry.content(), { mode: entry.mode & 0o100 ? 0o555 : 0o444 });
    }
    // A new link changes the time, too.
    files.set(entry.name, { id: entry.id, stamp: stampOf(file) });
  }
  return files;
}

function stampOf(file: string): string {
  const { ino, size, mtimeMs, ctimeMs } = lstatSync(file);
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** Returns false if the file has changed since it was unpacked, is gone, or cannot be linked. */
function linkFrom(previous: UnpackedCode | undefined, { name, id }: Entry, file: string): boolean {
  const earlier = previous?.files?.get(name);
  if (!previous || earlier?.id !== id) return false;
  try {
    const linked = join(previous.codeFolder, name);
    if (stampOf(linked) !== earlier.stamp) return false;
    linkSync(linked, file);
    return true;
  } catch {
    return false;
  }
}

/** Reads the directory at the end of a zip file: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12. */
function* readDirectory(zip: Buffer): Generator<Entry> {
  const end = zip.lastIndexOf("PK\x05\x06", undefined, "latin1");
  if (end < 0) throw new Error("the function's code is no zip file");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength = 0, extraLength = 0, commentLength = 0] = [28, 30, 32].map((place) =>
      zip.readUInt16LE(at + place),
    );
    const isDeflated = zip.readUInt16LE(at + 10) === 8;
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const data = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    const mode = zip.readUInt16LE(at + 40);
    yield {
      name: zip.toString("utf8", at + 46, at + 46 + nameLength),
      id: [zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 24), mode & 0o100].join(" "),
      mode,
      content: () => (isDeflated ? inflateRawSync(data) : data),
    };
    at += 46 + nameLength + extraLength + commentLength;
  }
}
