import { existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";

/** A folder with unpacked code. */
export interface UnpackedCode {
  readonly codeFolder: string;
  /**
   * What identifies the content and the mode of each file.
   * @default - the next version links none of them
   */
  readonly files?: ReadonlyMap<string, string>;
}

interface Entry {
  readonly name: string;
  readonly id: string;
  readonly mode: number;
  readonly content: () => Buffer;
}

/**
 * Unpacks a zip file into a new folder, with the permission to execute files.
 *
 * @param previous another version, whose files are linked where they are the same: writing thousands takes seconds
 */
export function unpack(zip: Buffer, codeFolder: string, previous?: UnpackedCode): UnpackedCode {
  const entries = [...readDirectory(zip)];
  const unpacked = { codeFolder, files: new Map(entries.map(({ name, id }) => [name, id])) };
  if (existsSync(codeFolder)) return unpacked;
  // A folder that is not complete must not be taken for the code.
  const folder = `${codeFolder}.part`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const made = new Set<string>();
  for (const entry of entries) {
    const file = join(folder, entry.name);
    const parent = entry.name.endsWith("/") ? file : dirname(file);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    if (parent !== file && !linkFrom(previous, entry, file)) {
      writeFileSync(file, entry.content(), { mode: entry.mode & 0o100 ? 0o755 : 0o644 });
    }
  }
  renameSync(folder, codeFolder);
  return unpacked;
}

/** Returns false if the file is not there, or cannot be linked. */
function linkFrom(previous: UnpackedCode | undefined, { name, id }: Entry, file: string): boolean {
  if (previous?.files?.get(name) !== id) return false;
  try {
    linkSync(join(previous.codeFolder, name), file);
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
