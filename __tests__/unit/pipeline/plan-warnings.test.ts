import { isEmpty, summarizePlan } from "@local/terraform/plan/plan-summary";
import { renderMarkdown, renderText } from "@local/terraform/plan/render-plan";
import { renderDrift } from "../../../tools/drift-report";

const severity = "warning" as const;
const deprecation = (address: string) => ({
  severity,
  summary: "Argument is deprecated",
  detail: "acl is deprecated.\n\nUse another resource.",
  address,
});
const check = {
  severity,
  summary: "Check block assertion failed",
  detail: "The API does not answer.",
  snippet: { context: "check.healthy.assert[0]" },
};

const WARNINGS = [
  check,
  deprecation("aws_s3_bucket.b"),
  deprecation("aws_s3_bucket.a"),
  deprecation("aws_s3_bucket.b"),
];
const LINES = [
  "Warning: Argument is deprecated (aws_s3_bucket.a, aws_s3_bucket.b): acl is deprecated. Use another resource.",
  "Warning: Check block assertion failed (check.healthy): The API does not answer.",
];

test("warnings are in every format, each once with its places, and are no change", () => {
  const summary = summarizePlan({ warnings: WARNINGS });
  expect(isEmpty(summary)).toBe(true);
  expect(renderText(summary)).toBe(["No changes.", ...LINES].join("\n"));
  expect(renderMarkdown(summary, "production")).toBe(
    `### production: No changes\n\n> [!WARNING]\n> ${LINES[0]}\n\n> [!WARNING]\n> ${LINES[1]}\n`,
  );
  expect(summary.warnings).toEqual([
    {
      summary: "Argument is deprecated",
      detail: deprecation("").detail,
      places: ["aws_s3_bucket.a", "aws_s3_bucket.b"],
    },
    { summary: "Check block assertion failed", detail: "The API does not answer.", places: ["check.healthy"] },
  ]);
});

test("of very many places, a line names the first", () => {
  const many = Array.from({ length: 25 }, (_each, index) => deprecation(`aws_s3_bucket.${index}`));
  const summary = summarizePlan({ warnings: many });
  expect(renderText(summary)).toMatch(/\(aws_s3_bucket\.0, aws_s3_bucket\.1, [^)]* and 15 more\): acl/);
  expect(summary.warnings[0]?.places).toHaveLength(25);
});

test("very many warnings leave room for the changes in Markdown", () => {
  const warnings = Array.from({ length: 2000 }, (_each, index) => ({ severity, summary: `No. ${index}`, detail: "" }));
  const change = { actions: ["create"], before: null, after: {} };
  const resource_changes = [{ address: "aws_x.y", mode: "managed", type: "aws_x", change }];
  const markdown = renderMarkdown(summarizePlan({ warnings, resource_changes }), "production");
  expect(markdown.length).toBeLessThan(60_000);
  expect(markdown).toContain("\n+ create aws_x.y\n");
  const shown = markdown.match(/^> Warning: No\. /gm)?.length ?? 0;
  expect(shown).toBeGreaterThan(100);
  expect(markdown).toContain(`… and ${2000 - shown} more of these; all are in the job's log.`);
});

test("warnings alone are no drift, and drift is reported with them", () => {
  expect(renderDrift("serverless-infrastructure", "system", summarizePlan({ warnings: WARNINGS }))).toBe("");
  const output_changes = { url: { actions: ["update"], before: "a", after: "b" } };
  const drift = renderDrift(
    "serverless-infrastructure",
    "system",
    summarizePlan({ warnings: WARNINGS, output_changes }),
  );
  expect(drift).toContain(`> ${LINES[1]}`);
  expect(drift).toContain('\n    "a" → "b"\n');
});
