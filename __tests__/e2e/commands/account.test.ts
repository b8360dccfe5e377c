import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CreateBucketCommand, DeleteBucketCommand } from "@aws-sdk/client-s3";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { connectAws } from "@local/terraform/aws";
import { shareAwsProvider } from "../aws-provider";
import { AwsProxy, type AwsRequest, type Refusal } from "../aws-proxy";
import { Checkout, expectFailure, recordWrites } from "../checkout";
import { describeE2e, sharedRun } from "../shared";

const ENVIRONMENT = "guarded";
const LOGGED_IN = "123456789012";
const OTHER = "999999999999";
const UNNAMED_BUCKET = `serverless-infrastructure-state-${ENVIRONMENT}`;
const NAMED_BUCKET = `infra-state-${LOGGED_IN}-us-west-2-${ENVIRONMENT}`;
const EXPIRED: Refusal = {
  status: 403,
  body: "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>No</Message></Error></ErrorResponse>",
};

jest.mock("@local/command-line/project", () => jest.requireActual("./checkout-project"));
jest.mock("@local/command-line/process/run-folder", () => jest.requireActual("./checkout-project"));

describeE2e("the account that is meant", () => {
  let folder: string;
  let proxy: AwsProxy;
  let checkout: Checkout;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = dirname(PROJECT_FOLDER);
    proxy = await AwsProxy.start(sharedRun().endpoint);
    await shareAwsProvider({ endpoint: proxy.endpoint, folder });
    checkout = new Checkout(PROJECT_FOLDER, proxy.endpoint, ENVIRONMENT);
    // As on AWS, but that the services that a command may ask here are an emulator's.
    environment = {
      AWS_ENDPOINT_URL: undefined,
      AWS_ENDPOINT_URL_STS: proxy.endpoint,
      AWS_ENDPOINT_URL_S3: proxy.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_PROFILE: undefined,
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      // Nothing here may go as far as Terraform.
      TF_CLI_ARGS_init: "-no-such-option",
    };
  });
  afterAll(async () => {
    await proxy.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    use({});
    proxy.before = () => undefined;
  });

  function use(own: object): void {
    const file = join(checkout.folder, "cdktf.json");
    const config = JSON.parse(readFileSync(file, "utf8"));
    config.context.environments[ENVIRONMENT] = own;
    writeFileSync(file, JSON.stringify(config, null, 2));
  }

  function written(): { account?: string; state?: object } {
    return JSON.parse(readFileSync(join(checkout.folder, "cdktf.json"), "utf8")).context.environments[ENVIRONMENT];
  }

  function recordRequests(instead: (request: AwsRequest, before: string[]) => Refusal | undefined = () => undefined) {
    const operations: string[] = [];
    proxy.before = (request) => {
      const answer = instead(request, [...operations]);
      operations.push(request.operation);
      return answer;
    };
    return operations;
  }

  /** A folder with what an apply reads before it asks AWS. */
  function savePlan(account: string, stack = `serverless-infrastructure-${ENVIRONMENT}`): string {
    const saved = join(folder, "plan");
    mkdirSync(saved, { recursive: true });
    const configuration = JSON.stringify({
      provider: { aws: [{ region: "us-west-2", allowed_account_ids: [account] }] },
    });
    writeFileSync(join(saved, "cdk.tf.json"), configuration);
    const files = { "cdk.tf.json": createHash("sha256").update(configuration).digest("hex") };
    writeFileSync(join(saved, "manifest.json"), JSON.stringify({ stack, files }));
    return saved;
  }

  test.each(["plan", "bootstrap", "apply"] as const)("%s does nothing in another one", async (command) => {
    use({ account: OTHER });
    const operations = recordRequests();
    const options = command === "apply" ? ["--plan", savePlan(OTHER)] : [];
    expectFailure(
      await checkout.runInProcess(environment, command, ...options),
      `Account ${OTHER} is meant, but ${LOGGED_IN} is logged in. Nothing was changed. Log in to ${OTHER}, or correct the environment's account in cdktf.json.`,
    );
    expect(operations).toEqual(["GetCallerIdentity"]);
  });

  test.each<[string, number, object, string]>([
    [
      "another account's",
      403,
      {},
      `The bucket ${UNNAMED_BUCKET} belongs to another account, or you may not see it. Bucket names are unique in all of AWS. Set account, which becomes a part of the name, or another state.bucket for the environment in cdktf.json.`,
    ],
    [
      "in another Region",
      301,
      { "x-amz-bucket-region": "eu-west-1" },
      `The bucket ${UNNAMED_BUCKET} is in eu-west-1, and the settings say us-west-2. Everything of the old one stays`,
    ],
  ])("bootstrap does nothing with a bucket that is %s", async (_whose, status, headers, message) => {
    const writes = recordWrites(proxy, ({ method }) =>
      method === "HEAD" ? { status, headers: { ...headers }, body: "" } : undefined,
    );
    expectFailure(await checkout.runInProcess({}, "bootstrap"), message);
    expect(writes).toEqual([]);
  });

  test("plan without a state bucket says how to make it", async () => {
    const writes = recordWrites(proxy);
    expectFailure(
      await checkout.runInProcess({}, "plan"),
      `The state bucket ${UNNAMED_BUCKET} does not exist; run npm run bootstrap with the same ENVIRONMENT.`,
    );
    expect(writes).toEqual([]);
  });

  test("apply does nothing with a plan of another environment", async () => {
    const operations = recordRequests();
    expectFailure(
      await checkout.runInProcess(environment, "apply", "--plan", savePlan(LOGGED_IN, "serverless-infrastructure")),
      `The plan is one of serverless-infrastructure, and the environment is ${ENVIRONMENT}; set ENVIRONMENT to the planned one, or plan again.`,
    );
    expect(operations).toEqual([]);
  });

  test("plan names the one that is set", async () => {
    use({ account: LOGGED_IN });
    recordRequests();
    const { stderr } = await checkout.runInProcess(environment, "plan");
    expect(stderr).toMatch(
      /^✖ Plan of serverless-infrastructure-guarded: on AWS, account 123456789012 as set [\d.]+ s\n/,
    );
  });

  test("bootstrap without a login says what to do", async () => {
    const nobody = {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_EC2_METADATA_DISABLED: "true",
    };
    expectFailure(
      await checkout.runInProcess({ ...environment, ...nobody }, "bootstrap"),
      "There are no AWS credentials; log in, so that aws sts get-caller-identity shows the account that you mean.",
    );
  });

  test.each([
    ["y", { account: LOGGED_IN }, NAMED_BUCKET],
    ["", {}, UNNAMED_BUCKET],
  ])("in a terminal, bootstrap offers to set it; answered %j", async (answer, expected, bucket) => {
    const operations = recordRequests();
    const output = await checkout.answer(answer, environment, "bootstrap");
    expect(output).toContain(`cdktf.json sets no account for ${ENVIRONMENT}, and ${LOGGED_IN} is logged in.`);
    expect(written()).toEqual(expected);
    expect(output).toContain(`State bucket ${bucket}: on AWS`);
    expect(operations.filter((operation) => operation.startsWith("HEAD")).at(-1)).toBe(`HEAD /${bucket}/`);
  });

  test("without a terminal, bootstrap asks nothing", async () => {
    recordRequests();
    const { stderr } = await checkout.runInProcess(environment, "bootstrap");
    expect(stderr).not.toContain("[y/N]");
    expect(written()).toEqual({});
  });

  test.each([
    ["not logged in", {}, `--account is ${OTHER}, but account ${LOGGED_IN} is logged in. Nothing was changed.`],
    [
      "not the one that is set",
      { account: LOGGED_IN },
      `--account is ${OTHER}, but cdktf.json sets account ${LOGGED_IN}; correct one of them.`,
    ],
  ])("bootstrap --account refuses one that is %s", async (_what, own, message) => {
    use(own);
    recordRequests();
    expectFailure(await checkout.runInProcess(environment, "bootstrap", "--account", OTHER), message);
    expect(written()).toEqual(own);
  });

  describe("where the environment already has a state bucket", () => {
    const { s3 } = connectAws({ endpoint: sharedRun().endpoint, region: "us-west-2" });
    beforeEach(() =>
      s3.send(
        new CreateBucketCommand({
          Bucket: UNNAMED_BUCKET,
          CreateBucketConfiguration: { LocationConstraint: "us-west-2" },
        }),
      ),
    );
    afterEach(() => s3.send(new DeleteBucketCommand({ Bucket: UNNAMED_BUCKET })));

    test("bootstrap --account sets the account without asking, and keeps the bucket's name", async () => {
      // The second look at the account ends the run.
      recordRequests(({ operation }, before) => (before.includes(operation) ? EXPIRED : undefined));
      const { stderr } = await checkout.runInProcess(environment, "bootstrap", "--account", LOGGED_IN);
      expect(stderr).toContain(`cdktf.json sets account ${LOGGED_IN} for ${ENVIRONMENT}.`);
      expect(written()).toEqual({ account: LOGGED_IN, state: { bucket: UNNAMED_BUCKET } });
    });

    test("a plan says that the state may be there, and adopts nothing beside it", async () => {
      use({ account: LOGGED_IN });
      const LocationConstraint = "us-west-2";
      await s3.send(
        new CreateBucketCommand({ Bucket: NAMED_BUCKET, CreateBucketConfiguration: { LocationConstraint } }),
      );
      const notice = `The state bucket ${NAMED_BUCKET} has no state, and ${UNNAMED_BUCKET} exists, too.`;
      // What comes after the look at the buckets ends the run.
      recordRequests((_request, before) => (before.some((each) => each.includes("ListBuckets")) ? EXPIRED : undefined));
      try {
        expect((await checkout.runInProcess({}, "plan")).stderr).toContain(`Warning: ${notice}`);
        recordRequests();
        expectFailure(await checkout.runInProcess({}, "plan", "--adopt"), notice);
      } finally {
        await s3.send(new DeleteBucketCommand({ Bucket: NAMED_BUCKET }));
      }
    });

    test("bootstrap warns before it creates one with another name", async () => {
      use({ account: LOGGED_IN });
      recordRequests();
      const { stderr } = await checkout.runInProcess(environment, "bootstrap");
      expect(stderr).toContain(
        `Warning: the bucket ${UNNAMED_BUCKET} exists, too. If it has this environment's state, a plan with ${NAMED_BUCKET} does not know what is deployed; set state.bucket to ${UNNAMED_BUCKET} to go on with it.\n`,
      );
    });
  });
});
