import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import { policyDocument } from "./role-policy";

export interface PrivateBucketProps {
  /** Bucket name, unique in all of AWS. */
  readonly bucketName: string;
  /** Whether a plan that deletes the bucket fails. If not, deleting the bucket also deletes its objects. */
  readonly protectFromDeletion: boolean;
  /**
   * Expiry of an object, in days after its creation.
   * @default - objects do not expire
   */
  readonly expirationDays?: number;
  /** Removal of an old version, in days after the object was replaced or deleted. */
  readonly noncurrentExpirationDays: number;
}

/** A versioned, encrypted (SSE-S3) bucket. Access requires the bucket's own account and TLS. */
export class PrivateBucket extends Construct {
  readonly bucket: S3Bucket;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    this.bucket = new S3Bucket(this, "bucket", {
      bucket: props.bucketName,
      forceDestroy: !props.protectFromDeletion,
      lifecycle: props.protectFromDeletion ? { preventDestroy: true } : undefined,
    });
    const bucket = this.bucket.id;

    new S3BucketOwnershipControls(this, "ownership", { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
    const versioning = new S3BucketVersioningA(this, "versioning", {
      bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    const publicAccessBlock = new S3BucketPublicAccessBlock(this, "public-access-block", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    this.refusePlainHttp(publicAccessBlock);
    this.expire(props, versioning);
  }

  private refusePlainHttp(publicAccessBlock: S3BucketPublicAccessBlock): void {
    const policy = policyDocument(this, "tls-only", {
      sid: "DenyInsecureTransport",
      effect: "Deny",
      principals: [{ type: "*", identifiers: ["*"] }],
      actions: ["s3:*"],
      resources: [this.bucket.arn, `${this.bucket.arn}/*`],
      condition: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
    });
    new S3BucketPolicy(this, "policy", {
      bucket: this.bucket.id,
      policy,
      // S3 refuses two changes to a bucket's access settings at the same time (409 OperationAborted).
      dependsOn: [publicAccessBlock],
    });
  }

  private expire(props: PrivateBucketProps, versioning: S3BucketVersioningA): void {
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket: this.bucket.id,
      rule: [
        {
          id: "expire",
          status: "Enabled",
          filter: [{ prefix: "" }],
          expiration: props.expirationDays ? [{ days: props.expirationDays }] : undefined,
          // In a versioned bucket, expiry only hides an object. This removes its old versions.
          noncurrentVersionExpiration: [{ noncurrentDays: props.noncurrentExpirationDays }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
        {
          // A separate rule, because one rule cannot have both an age and this.
          id: "remove-expired-delete-markers",
          status: "Enabled",
          filter: [{ prefix: "" }],
          expiration: [{ expiredObjectDeleteMarker: true }],
        },
      ],
      // S3 refuses or ignores a rule for old versions while versioning is off.
      dependsOn: [versioning],
    });
  }
}
