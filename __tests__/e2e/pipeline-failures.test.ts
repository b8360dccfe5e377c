import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProxy, type AwsRequest, type Refusal } from "./aws-proxy";
import { Checkout, expectFailure, recordWrites } from "./checkout";
import { describeE2e, sharedRun } from "./shared";

/** An environment of which nothing is deployed. */
const ENVIRONMENT = "empty";
const BUCKET = `serverless-infrastructure-state-${ENVIRONMENT}`;

describeE2e("a command of the pipeline changes nothing and says in one line", () => {
  let folder: string;
  let proxy: AwsProxy;
  let checkout: Checkout;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pipeline-failures-"));
    proxy = await AwsProxy.start(sharedRun().endpoint);
    checkout = new Checkout(join(folder, "checkout"), proxy.endpoint, ENVIRONMENT);
    checkout.edit("cdktf.json", '"production": {}', `"production": {}, "${ENVIRONMENT}": {}`);
  });
  afterAll(async () => {
    await proxy?.stop();
    rmSync(folder, { recursive: true });
  });

  const ofState = ({ path }: AwsRequest) => path.startsWith(`/${BUCKET}`);
  const error = (Code: string): Refusal => ({
    status: 403,
    // S3 has the error itself, other services in an answer.
    body: `<ErrorResponse><Error><Code>${Code}</Code><Message>No</Message></Error></ErrorResponse>`,
  });

  test.each<["bootstrap" | "plan", string, (request: AwsRequest) => Refusal | "reset" | undefined, string | RegExp]>([
    [
      "plan",
      "that the state bucket is missing, and how to make it",
      () => undefined,
      `The state bucket ${BUCKET} does not exist; run npm run bootstrap with the same ENVIRONMENT.`,
    ],
    [
      "plan",
      "that access to the state bucket is denied",
      (request) => (ofState(request) ? error("AccessDenied") : undefined),
      /^AWS denies access to the state bucket \(\w+\); check the role's permissions and the account\.$/,
    ],
    [
      "plan",
      "that the state bucket cannot be reached",
      (request) => (ofState(request) ? "reset" : undefined),
      /^AWS cannot be reached \(.+\); check the network and AWS_ENDPOINT_URL\.$/,
    ],
    [
      "plan",
      "that the state bucket is in another Region, and what that means",
      (request) =>
        ofState(request) ? { ...error("PermanentRedirect"), status: 301, headers: OTHER_REGION } : undefined,
      "The state bucket is in eu-west-1, and the settings say us-west-2. Everything of the old one stays behind: no plan changes or deletes it, and AWS goes on charging for it. To move, first delete the environment with its old settings; to have both, add an environment in cdktf.json.",
    ],
    [
      "plan",
      "that credentials have expired",
      () => error("ExpiredToken"),
      "AWS does not accept the credentials (ExpiredToken); log in again.",
    ],
    [
      "bootstrap",
      "that the bucket's name is another account's, and what to change",
      ({ method }) => (method === "HEAD" ? { status: 403, body: "" } : undefined),
      `The bucket ${BUCKET} belongs to another account, or you may not see it. Bucket names are unique in all of AWS. Set account, which becomes a part of the name, or another state.bucket for the environment in cdktf.json.`,
    ],
    [
      "bootstrap",
      "that the bucket is in another Region, and what that means",
      ({ method }) => (method === "HEAD" ? { status: 301, headers: OTHER_REGION, body: "" } : undefined),
      new RegExp(
        `^The bucket ${BUCKET} is in eu-west-1, and the settings say us-west-2\\. Everything of the old one stays`,
      ),
    ],
  ])("%s: %s", async (command, _what, instead, message) => {
    const writes = recordWrites(proxy, instead);
    expectFailure(await checkout.run(command), message);
    expect(writes).toEqual([]);
  });

  test("plan: that there are no credentials", async () => {
    expectFailure(
      await checkout.runWith({ AWS_ENDPOINT_URL: undefined, ...NO_CREDENTIALS }, "plan"),
      "There are no AWS credentials; log in, so that aws sts get-caller-identity shows the account that you mean.",
    );
  });

  test("plan: that the provider cannot be had", async () => {
    const empty = mkdtempSync(join(folder, "mirror-"));
    expectFailure(
      await checkout.runWith({ TF_PROVIDER_MIRROR: empty }, "plan"),
      /^TF_PROVIDER_MIRROR is .+, which has no registry\.terraform\.io\/hashicorp\/aws for /,
    );
  });
});

const OTHER_REGION = { "x-amz-bucket-region": "eu-west-1" };

/** Hides whatever credentials the machine has; none of them may be used by a test. */
const NO_CREDENTIALS = {
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_PROFILE: undefined,
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
};
