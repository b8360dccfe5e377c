import type { PlanSummary } from "@local/terraform/plan/plan-summary";
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
  const summary = (changes: object[], outputs: string[] = []) => {
    const changed = outputs.map((name) => ({ name, attributes: [] }));
    return { warnings: [], changes, outputs: changed, dataLoss: [], addressLoss: [] } as unknown as PlanSummary;
  };
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

  test.each(["move", "forget", "import"])("is also a %s, which only an apply ends", (action) => {
    const text = renderDrift("serverless-infrastructure", "system", summary([change(action)]));
    expect(text).toContain(`### system: 1 to ${action}\n`);
  });

  test("of the bucket for the state is not that its plan imports it", () => {
    const attributes = [
      { path: "force_destroy", before: "(none)", after: "true" },
      { path: "bucket", before: '"name"', after: "(known after apply)" },
    ];
    const imported = [change("import"), change("import", attributes)];
    expect(renderDrift("state-backend", "state-backend", summary(imported, ["state_bucket_name"]))).toBe("");
    const suspended = change("import", [{ path: "status", before: '"Suspended"', after: '"Enabled"' }]);
    expect(renderDrift("state-backend", "state-backend", summary([...imported, suspended]))).toContain("1 to import");
    expect(renderDrift("state-backend", "state-backend", summary([...imported, change("create")]))).toContain(
      "1 to create",
    );
  });

  test("of another stack is also what would be imported", () => {
    expect(renderDrift("github-access", "github-access", summary([change("import")]))).toContain("1 to import");
  });
});
