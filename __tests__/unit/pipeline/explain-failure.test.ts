import { UserError } from "../../../commands/cli/user-error";
import { explainFailure } from "../../../commands/pipeline/explain-failure";

function explained(message: string): string {
  try {
    explainFailure(new UserError(message));
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  [
    "terraform apply: Error acquiring the state lock: Error message: operation error S3: PutObject, https response error StatusCode: 412, api error PreconditionFailed\nLock Info:\n  ID:        38ac78ee\n  Path:      bucket/key\n  Operation: OperationTypePlan\n  Who:       someone@somewhere\n  Version:   1.11.4\n  Created:   2026-01-01 07:54:30.183967604 +0000 UTC\n  Info:      \n",
    "The state is locked by someone@somewhere since 2026-01-01 07:54:30 UTC (OperationTypePlan). Nothing was changed. Wait for that run, or have this one wait with --lock-timeout 10m. If that run is certainly dead: terraform force-unlock 38ac78ee, in the stack's folder.",
  ],
  [
    "terraform apply: Saved plan is stale: The given plan file can no longer be applied",
    "The plan is stale: the state has changed since it was made. Run npm run plan again.",
  ],
  [
    'terraform init: Error: Failed to get existing workspaces: S3 bucket "state" does not exist.',
    "The state bucket state does not exist; run npm run bootstrap.",
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

test("what is not known is told as it is", () => {
  expect(explained("terraform plan: aws_x.y: Invalid value")).toBe("terraform plan: aws_x.y: Invalid value");
  const failure = new TypeError("a mistake of this program");
  expect(() => explainFailure(failure)).toThrow(failure);
});
