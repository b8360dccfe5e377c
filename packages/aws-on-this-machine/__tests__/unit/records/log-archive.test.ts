import { gzipSync } from "node:zlib";
import { type GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { LogArchive } from "../../../records/log-archive";

const START = Date.parse("2026-01-01T00:00:00Z");

/** A bucket that is not there. It counts what it is asked. */
class FakeBucket {
  /** Lines by key. */
  readonly objects = new Map<string, { readonly time: number; readonly lines: readonly string[] }>();
  listed = 0;
  read: string[] = [];

  get client(): S3Client {
    const client = new S3Client({ region: "us-west-2" });
    client.send = (async (command: object) => this.answer(command)) as unknown as S3Client["send"];
    return client;
  }

  add(second: number, ...lines: string[]): string {
    const key = `requests/2026/01/01/stream-${String(second).padStart(6, "0")}.gz`;
    this.objects.set(key, { time: START + second * 1000, lines });
    return key;
  }

  private answer(command: object): object {
    if (command instanceof ListObjectsV2Command) {
      const { StartAfter = "" } = command.input;
      const keys = [...this.objects.keys()].filter((key) => key > StartAfter).sort();
      this.listed += keys.length;
      const Contents = keys.map((Key) => ({ Key, Size: 5, LastModified: new Date(this.objects.get(Key)?.time ?? 0) }));
      return { Contents };
    }
    const { Key = "" } = (command as GetObjectCommand).input;
    this.read.push(Key);
    const bytes = gzipSync(`${this.objects.get(Key)?.lines.join("\n")}\n`);
    return { Body: { transformToByteArray: async () => bytes } };
  }
}

let bucket: FakeBucket;
let archive: LogArchive;
beforeEach(() => {
  bucket = new FakeBucket();
  archive = new LogArchive(bucket.client, "logs");
});

test("reads the newest lines and objects, the newest first", async () => {
  bucket.add(1, "a", "b");
  const last = bucket.add(2, "c", "d", "e");
  const { objects, lines } = await archive.read(4);
  expect(lines).toEqual(["e", "d", "c", "b"]);
  expect(objects[0]).toEqual({ key: last, bytes: 5, time: START + 2000 });
  expect((await archive.read(1)).objects).toHaveLength(1);
});

test("finds the object with exactly a line", async () => {
  bucket.add(1, "x");
  const key = bucket.add(2, 'y "quoted"', "z");
  expect(await archive.find('y "quoted"', START + 1500)).toBe(key);
  expect(await archive.find("quoted", START)).toBeUndefined();
});

test("finds a line that arrives later", async () => {
  bucket.add(1, "x");
  expect(await archive.find("late", START)).toBeUndefined();
  const key = bucket.add(2, "late");
  expect(await archive.find("late", START)).toBe(key);
});

test("looks into the objects from the line's time on only, into a few, and into each once", async () => {
  for (let second = 0; second < 100; second += 1) bucket.add(second, `line ${second}`);
  expect(await archive.find("line 50", START + 50_500)).toBeDefined();
  expect(bucket.read).toHaveLength(1);
  expect(await archive.find("gone", START + 50_000)).toBeUndefined();
  const { length } = bucket.read;
  expect(length).toBeLessThanOrEqual(11);
  expect(await archive.find("gone", START + 50_000)).toBeUndefined();
  expect(bucket.read).toHaveLength(length);
});

test("lists the whole bucket once, and then what is new, also what came in the same moment", async () => {
  for (let second = 0; second < 100; second += 1) bucket.add(second, `line ${second}`);
  await archive.read(1);
  expect(bucket.listed).toBe(100);
  bucket.objects.set("requests/2026/01/01/stream-000098x.gz", { time: START + 98_900, lines: ["same moment"] });
  bucket.add(100, "new");
  expect((await archive.read(5)).lines).toEqual(["new", "line 99", "same moment", "line 98", "line 97"]);
  expect(bucket.listed).toBeLessThan(115);
});
