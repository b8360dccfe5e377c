import { gunzipSync } from "node:zlib";
import { type _Object, GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import type { ArchivedLog } from "../system/running-system";

/** The number of objects whose lines are kept. The lines of an object never change. */
const KEPT_OBJECTS = 100;

/** The maximum number of known objects. */
const LISTED_OBJECTS = 5000;

/** A search reads so many objects from the line's time on, because a line takes seconds to arrive. */
const SEARCHED_OBJECTS = 10;

/** Objects that were delivered in the same moment may be listed in any order. */
const SAME_MOMENT_MS = 5000;

/** The bucket with the archived access log. */
export class LogArchive {
  /** Oldest first: the keys begin with the time of delivery. */
  private objects: _Object[] = [];
  private readonly lines = new Map<string, Promise<string[]>>();

  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  /** Reads the newest lines and objects, newest first, up to a limit for each. */
  async read(limit: number): Promise<ArchivedLog> {
    await this.list();
    const newest = this.objects.slice(-limit).reverse();
    const lines: string[] = [];
    for (const { Key = "" } of newest) {
      if (lines.length >= limit) break;
      lines.push(...[...(await this.linesOf(Key))].reverse());
    }
    return {
      objects: newest.map(({ Key = "", Size = 0, LastModified }) => ({
        key: Key,
        bytes: Size,
        time: LastModified?.getTime() ?? 0,
      })),
      lines: lines.slice(0, limit),
    };
  }

  /**
   * Finds the object with a line. Returns its key; undefined if the line has not arrived.
   *
   * @param time when the line was written, or before, in milliseconds since 1970
   */
  async find(line: string, time: number): Promise<string | undefined> {
    await this.list();
    // S3's times are whole seconds.
    const later = this.objects.filter(({ LastModified }) => (LastModified?.getTime() ?? 0) > time - 1000);
    for (const { Key = "" } of later.slice(0, SEARCHED_OBJECTS)) {
      if ((await this.linesOf(Key)).includes(line)) return Key;
    }
    return undefined;
  }

  /** Lists the objects that came since the last call. */
  private async list(): Promise<void> {
    const newest = this.objects.at(-1)?.LastModified?.getTime() ?? 0;
    const known = this.objects.filter(({ LastModified }) => (LastModified?.getTime() ?? 0) < newest - SAME_MOMENT_MS);
    const StartAfter = known.at(-1)?.Key;
    for await (const page of paginateListObjectsV2({ client: this.s3 }, { Bucket: this.bucket, StartAfter })) {
      known.push(...(page.Contents ?? []));
    }
    this.objects = known.slice(-LISTED_OBJECTS);
  }

  private linesOf(key: string): Promise<string[]> {
    const lines = this.lines.get(key) ?? this.readLines(key);
    // Drops the least recently used object.
    this.lines.delete(key);
    this.lines.set(key, lines);
    lines.catch(() => this.lines.delete(key));
    const [oldest = ""] = this.lines.keys();
    if (this.lines.size > KEPT_OBJECTS) this.lines.delete(oldest);
    return lines;
  }

  private async readLines(Key: string): Promise<string[]> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key }));
    const bytes = await Body?.transformToByteArray();
    const text = bytes ? gunzipSync(bytes).toString() : "";
    return text.split("\n").filter(Boolean);
  }
}
