import { HeadBucketCommand, ListBucketsCommand, type S3ServiceException } from "@aws-sdk/client-s3";
import { UserError } from "@local/command-line/user-error";
import type { Aws } from "./aws";
import { explainMove } from "./plan/left-behind";

/** `foreign`: another account's, or not visible. `elsewhere`: in another Region. */
export type BucketOwner = "own" | "nobody" | "foreign" | "elsewhere";

const OWNERS: Readonly<Record<number, BucketOwner>> = { 301: "elsewhere", 403: "foreign", 404: "nobody" };

/**
 * Finds the owner of a bucket's name, which is unique in all of AWS, and for `elsewhere` the Region, if S3 reports it.
 * Throws a UserError if the request fails.
 */
export async function findBucket(
  { s3 }: Aws,
  bucket: string,
  account: string,
): Promise<{ owner: BucketOwner; region?: string }> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: account }));
    return { owner: "own" };
  } catch (error) {
    const { name, message, $metadata, $response } = error as S3ServiceException;
    const owner = OWNERS[$metadata?.httpStatusCode ?? 0];
    if (!owner) throw new UserError(`Cannot ask AWS about the bucket ${bucket}: ${name}: ${message}`);
    return { owner, region: $response?.headers["x-amz-bucket-region"] };
  }
}

/** Whether an account has a bucket. Throws a UserError if it cannot be the state bucket. */
export async function stateBucketExists(
  aws: Aws,
  bucket: string,
  { account, region }: { readonly account: string; readonly region: string },
): Promise<boolean> {
  const { owner, region: actual = "another Region" } = await findBucket(aws, bucket, account);
  if (owner === "own" || owner === "nobody") return owner === "own";
  const rename = "Bucket names are unique in all of AWS. Set account, which becomes a part of the name, or another";
  const where =
    owner === "foreign"
      ? `The bucket ${bucket} belongs to another account, or you may not see it.`
      : `${explainMove(`The bucket ${bucket} is`, actual, region)} It may also be somebody else's.`;
  throw new UserError(`${where} ${rename} state.bucket for the environment in cdktf.json.`);
}

/**
 * Finds the account's buckets with this environment's state from before a change of the account or the Region.
 *
 * @param nameFor the environment's default name of the bucket
 */
export async function formerStateBuckets(
  { s3 }: Aws,
  bucket: string,
  nameFor: (account: string | undefined, region: string) => string,
): Promise<string[]> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  return Buckets.map(({ Name = "" }) => Name).filter((name) => {
    const [, account, region = ""] = /-(\d{12})-([a-z]+-[a-z-]+-\d)/.exec(name) ?? [];
    return name !== bucket && name === nameFor(account, region);
  });
}
