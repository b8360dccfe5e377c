import { ApplyErrors } from "../../../folder/apply-errors";
import { removeStatement } from "../../../folder/blocks";

const LACKS = "creating Rule: operation error rbin: CreateRule, https response error StatusCode: 501, RequestID: , api";
const WHOLE = `${LACKS} error NotImplemented: The emulator lacks CreateRule of rbin.`;

function errorsOf(planned: string[], made: string[], failed: Record<string, string>): ApplyErrors {
  const errors = new ApplyErrors();
  const resource = (addr: string) => ({ addr, resource_type: addr.split(".")[0] ?? "" });
  for (const each of planned)
    errors.take({ type: "planned_change", change: { action: "create", resource: resource(each) } });
  for (const each of made)
    errors.take({ type: "apply_complete", hook: { action: "create", resource: resource(each) } });
  for (const [address, summary] of Object.entries(failed)) {
    const diagnostic = { severity: "error", summary, detail: "", address } as const;
    errors.take({ type: "diagnostic", diagnostic });
  }
  return errors;
}

describe("an apply to an emulator that lacks something", () => {
  const planned = ["aws_rbin_rule.a", "aws_sqs_queue.b", "aws_lambda_function.c", "aws_lambda_permission.d"];

  test("names what is missing, and what needs it", () => {
    const errors = errorsOf(planned, ["aws_sqs_queue.b"], { "aws_rbin_rule.a": WHOLE });
    expect(errors.describeMissing()).toEqual([
      "aws_rbin_rule.a is missing: the emulator lacks CreateRule of rbin.",
      "Resources that need a missing one are missing, too: aws_lambda_function.c, aws_lambda_permission.d.",
    ]);
  });

  test("names a failure of the emulator", () => {
    const failed = { "aws_rbin_rule.a": "creating: InternalFailure: The emulator failed: KeyError:\n'a'" };
    const errors = errorsOf(["aws_rbin_rule.a", "aws_sqs_queue.b"], ["aws_sqs_queue.b"], failed);
    expect(errors.describeMissing()).toEqual(["aws_rbin_rule.a is missing: the emulator failed: KeyError: 'a'."]);
  });

  test.each<[string, string[], Record<string, string>]>([
    ["no resource is there", [], { "aws_rbin_rule.a": WHOLE }],
    ["AWS would refuse a resource", ["aws_sqs_queue.b"], { "aws_rbin_rule.a": WHOLE, "aws_lambda_function.c": "no" }],
    ["a data source fails", ["aws_sqs_queue.b"], { "data.aws_ami.a": WHOLE }],
    ["there is no error", ["aws_sqs_queue.b"], {}],
  ])("fails if %s", (_why, made, failed) => {
    expect(errorsOf(planned, made, failed).describeMissing()).toBeUndefined();
  });

  test("fails if Terraform has only read data", () => {
    const errors = errorsOf(planned, [], { "aws_rbin_rule.a": WHOLE });
    const resource = { addr: "data.aws_region.here", resource_type: "aws_region" };
    errors.take({ type: "apply_complete", hook: { action: "read", resource } });
    expect(errors.describeMissing()).toBeUndefined();
  });
});

test.each(["data.aws_vpc.main", 'module.network["a"].data.aws_vpc.main'])(
  "%s, which finds no resource, has a line that says where to create it",
  (address) => {
    const errors = errorsOf([], [], { [address]: "reading VPC: couldn't find resource." });
    expect(errors.explain()?.message).toBe(
      `${address} reads a resource that the emulator does not have: reading VPC: couldn't find resource. Start npm run emulator, create it there, and start again with the AWS_ENDPOINT_URL that it prints.`,
    );
  },
);

test.each([
  ["aws_vpc.main", "reading VPC: couldn't find resource"],
  ["data.archive_file.code", "The stand-in for hashicorp/archive refuses"],
  ["data.local_file.a", "a.txt does not exist"],
  ["", "Invalid reference"],
])("%s: %s has no other explanation", (address, summary) => {
  expect(errorsOf([], [], { [address]: summary }).explain()).toBeUndefined();
});

test("an unknown argument or block of an AWS resource is found at its place", () => {
  const errors = new ApplyErrors();
  const take = (detail: string, context: string) =>
    errors.take({
      type: "diagnostic",
      diagnostic: {
        ...{ severity: "error", summary: "Unsupported", detail, snippet: { context } },
        range: { filename: "a/main.tf", start: { line: 7 } },
      },
    });
  take('An argument named "region" is not expected here.', 'resource "aws_sqs_queue" "a"');
  take('Blocks of type "tenancy_config" are not expected here. Did you mean "vpc_config"?', 'data "aws_b" "b"');
  take('An argument named "region" is not expected here.', 'provider "aws"');
  take('An argument named "region" is not expected here.', 'resource "random_id" "a"');
  const place = { file: "a/main.tf", line: 7 };
  expect(errors.unknown).toEqual([
    { ...place, name: "region", context: 'resource "aws_sqs_queue" "a"' },
    { ...place, name: "tenancy_config", context: 'data "aws_b" "b"' },
  ]);
});

test.each([
  ["an argument", 2, "b = 2"],
  ["an argument with lines in brackets", 3, "c = [\n  1, # ]\n]"],
  ["an argument with a heredoc", 6, "d = <<EOT\n}\nEOT"],
  ["a block", 9, 'e {\n  f = "}"\n}'],
])("%s is removed, and the other lines keep their numbers", (_what, line, statement) => {
  const text = 'a = 1\nb = 2\nc = [\n  1, # ]\n]\nd = <<EOT\n}\nEOT\ne {\n  f = "}"\n}\ng = 3\n';
  expect(removeStatement(text, line)).toBe(text.replace(statement, statement.replace(/[^\n]/g, "")));
});
