import { DataAwsS3Bucket } from "@cdktf/provider-aws/lib/data-aws-s3-bucket";
import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { Construct } from "constructs";
import { environmentOf } from "../environment";

export interface CodeUploadProps {
  /** Path of the zip file, relative to the stack's folder. */
  readonly zip: string;
  /** Changes with the zip file. */
  readonly hash: string;
  /** The name of the object in the bucket. */
  readonly key: string;
}

/** A function's zip file in the environment's bucket of artifacts: Lambda takes one of more than 50 MB only from a bucket. */
export class CodeUpload extends Construct {
  readonly object: S3Object;

  constructor(scope: Construct, id: string, { zip, hash, key }: CodeUploadProps) {
    super(scope, id);
    // Another stack creates the bucket. Without the bucket, the plan already fails, and not only the apply.
    const bucket = environmentOf(this).artifactsBucket;
    new DataAwsS3Bucket(this, "bucket", { bucket });
    this.object = new S3Object(this, "object", {
      bucket,
      key,
      source: zip,
      sourceHash: hash,
      // An object takes ten tags, and the settings may have more.
      overrideProvider: { defaultTags: { tags: {} } },
    });
  }
}
