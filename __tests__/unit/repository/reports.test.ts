import type { PlanSummary } from "../../../commands/pipeline/plan-summary";
import { findings } from "../../../tools/checkov-report";
import { renderDrift } from "../../../tools/drift-report";

describe("what checkov reports", () => {
  const report = (scanned: number, failed: object[] = [], unparsed: string[] = []) =>
    ({
      summary: { resource_count: scanned },
      results: { failed_checks: failed, parsing_errors: unparsed },
    }) as Parameters<typeof findings>[0];

  test("is nothing where everything was scanned and passed", () => {
    expect(findings(report(49), 49)).toEqual([]);
  });

  test("is each check that failed", () => {
    const check = {
      check_id: "CKV_1",
      check_name: "Ensure it",
      file_path: "/system/cdk.tf",
      resource: "aws_sqs_queue.q",
    };
    expect(findings(report(49, [check]), 49)).toEqual(["/system/cdk.tf: aws_sqs_queue.q: CKV_1 Ensure it"]);
  });

  test("is a file that it could not parse, and what is missing for it", () => {
    expect(findings(report(10, [], ["/hcl/cdk.tf"]), 59)).toEqual([
      "/hcl/cdk.tf: checkov cannot parse it",
      "10 of 59 resources were scanned",
    ]);
  });

  test("is that nothing was scanned", () => {
    expect(findings({}, 59)).toEqual(["0 of 59 resources were scanned"]);
  });
});

describe("a stack's drift", () => {
  const summary = (changes: object[], outputs: string[] = []) =>
    ({ changes, outputs, dataLoss: [] }) as unknown as PlanSummary;
  const change = (action: string, attributes: object[] = []) => ({
    address: "aws_s3_bucket.bucket",
    type: "aws_s3_bucket",
    action,
    attributes,
    replacedBecause: [],
  });

  test("is every change and output of the system, with what to do", () => {
    expect(renderDrift("serverless-infrastructure", "system", summary([]))).toBe("");
    expect(renderDrift("serverless-infrastructure", "system", summary([], ["url"]))).toContain("outputs url");
    const text = renderDrift("serverless-infrastructure", "system", summary([change("update")]));
    expect(text).toMatch(/^Deploy the default branch, .+\n\n### system: 1 to update\n/);
  });

  test("of the bucket for the state is not that its plan adopts it", () => {
    const attributes = [
      { path: "force_destroy", before: "(none)", after: "true" },
      { path: "bucket", before: '"name"', after: "(known after apply)" },
    ];
    const adopted = [change("adopt"), change("adopt", attributes)];
    expect(renderDrift("state-backend", "state-backend", summary(adopted, ["state_bucket_name"]))).toBe("");
    const suspended = change("adopt", [{ path: "status", before: '"Suspended"', after: '"Enabled"' }]);
    expect(renderDrift("state-backend", "state-backend", summary([...adopted, suspended]))).toContain("1 to adopt");
    expect(renderDrift("state-backend", "state-backend", summary([...adopted, change("create")]))).toContain(
      "1 to create",
    );
  });

  test("of another stack is also what would be adopted", () => {
    expect(renderDrift("github-access", "github-access", summary([change("adopt")]))).toContain("1 to adopt");
  });
});
