import { UserError } from "@local/command-line/user-error";
import { explainFailure } from "../../../plan/explain-failure";

function explained(failure: string | Error): string {
  try {
    explainFailure(typeof failure === "string" ? new UserError(failure) : failure);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
}

test.each([
  [
    "terraform apply: Error acquiring the state lock: Error message: operation error S3: PutObject, https response error StatusCode: 412, api error PreconditionFailed\nLock Info:\n  ID:        38ac78ee\n  Path:      bucket/key\n  Operation: OperationTypePlan\n  Who:       someone@somewhere\n  Version:   1.11.4\n  Created:   2026-01-01 07:54:30.183967604 +0000 UTC\n  Info:      \n",
    "The state is locked by someone@somewhere since 2026-01-01 07:54:30 UTC (OperationTypePlan). Nothing was changed. Wait for that run, or have this one wait with --lock-timeout 10m. If that run is certainly dead: terraform force-unlock 38ac78ee, in the stack's folder.",
  ],
  [
    "terraform plan: Error acquiring the state lock: Error message: operation error S3: PutObject, https response error StatusCode: 403, api error AccessDenied: Access Denied",
    "AWS denies access to the state bucket (PutObject); check the role's permissions and the account.",
  ],
  [
    "terraform apply: Saved plan is stale: The given plan file can no longer be applied",
    "The plan is stale: the state has changed since it was made. Run npm run plan again.",
  ],
  [
    "terraform was ended by SIGKILL, as by a system that runs out of memory; free some, and run the command again.",
    "terraform was ended by SIGKILL, as by a system that runs out of memory; free some, and run the command again. If the state is still locked, that run says since when, and how to unlock it.",
  ],
  [
    'terraform init: Error: Failed to get existing workspaces: S3 bucket "state" does not exist.',
    "The state bucket state does not exist; run npm run bootstrap with the same ENVIRONMENT.",
  ],
  [
    "terraform plan: data.aws_s3_bucket.code_bucket_95C2FA22: reading S3 Bucket (artifacts): couldn't find resource",
    "The bucket artifacts does not exist; if it is for artifacts, run npm run bootstrap with the same ENVIRONMENT.",
  ],
  [
    'terraform init: Error: Error refreshing state: Unable to list objects in S3 bucket "state" with prefix "env:/": operation error S3: ListObjectsV2, requested bucket from "eu-west-1", actual location "us-west-2"',
    "The state bucket is in us-west-2, and the settings say eu-west-1. Everything of the old one stays behind: no plan changes or deletes it, and AWS goes on charging for it. To move, first delete the environment with its old settings; to have both, add an environment in cdktf.json.",
  ],
  [
    "terraform plan: Instance cannot be destroyed: Resource aws_dynamodb_table.table_43360BC0 has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.",
    'The plan deletes aws_dynamodb_table.table_43360BC0, which dataProtection protects; to allow that, first apply "dataProtection": false for the environment.',
  ],
  [
    "terraform plan: AWS account ID not allowed: 123456789012",
    "Terraform is logged in to account 123456789012, which the settings do not allow; log in to the account that cdktf.json sets.",
  ],
  [
    "terraform providers: Error: Could not retrieve providers for locking\n\nTerraform failed to fetch the requested providers for linux_amd64: some providers could not be installed:\n- registry.terraform.io/hashicorp/aws: could not connect to\nregistry.terraform.io: failed to request discovery document: Get\ndial tcp: lookup registry.terraform.io: no such host",
    "registry.terraform.io does not answer, and only it has the providers for all platforms; run npm run lock where it does.",
  ],
  [
    "terraform init: Error: No valid credential sources found",
    "There are no AWS credentials; log in, so that aws sts get-caller-identity shows the account that you mean.",
  ],
  [
    "terraform plan: operation error STS: GetCallerIdentity, StatusCode: 403, api error ExpiredToken: The security token included in the request is expired",
    "AWS does not accept the credentials (ExpiredToken); log in again.",
  ],
  [
    "terraform init: Error: operation error S3: ListObjectsV2, https response error StatusCode: 403, api error AccessDenied: Access Denied",
    "AWS denies access to the state bucket (ListObjectsV2); check the role's permissions and the account.",
  ],
  [
    'terraform init: Error: Unable to list objects: operation error S3: ListObjectsV2, exceeded maximum number of attempts, 5, https response error StatusCode: 0, RequestID: , HostID: , request send failed, Get "https://state.s3.us-west-2.amazonaws.com/?list-type=2": dial tcp: lookup state.s3.us-west-2.amazonaws.com: no such host',
    "AWS cannot be reached (dial tcp: lookup state.s3.us-west-2.amazonaws.com: no such host); check the network and AWS_ENDPOINT_URL.",
  ],
  [
    "terraform init: Error: Failed to query available provider packages",
    "Terraform cannot get its providers; check the network, or name a mirror in TF_PROVIDER_MIRROR.",
  ],
])("%s", (message, explanation) => {
  expect(explained(message)).toBe(explanation);
});

test.each<[string, string, object, string]>([
  [
    "CredentialsProviderError",
    "Could not load credentials from any providers",
    {},
    "There are no AWS credentials; log in, so that aws sts get-caller-identity shows the account that you mean.",
  ],
  [
    "ExpiredToken",
    "The security token included in the request is expired",
    { $metadata: { httpStatusCode: 403 } },
    "AWS does not accept the credentials (ExpiredToken); log in again.",
  ],
  [
    "AggregateError",
    "",
    { code: "ECONNREFUSED", $metadata: { attempts: 3 } },
    "AWS cannot be reached (ECONNREFUSED); check the network and AWS_ENDPOINT_URL.",
  ],
  [
    "AccessDenied",
    "not authorized to perform sqs:ReceiveMessage",
    { $metadata: { httpStatusCode: 403 } },
    "AWS: AccessDenied: not authorized to perform sqs:ReceiveMessage",
  ],
])("%s of AWS's SDK is told in a line", (name, message, properties, explanation) => {
  const error = Object.assign(new Error(message), { name }, properties);
  expect(explained(error)).toBe(explanation);
});

test("the details stay", () => {
  const failure = new UserError("terraform apply: Saved plan is stale", ["one", "another"]);
  expect(() => explainFailure(failure)).toThrow(expect.objectContaining({ details: ["one", "another"] }));
});

test("what is not known is told as it is", () => {
  expect(explained("terraform plan: aws_x.y: Invalid value")).toBe("terraform plan: aws_x.y: Invalid value");
  const failure = new TypeError("a mistake of this program");
  expect(() => explainFailure(failure)).toThrow(failure);
});
