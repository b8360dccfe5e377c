import { gunzipSync } from "node:zlib";
import { type _Object, GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { ArchivedLog } from "./system";

/**
 * Reads the newest lines of the log archive, newest first.
 *
 * @param limit how many lines and how many objects at most
 */
export async function readArchivedLog(s3: S3Client, bucket: string, limit: number): Promise<ArchivedLog> {
  const objects = await listObjects(s3, bucket);
  // The names begin with the time of delivery.
  objects.sort((one, other) => ((one.Key ?? "") < (other.Key ?? "") ? 1 : -1));
  const lines: string[] = [];
  for (const { Key } of objects) {
    if (lines.length >= limit) break;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    const bytes = await Body?.transformToByteArray();
    const text = bytes ? gunzipSync(bytes).toString() : "";
    lines.push(...text.split("\n").filter(Boolean).reverse());
  }
  return {
    objects: objects.slice(0, limit).map(({ Key = "", Size = 0, LastModified }) => ({
      key: Key,
      bytes: Size,
      time: LastModified?.getTime() ?? 0,
    })),
    lines: lines.slice(0, limit),
  };
}

async function listObjects(s3: S3Client, bucket: string): Promise<_Object[]> {
  const objects: _Object[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken }));
    objects.push(...(page.Contents ?? []));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return objects;
}
