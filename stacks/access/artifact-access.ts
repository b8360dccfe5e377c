import { actions } from "./access";
import { bucketArn, type Entry, READ_BUCKET } from "./place";

/** The access that the zip files of functions in a bucket take, by their Terraform types. */
export const ARTIFACT_ACCESS: Readonly<Record<string, Entry>> = {
  aws_s3_object: ({ bucket, key }, place) => [
    {
      name: "Artifacts",
      resources: [`${bucketArn(bucket, place)}/${key}`],
      // Lambda reads the code with the permissions of its caller.
      read: actions("s3", "GetObject GetObjectTagging"),
      write: actions("s3", "AbortMultipartUpload DeleteObject DeleteObjectVersion PutObject"),
    },
    { name: "ArtifactsBucket", resources: [bucketArn(bucket, place)], write: actions("s3", "ListBucketVersions") },
  ],
  // Another stack creates it, which the search for drift plans, too.
  "data.aws_s3_bucket": ({ bucket }, place) => [
    { name: "ArtifactsBucket", resources: [bucketArn(bucket, place)], read: READ_BUCKET },
  ],
};
