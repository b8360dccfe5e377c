import { isUtf8 } from "node:buffer";
import type { Body } from "./run";

/** Smaller Buffers share slabs of memory. A kept Buffer would hold its whole slab. */
const SHARED_BELOW = Buffer.poolSize >>> 1;

/** A copy of bytes, or of their beginning, to keep for long. */
export class KeptBytes {
  private data: Buffer | string;

  /** @param total the number of all bytes */
  constructor(
    bytes: Buffer,
    private readonly total = bytes.length,
  ) {
    this.data = keep(bytes);
  }

  /** The number of kept bytes. */
  get length(): number {
    return this.data.length;
  }

  get isWhole(): boolean {
    return this.length === this.total;
  }

  read(): Buffer {
    return typeof this.data === "string" ? Buffer.from(this.data, "latin1") : this.data;
  }

  /** Keeps at most so many bytes, and no part of a character of UTF-8. */
  cut(limit: number): void {
    if (this.length <= limit) return;
    const bytes = this.read();
    let end = limit;
    while (end > limit - 4 && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    this.data = keep(Buffer.from(bytes.subarray(0, end)));
  }

  describe(): Body {
    const bytes = this.read();
    const isBase64 = !isUtf8(bytes);
    return { text: bytes.toString(isBase64 ? "base64" : "utf8"), isBase64, bytes: this.total, isCut: !this.isWhole };
  }
}

function keep(bytes: Buffer): Buffer | string {
  return bytes.length < SHARED_BELOW ? bytes.toString("latin1") : bytes;
}

/** Copies a text's beginning. A slice would hold the whole text. */
export function beginningOf(text: string, limit: number): string {
  return Buffer.from(text.slice(0, limit)).toString();
}
