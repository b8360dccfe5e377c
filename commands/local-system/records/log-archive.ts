import { gunzipSync } from "node:zlib";
import { type _Object, GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import type { ArchivedLog } from "../system";

/** Reads the newest lines and objects of the log archive, newest first, up to a limit for each. */
export async function readArchivedLog(s3: S3Client, bucket: string, limit: number): Promise<ArchivedLog> {
  const objects: _Object[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    objects.push(...Contents);
  }
  // The keys begin with the time of delivery.
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
