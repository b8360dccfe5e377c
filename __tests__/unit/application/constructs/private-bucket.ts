import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import type { NotifyProps } from "../../../../constructs/storage/bucket-notifications";
import { PrivateBucket } from "../../../../constructs/storage/private-bucket";
import { aFunction, resourcesOf, statementsIn, synthesize } from "../synthesize";

/** A bucket that notifies the functions `a` and `b` in turn. */
const notifying = (...notifications: NotifyProps[]) =>
  synthesize((stack) => {
    const functions = [aFunction(stack, "a"), aFunction(stack, "b")] as const;
    const uploads = new PrivateBucket(stack, "uploads");
    for (const [index, props] of notifications.entries()) uploads.notify(functions[index % 2 === 0 ? 0 : 1], props);
  });

test("a bucket's name has the account and the Region, because it is unique in all of AWS", () => {
  const json = synthesize((stack) => void new PrivateBucket(stack, "Uploads"));
  expect(json).toHaveResourceWithProperties(S3Bucket, {
    bucket: "uploads-123456789012-eu-central-1-test",
    force_destroy: false,
    lifecycle: { prevent_destroy: true },
  });
});

test("a bucket that is not protected goes with its objects", () => {
  const json = synthesize((stack) => void new PrivateBucket(stack, "uploads"), { protectFromDeletion: false });
  expect(json).toHaveResourceWithProperties(S3Bucket, { force_destroy: true });
});

test("a bucket has one configuration for all functions, after the permissions to invoke them", () => {
  const json = notifying({ suffix: ".csv" }, { events: ["s3:ObjectRemoved:*"] }, { prefix: "a/", suffix: ".json" });
  const [notification, another] = resourcesOf(json, "aws_s3_bucket_notification");
  expect(another).toBeUndefined();
  expect(notification.lambda_function).toEqual([
    {
      lambda_function_arn: expect.stringContaining(".a_function"),
      events: ["s3:ObjectCreated:*"],
      filter_suffix: ".csv",
    },
    { lambda_function_arn: expect.stringContaining(".b_function"), events: ["s3:ObjectRemoved:*"] },
    {
      lambda_function_arn: expect.stringContaining(".a_function"),
      events: ["s3:ObjectCreated:*"],
      filter_prefix: "a/",
      filter_suffix: ".json",
    },
  ]);
  expect(new Set(notification.depends_on)).toEqual(
    new Set([expect.stringContaining("permission-a"), expect.stringContaining("permission-b")]),
  );
  for (const permission of resourcesOf(json, "aws_lambda_permission")) {
    expect(permission).toMatchObject({
      principal: "s3.amazonaws.com",
      source_arn: expect.stringMatching(/^\$\{aws_s3_bucket\.uploads_bucket_\w+\.arn\}$/),
      source_account: "123456789012",
    });
  }
});

test.each<[NotifyProps, NotifyProps, boolean]>([
  [{}, { suffix: ".csv" }, true],
  [{ prefix: "a/" }, { prefix: "a/b/" }, true],
  [{ events: ["s3:ObjectCreated:Put"] }, {}, true],
  [{ prefix: "a/", suffix: ".csv" }, { suffix: ".json" }, false],
  [{ prefix: "a/" }, { prefix: "b/" }, false],
  [{ events: ["s3:ObjectRemoved:*"] }, {}, false],
])("S3 refuses that %j and %j notify two functions: %s", (one, other, refused) => {
  const add = () => notifying(one, other);
  if (refused) expect(add).toThrow("overlap; use other events, prefixes or suffixes, because S3 notifies one function");
  else expect(add).not.toThrow();
});

test("each grant allows its own actions, on this bucket", () => {
  const json = synthesize((stack) => {
    const fn = aFunction(stack, "fn");
    for (const id of ["uploads", "reports"]) {
      const bucket = new PrivateBucket(stack, id);
      bucket.grantRead(fn);
      bucket.grantWrite(fn);
    }
  });
  const grants = resourcesOf(json, "aws_iam_role_policy")
    .filter(({ name }) => /^(read|write)-(uploads|reports)$/.test(name))
    .map(({ name, policy }) => [name, statementsIn(json, policy)]);
  const arn = (ending: RegExp) => expect.stringMatching(ending);
  expect(Object.fromEntries(grants)).toEqual(
    Object.fromEntries(
      ["uploads", "reports"].flatMap((id) => [
        [
          `read-${id}`,
          [
            { actions: ["s3:ListBucket"], resources: [arn(new RegExp(`s3_bucket\\.${id}_.*\\.arn\\}$`))] },
            { actions: ["s3:GetObject"], resources: [arn(new RegExp(`s3_bucket\\.${id}_.*\\.arn\\}/\\*$`))] },
          ],
        ],
        [
          `write-${id}`,
          [
            {
              actions: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"],
              resources: [arn(new RegExp(`s3_bucket\\.${id}_.*\\.arn\\}/\\*$`))],
            },
          ],
        ],
      ]),
    ),
  );
});
