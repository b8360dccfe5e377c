import { gzipSync } from "node:zlib";
import { Zip, type ZipInputFile } from "fflate";
import { type FileSize, refuseUnpacked, refuseZipped } from "../../../../constructs/source/package-size";
import {
  executables,
  type PackageFile,
  packageFiles,
  readSourceFile,
  walkSource,
} from "../../../../constructs/source/source-files";

/** A file in Deflate's format, with what a zip file says of it. */
interface Packed {
  readonly fingerprint: string;
  readonly deflated: Uint8Array<ArrayBuffer>;
  readonly crc: number;
  readonly size: number;
}

/** Identifies the content of a file, without reading it. A file's time of change cannot be set back, unlike its other one. */
export function fingerprint({ path, stats }: PackageFile): string {
  return `${path} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.size} ${stats.ino} ${stats.mode}`;
}

/** Zips a function's source again and again. It reads and compresses only the files that have changed since. */
export class CodeZip {
  private packed = new Map<string, Packed>();

  /** @throws SourceError if the source cannot be deployed */
  zip(source: string, files = packageFiles(walkSource(source))): Buffer {
    refuseUnpacked(
      source,
      files.map(({ path, stats }) => [path, stats.size]),
    );
    this.packed = new Map(files.map((file) => [file.path, this.pack(source, file)]));
    refuseZipped(
      source,
      [...this.packed].map(([path, { deflated }]): FileSize => [path, deflated.length]),
    );
    const executable = executables(files);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const zip = new Zip((error, chunk) => {
      if (error) throw error;
      chunks.push(chunk);
    });
    for (const [filename, { deflated, ...about }] of this.packed) {
      // As hashicorp/archive: Unix modes, and no time.
      const attrs = (executable.has(filename) ? 0o755 : 0o644) << 16;
      const file: ZipInputFile = { ...about, filename, compression: 8, os: 3, attrs, mtime: new Date(2049, 0, 1) };
      zip.add(file);
      file.ondata?.(null, deflated, true);
    }
    zip.end();
    return Buffer.concat(chunks);
  }

  private pack(source: string, file: PackageFile): Packed {
    const known = this.packed.get(file.path);
    const current = fingerprint(file);
    if (known?.fingerprint === current) return known;
    // Node.js has CRC-32 by itself only since version 22; gzip ends with it, after a header of 10 bytes.
    const gzip = gzipSync(readSourceFile(source, file.path));
    const [crc, size] = [gzip.readUInt32LE(gzip.length - 8), gzip.readUInt32LE(gzip.length - 4)];
    return { fingerprint: current, deflated: gzip.subarray(10, -8), crc, size };
  }
}
