import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isEmpty, type PlanSummary, summarizePlan, type TerraformPlan } from "@local/terraform/plan/plan-summary";
import { renderText } from "@local/terraform/plan/render-plan";
import { Terraform } from "@local/terraform/run/terraform";
import { shareAwsProvider } from "../aws-provider";
import { describeE2e, sharedRun } from "../shared";

/** The provider sends no request to it. */
const NOWHERE = "http://127.0.0.1:1";

const data = (resources: object) => ({ resource: { terraform_data: resources } });
const OLD = data({ a: { input: "one" } });

/** What AWS's provider computes itself, without a request. */
const AWS = {
  terraform: { required_providers: { aws: { source: "hashicorp/aws" } } },
  provider: {
    aws: {
      region: "us-west-2",
      access_key: "none",
      secret_key: "none",
      skip_credentials_validation: true,
      skip_requesting_account_id: true,
      skip_metadata_api_check: true,
    },
  },
};
const withPolicy = (input: string, ...actions: string[]) => ({
  ...AWS,
  data: {
    aws_iam_policy_document: {
      p: { statement: [{ sid: "Write", actions, resources: ["${terraform_data.key.output}", "known"] }] },
    },
  },
  ...data({ key: { input }, role: { input: "${data.aws_iam_policy_document.p.json}" } }),
});

describeE2e("a plan of the real Terraform", () => {
  let folder: string;
  let terraform: Terraform;

  beforeAll(() => shareAwsProvider({ endpoint: NOWHERE, folder: sharedRun().folder }));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "plan-changes-"));
    const environment = { ...sharedRun().providers.environment, AWS_ENDPOINT_URL: NOWHERE, CHECKPOINT_DISABLE: "1" };
    terraform = new Terraform(folder, { ...process.env, ...environment });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const configure = (configuration: object) =>
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify(configuration));

  /** The summary of a change of the configuration, and whether Terraform itself says that it has changes. */
  async function plan(before: object, after: object): Promise<{ summary: PlanSummary; hasChanges: boolean }> {
    configure(before);
    await terraform.init();
    await terraform.apply();
    configure(after);
    const { exitCode } = await terraform.run(["plan", "-detailed-exitcode"]);
    return {
      summary: summarizePlan(await terraform.planTo<TerraformPlan>("plan")),
      hasChanges: exitCode === 2,
    };
  }

  test("follows a backend that has changed since the last init in its folder", async () => {
    for (const path of ["first.tfstate", "second.tfstate"]) {
      configure({ ...OLD, terraform: { backend: { local: { path } } } });
      await terraform.init();
      await terraform.apply();
      expect(existsSync(join(folder, path))).toBe(true);
    }
  });

  test.each([
    ["No changes.", OLD, OLD],
    [
      "→ move    terraform_data.a to terraform_data.b",
      OLD,
      { ...data({ b: { input: "one" } }), moved: [{ from: "terraform_data.a", to: "terraform_data.b" }] },
    ],
    ["→ move    terraform_data.a to terraform_data.a[0]", OLD, data({ a: { input: "one", count: 1 } })],
    ["− forget  terraform_data.a", OLD, { removed: [{ from: "terraform_data.a", lifecycle: { destroy: false } }] }],
    [
      "↓ import  terraform_data.b (known-id)",
      OLD,
      { ...data({ a: { input: "one" }, b: {} }), import: [{ to: "terraform_data.b", id: "known-id" }] },
    ],
    ["~ update  terraform_data.a", OLD, data({ a: { input: "two" } })],
    ["- delete  terraform_data.a", OLD, {}],
    ["~ output  o", { output: { o: { value: "x" } } }, { output: { o: { value: "y" } } }],
    ["~ output  o", { output: { o: { value: "x" } } }, {}],
    [
      "~ output  o (only whether it is sensitive)",
      { output: { o: { value: "x" } } },
      { output: { o: { value: "x", sensitive: true } } },
    ],
  ])("ends as Terraform's own: %s", async (line, before, after) => {
    const { summary, hasChanges } = await plan(before, after);
    expect(renderText(summary).split("\n")[0]).toBe(line);
    expect(isEmpty(summary)).toBe(!hasChanges);
    expect(hasChanges).toBe(line !== "No changes.");
  });

  test("tells of a check that fails, which is no change", async () => {
    const assert = { condition: '${terraform_data.a.output == "two"}', error_message: "It is not two." };
    const { summary, hasChanges } = await plan(OLD, { ...OLD, check: { healthy: { assert } } });
    expect([isEmpty(summary), hasChanges]).toEqual([true, false]);
    expect(renderText(summary)).toBe(
      "No changes.\nWarning: Check block assertion failed (check.healthy): It is not two.",
    );
  });

  test("shows of a policy that waits for another resource what is known, and once what is deprecated", async () => {
    const bucket = (name: string) => ({ bucket: name, acl: "private" });
    const after = withPolicy("two", "s3:GetObject", "s3:PutObject");
    const resource = { ...after.resource, aws_s3_bucket: { a: bucket("bucket-a"), b: bucket("bucket-b") } };
    const { summary } = await plan(withPolicy("one", "s3:GetObject"), { ...after, resource });
    expect(summary.warnings).toEqual([
      {
        summary: "Argument is deprecated",
        detail: expect.stringMatching(/^acl is deprecated/),
        places: ["aws_s3_bucket.a", "aws_s3_bucket.b"],
      },
    ]);
    const text = renderText(summary);
    const start = text.indexOf("    input: {");
    expect(text.slice(start, text.indexOf("    output:", start)).split("\n").slice(0, -1)).toEqual([
      expect.stringMatching(/ → \(known after apply\), because of terraform_data\.key, with the statements$/),
      '        {"Sid":"Write","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":["known","(known after apply)"]}',
      '    input.Statement[Write].Action[1]: (none) → "s3:PutObject"',
      '    input.Statement[Write].Resource[1]: "one" → (known after apply)',
    ]);
  });
});
