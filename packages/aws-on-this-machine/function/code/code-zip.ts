import { gzipSync } from "node:zlib";
import { Zip, type ZipInputFile } from "fflate";
import type { CodeSource, PackageFile } from "./code-source";

/** A file in Deflate's format, with its data for a zip file. */
interface Packed {
  readonly fingerprint: string;
  readonly deflated: Uint8Array<ArrayBuffer>;
  readonly crc: number;
  readonly size: number;
}

/** Identifies the content of a file without reading it, by ctime: programs can set mtime back, but not ctime. */
export function fingerprint({ path, stats }: PackageFile): string {
  return `${path} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.size} ${stats.ino} ${stats.mode}`;
}

/** Zips a function's source again and again. It reads and compresses only the files that have changed since. */
export class CodeZip {
  private packed = new Map<string, Packed>();

  /** @throws Error if the source cannot be deployed */
  zip(source: CodeSource, files = source.files()): Buffer {
    source.refuseUnpacked(files.map(({ path, stats }) => [path, stats.size]));
    this.packed = new Map(files.map((file) => [file.path, this.pack(source, file)]));
    const executable = source.executables(files);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const zip = new Zip((error, chunk) => {
      if (error) throw error;
      chunks.push(chunk);
    });
    for (const [filename, { deflated, ...about }] of this.packed) {
      // As hashicorp/archive writes it: Unix modes, and the same time for every file.
      const attrs = (executable.has(filename) ? 0o755 : 0o644) << 16;
      const file: ZipInputFile = { ...about, filename, compression: 8, os: 3, attrs, mtime: new Date(2049, 0, 1) };
      zip.add(file);
      file.ondata?.(null, deflated, true);
    }
    zip.end();
    return Buffer.concat(chunks);
  }

  private pack(source: CodeSource, file: PackageFile): Packed {
    const known = this.packed.get(file.path);
    const current = fingerprint(file);
    if (known?.fingerprint === current) return known;
    // Node.js has a CRC-32 of its own only since version 22. The output of gzip ends with one, after a header of 10 bytes.
    const gzip = gzipSync(source.read(file.path));
    const [crc, size] = [gzip.readUInt32LE(gzip.length - 8), gzip.readUInt32LE(gzip.length - 4)];
    return { fingerprint: current, deflated: gzip.subarray(10, -8), crc, size };
  }
}
