import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import { type Grantee, grant } from "../access/grant";
import { type InvokePermissions, invokePermission } from "../access/invoke-permission";
import { policyDocument } from "../access/role-policy";
import { addressOf, idOf } from "../address";
import { environmentOf } from "../environment";
import type { PythonFunction } from "../function/python-function";
import { BucketNotifications, type NotifyProps } from "./bucket-notifications";

export interface PrivateBucketProps {
  /**
   * Bucket name, unique in all of AWS.
   * @default - the construct's path, the account and the Region
   */
  readonly bucketName?: string;
  /**
   * Whether a plan that deletes the bucket fails. If not, deleting the bucket also deletes its objects.
   * @default - as for all data of the environment
   */
  readonly protectFromDeletion?: boolean;
  /**
   * Expiry of an object, in days after its creation.
   * @default - objects do not expire
   */
  readonly expirationDays?: number;
  /**
   * Removal of an old version, in days after the object was replaced or deleted.
   * @default 30
   */
  readonly noncurrentExpirationDays?: number;
}

/**
 * A versioned, encrypted (SSE-S3) bucket. Access requires the bucket's own account and TLS.
 *
 * @example
 * const uploads = new PrivateBucket(this, "uploads", { expirationDays: 30 });
 * uploads.notify(importer, { suffix: ".csv" });
 */
export class PrivateBucket extends Construct {
  readonly bucket: S3Bucket;

  private notifications?: BucketNotifications;
  private readonly permissions = new Map<PythonFunction, InvokePermissions>();

  constructor(scope: Construct, id: string, props: PrivateBucketProps = {}) {
    super(scope, id);
    const { bucketName = this.defaultName() } = props;
    const { protectFromDeletion = environmentOf(this).protectFromDeletion } = props;
    this.bucket = new S3Bucket(this, "bucket", {
      bucket: bucketName,
      forceDestroy: !protectFromDeletion,
      lifecycle: protectFromDeletion ? { preventDestroy: true } : undefined,
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

  /**
   * Invokes a function for each new object, or for other events.
   *
   * @example
   * const uploads = new PrivateBucket(this, "uploads");
   * uploads.notify(importer, { prefix: "orders/", suffix: ".csv" });
   * @throws ConstructError for an event that another function gets already
   */
  notify(fn: PythonFunction, props: NotifyProps = {}): void {
    this.notifications ??= new BucketNotifications(this, "notifications", this.bucket);
    const permissions =
      this.permissions.get(fn) ??
      invokePermission(this, `permission-${idOf(fn)}`, {
        fn,
        service: "s3.amazonaws.com",
        sourceArn: this.bucket.arn,
        // A bucket's ARN has no account: another account can take the name of a deleted bucket.
        sourceAccount: environmentOf(this).accountId,
      });
    this.permissions.set(fn, permissions);
    this.notifications.add(fn.invoked.arn, props, permissions.required);
  }

  /**
   * Lets a function or a role list and read objects.
   *
   * @example
   * const uploads = new PrivateBucket(this, "uploads");
   * uploads.grantRead(importer);
   */
  grantRead(grantee: Grantee): IamRolePolicy {
    return grant(
      this,
      "read",
      grantee,
      // Without it, S3 answers 403 for an object that does not exist.
      { actions: ["s3:ListBucket"], resources: [this.bucket.arn] },
      { actions: ["s3:GetObject"], resources: [`${this.bucket.arn}/*`] },
    );
  }

  /**
   * Lets a function or a role create, replace and delete objects.
   *
   * @example
   * const reports = new PrivateBucket(this, "reports");
   * reports.grantWrite(reporter);
   */
  grantWrite(grantee: Grantee): IamRolePolicy {
    return grant(this, "write", grantee, {
      actions: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"],
      resources: [`${this.bucket.arn}/*`],
    });
  }

  private defaultName(): string {
    const { physicalName, accountId, region } = environmentOf(this);
    return physicalName(`${addressOf(this).replaceAll("/", "-").toLowerCase()}-${accountId}-${region}`);
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
          noncurrentVersionExpiration: [{ noncurrentDays: props.noncurrentExpirationDays ?? 30 }],
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
