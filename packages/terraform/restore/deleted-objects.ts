import {
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { printable } from "@local/command-line/printable";
import { renderTime } from "@local/command-line/text/time";

const DAY_MS = 86_400_000;

/** DeleteObjects' maximum: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const MAX_KEYS = 1000;

/** An object that a delete marker hides. */
export interface DeletedObject {
  readonly key: string;
  readonly deletedAt: Date;
  /** In bytes. */
  readonly size: number;
  /** The versions of the delete markers above the object's newest version. */
  readonly markers: readonly string[];
}

export interface DeletedObjects {
  /** In the order of their keys. */
  readonly objects: readonly DeletedObject[];
  /** The number of objects that expired by the bucket's lifecycle rules. */
  readonly expired: number;
  /** The number of objects whose versions are gone. */
  readonly lost: number;
}

interface Found {
  readonly deletedAt: Date;
  readonly markers: { readonly id: string; readonly time: Date }[];
  /** The newest one. */
  version?: { readonly created: Date; readonly size: number };
}

/** Finds the objects of a bucket that somebody deleted since a time. */
export async function findDeletedObjects(
  s3: S3Client,
  bucket: string,
  { prefix, since }: { readonly prefix: string; readonly since: Date },
): Promise<DeletedObjects> {
  const rules = await readExpirations(s3, bucket);
  const found = new Map<string, Found>();
  let page: Partial<ListObjectVersionsCommandOutput> | undefined;
  do {
    const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page ?? {};
    page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, KeyMarker, VersionIdMarker }));
    takePage(found, page, since);
  } while (page.IsTruncated);
  const objects = [...found].flatMap(([key, { deletedAt, markers, version }]) => {
    if (!version || isExpired(key, version.created, deletedAt, rules)) return [];
    const above = markers.filter(({ time }) => time >= version.created).map(({ id }) => id);
    return [{ key, deletedAt, markers: above, size: version.size }];
  });
  const lost = [...found.values()].filter(({ version }) => !version).length;
  return { objects, expired: found.size - lost - objects.length, lost };
}

/** A line for each object, up to a limit. */
export function renderDeletedObjects({ objects, expired, lost }: DeletedObjects, limit: number): string[] {
  const lines = objects
    .slice(0, limit)
    .map(({ key, deletedAt, size }) => `${renderTime(deletedAt)}  ${`${size} B`.padStart(12)}  ${printable(key)}`);
  if (objects.length > limit) lines.push(`… and ${objects.length - limit} more.`);
  if (expired > 0) lines.push(`${expired} more expired by the bucket's lifecycle rules, and stay deleted.`);
  if (lost > 0) lines.push(`${lost} more have no version left.`);
  return lines;
}

/** S3 lists the markers and the versions of a key one after another, the newest first; some may be on the next page. */
function takePage(found: Map<string, Found>, page: Partial<ListObjectVersionsCommandOutput>, since: Date): void {
  for (const { Key = "", VersionId: id = "", IsLatest, LastModified: time = new Date(0) } of page.DeleteMarkers ?? []) {
    if (IsLatest && time >= since) found.set(Key, { deletedAt: time, markers: [] });
    found.get(Key)?.markers.push({ id, time });
  }
  for (const { Key = "", Size: size = 0, LastModified: created = new Date(0) } of page.Versions ?? []) {
    const object = found.get(Key);
    if (object && (!object.version || object.version.created < created)) object.version = { created, size };
  }
}

/**
 * Whether a lifecycle rule set a delete marker. S3 does not say it. But it lets an object expire on the first midnight after
 * the rule's days, so that an older object with a marker has expired.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
function isExpired(key: string, created: Date, deletedAt: Date, rules: readonly LifecycleRule[]): boolean {
  return rules.some(({ Filter, Prefix, Expiration }) => {
    const prefix = Filter?.And?.Prefix ?? Filter?.Prefix ?? Prefix ?? "";
    const expiresAt = Expiration?.Date ?? new Date(created.getTime() + (Expiration?.Days ?? Infinity) * DAY_MS);
    return key.startsWith(prefix) && deletedAt >= expiresAt;
  });
}

async function readExpirations(s3: S3Client, bucket: string): Promise<LifecycleRule[]> {
  try {
    const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    return Rules.filter(
      (rule) => rule.Status === "Enabled" && (rule.Expiration?.Days || rule.Expiration?.Date) && isByPrefix(rule),
    );
  } catch (error) {
    if ((error as Error).name === "NoSuchLifecycleConfiguration") return [];
    throw error;
  }
}

/** A delete marker does not tell the tags and the size of its object. So a rule about them may not have set it. */
function isByPrefix({ Filter = {} }: LifecycleRule): boolean {
  const { And, Prefix: _prefix, ...others } = { ...Filter, ...Filter.And };
  return Object.values(others).every((value) => value === undefined);
}

/**
 * Deletes the markers of objects, so that their newest versions are the current ones again. Returns S3's reasons, by key,
 * for those that it refused.
 */
export async function putObjectsBack(
  s3: S3Client,
  bucket: string,
  objects: readonly DeletedObject[],
  onProgress: (done: number) => void,
): Promise<ReadonlyMap<string, string>> {
  const refused = new Map<string, string>();
  const all = objects.flatMap(({ key, markers }) => markers.map((marker) => ({ Key: key, VersionId: marker })));
  for (let done = 0; done < all.length; done += MAX_KEYS) {
    const Objects = all.slice(done, done + MAX_KEYS);
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    for (const { Key = "", Code = "", Message = "" } of Errors) refused.set(Key, `${Code}: ${Message}`);
    onProgress(Math.min(done + MAX_KEYS, all.length));
  }
  return refused;
}
