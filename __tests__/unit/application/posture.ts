import { TwoOfEverything } from "../../two-of-everything";
import { type Synthesized, synthesizeGithubAccess, synthesizeStateBackend, synthesizeSystem } from "./system";

const system = synthesizeSystem();
const stateBackend = synthesizeStateBackend();
const githubAccess = synthesizeGithubAccess();
const releasing = synthesizeSystem({ function: { release: { mode: "canary", percent: 10, minutes: 5 } } });

describe("least privilege", () => {
  /** The statements that must name `*`, by their Sid, and why. */
  const UNAVOIDABLE = {
    ReadAlarms: "AWS asks for cloudwatch:DescribeAlarms on all alarms, whichever the request names",
    WriteTraces: "X-Ray has no resource that writing traces could be limited to",
    LetTheAccountManageTheKey: "in a key's own policy * means this key, which somebody must be able to manage",
    LetAlarmsUseTheKey: "in a key's own policy * means this key",
    ReadWhatHasNoResource: "IAM has no resources for these lists",
    WriteLogDelivery: "IAM has no resources for log delivery",
    WriteNewKey: "a key has no ARN before it exists; its tag must be the environment's",
    WriteSubscription: "a subscription has no ARN in IAM; its topic's tag must be the environment's",
  };
  const allowing = [system, stateBackend, githubAccess, releasing]
    .flatMap((stack) => stack.statements())
    .filter(({ effect }) => effect !== "Deny");

  test("no statement allows * but the few that must", () => {
    // A resource may end in *; an action may not have one at all.
    const wide = allowing.filter(
      ({ actions, resources = [] }) =>
        resources.includes("*") || actions.some((action: string) => action.includes("*")),
    );
    expect([...new Set(wide.map(({ sid }) => sid))].sort()).toEqual(Object.keys(UNAVOIDABLE).sort());
  });

  test("additions allow * in no further statement", () => {
    const wide = synthesizeSystem({}, "production", TwoOfEverything)
      .statements()
      .filter(
        ({ effect, resources = [], sid }) => effect !== "Deny" && resources.includes("*") && !(sid in UNAVOIDABLE),
      );
    expect(wide).toEqual([]);
  });

  test("additions keep their policies and permissions apart", () => {
    const all = synthesizeSystem({}, "production", TwoOfEverything);
    const policies = all.all("aws_iam_role_policy").map(({ role, name }) => `${role} ${name}`);
    const statements = all
      .all("aws_lambda_permission")
      .map((each) => [each.function_name, each.qualifier, each.statement_id, each.statement_id_prefix].join(" "));
    expect(policies.length).toBeGreaterThan(20);
    expect(statements.length).toBeGreaterThan(20);
    for (const keys of [policies, statements]) expect(keys.length).toBe(new Set(keys).size);
  });

  test("no statement allows everybody", () => {
    const principals = allowing.flatMap(({ principals = [] }) => principals);
    expect(principals.length).toBeGreaterThan(0);
    for (const { type, identifiers } of principals) expect([type, ...identifiers]).not.toContain("*");
  });

  test("a service that acts for others must act for this account", () => {
    const account = system.reference("data.aws_caller_identity", "account_id");
    const conditions = Object.fromEntries(
      system.allowing("sts:AssumeRole").map(({ principals, condition }) => [principals[0].identifiers[0], condition]),
    );
    expect(conditions).toStrictEqual({
      // Lambda sends no source when it assumes a function's role.
      "lambda.amazonaws.com": undefined,
      "firehose.amazonaws.com": [{ test: "StringEquals", variable: "sts:ExternalId", values: [account] }],
      "logs.amazonaws.com": [{ test: "StringLike", variable: "aws:SourceArn", values: [`arn:*:logs:*:${account}:*`] }],
    });
  });
});

describe.each<[string, Synthesized, Synthesized]>([
  ["the log archive's bucket", system, synthesizeSystem({ dataProtection: false })],
  ["the state bucket", stateBackend, synthesizeStateBackend({ dataProtection: false })],
])("%s", (_name, stack, unprotected) => {
  test("is closed to the public", () => {
    expect(stack.only("aws_s3_bucket_public_access_block")).toMatchObject({
      bucket: stack.reference("aws_s3_bucket", "id"),
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
  });

  test("knows no other owner than its account", () => {
    expect(stack.only("aws_s3_bucket_ownership_controls").rule).toEqual({ object_ownership: "BucketOwnerEnforced" });
  });

  test("refuses requests without TLS", () => {
    const [denial] = stack.statements().filter(({ sid }) => sid === "DenyInsecureTransport");
    const arn = stack.reference("aws_s3_bucket", "arn");
    expect(denial).toMatchObject({
      effect: "Deny",
      principals: [{ type: "*", identifiers: ["*"] }],
      actions: ["s3:*"],
      resources: [arn, `${arn}/*`],
      condition: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
    });
  });

  test("is encrypted and versioned", () => {
    const [rule] = stack.only("aws_s3_bucket_server_side_encryption_configuration").rule;
    expect(rule).toEqual({ apply_server_side_encryption_by_default: { sse_algorithm: "AES256" } });
    expect(stack.only("aws_s3_bucket_versioning").versioning_configuration).toEqual({ status: "Enabled" });
  });

  test("keeps neither old versions nor unfinished uploads for ever", () => {
    const [expire, cleanUp] = stack.only("aws_s3_bucket_lifecycle_configuration").rule;
    expect(expire.noncurrent_version_expiration[0].noncurrent_days).toBeGreaterThan(0);
    expect(expire.abort_incomplete_multipart_upload).toEqual([{ days_after_initiation: 7 }]);
    expect([expire.status, cleanUp.status]).toEqual(["Enabled", "Enabled"]);
    expect(cleanUp.expiration).toEqual([{ expired_object_delete_marker: true }]);
  });

  test("cannot be deleted while the environment's data is protected", () => {
    expect(stack.only("aws_s3_bucket")).toMatchObject({
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  test("goes with its objects where the environment's data is not protected", () => {
    const bucket = unprotected.only("aws_s3_bucket");
    expect(bucket.force_destroy).toBe(true);
    expect(bucket).not.toHaveProperty("lifecycle");
  });
});

describe("every stack", () => {
  test.each([
    ["system", system],
    ["state backend", stateBackend],
    ["roles for GitHub", githubAccess],
  ])("of the %s runs on Terraform 1.10 and both majors of the AWS provider", (_name, { config }) => {
    expect(config.terraform.required_version).toBe(">= 1.10.0");
    expect(config.terraform.required_providers.aws.version).toBe(">= 5.100.0, < 7.0.0");
  });

  test("of the system takes any 2.x of the archive provider from 2.7 on", () => {
    expect(system.config.terraform.required_providers.archive.version).toBe("~> 2.7");
  });

  test("of an environment carries its own tags", () => {
    const overrides = { environmentTag: "QA", tags: { Team: "payments" } };
    for (const { config } of synthesizers.map((synthesize) => synthesize(overrides, "test"))) {
      expect(config.provider.aws[0].default_tags).toEqual([{ tags: { Environment: "QA", Team: "payments" } }]);
    }
  });

  const synthesizers = [synthesizeSystem, synthesizeStateBackend, synthesizeGithubAccess];

  test("of an environment with an account goes to no other, and needs to ask nobody which one it is", () => {
    for (const { config } of synthesizers.map((synthesize) => synthesize({ account: "111111111111" }))) {
      expect(config.provider.aws[0].allowed_account_ids).toEqual(["111111111111"]);
      expect(config.data ?? {}).not.toHaveProperty("aws_caller_identity");
    }
    expect(system.config.provider.aws[0]).not.toHaveProperty("allowed_account_ids");
  });

  test("gives every role the permissions boundary that is set", () => {
    const permissionsBoundary = "arn:aws:iam::123456789012:policy/boundary";
    const boundaries = (overrides: object) =>
      synthesizers
        .flatMap((synthesize) => synthesize(overrides).all("aws_iam_role"))
        .map(({ permissions_boundary }) => permissions_boundary);
    expect(boundaries({ permissionsBoundary })).toEqual(Array(5).fill(permissionsBoundary));
    expect(boundaries({})).toEqual(Array(5).fill(undefined));
  });

  test("of an environment other than production has names of its own", () => {
    const NAMED = {
      aws_apigatewayv2_api: "name",
      aws_cloudwatch_dashboard: "dashboard_name",
      aws_cloudwatch_event_rule: "name",
      aws_cloudwatch_metric_alarm: "alarm_name",
      aws_dynamodb_table: "name",
      aws_iam_policy: "name",
      aws_iam_role: "name",
      aws_kinesis_firehose_delivery_stream: "name",
      aws_kms_alias: "name",
      aws_lambda_function: "function_name",
      aws_s3_bucket: "bucket",
      aws_sns_topic: "name",
      aws_sqs_queue: "name",
    };
    const stacks = [
      synthesizeSystem({}, "test"),
      synthesizeStateBackend({}, "test"),
      synthesizeGithubAccess({}, "test"),
      synthesizeSystem({}, "test", TwoOfEverything),
    ];
    const names = Object.entries(NAMED).flatMap(([type, attribute]) =>
      stacks.flatMap((stack) => stack.all(type).map((resource) => resource[attribute])),
    );
    expect(names.length).toBeGreaterThan(Object.keys(NAMED).length);
    for (const name of names) expect(name).toMatch(/-test(-role|-subscription-role|-release|-live-[\w-]+|\.fifo)?$/);
  });
});

test("what cannot be replaced without harm keeps its address in Terraform's state", () => {
  const types = [
    "aws_apigatewayv2_api",
    "aws_cloudwatch_log_group",
    "aws_dynamodb_table",
    "aws_kinesis_firehose_delivery_stream",
    "aws_kms_key",
    "aws_lambda_function",
    "aws_s3_bucket",
    "aws_sns_topic",
    "aws_sqs_queue",
  ];
  const addresses = [system, stateBackend].flatMap(({ config }) =>
    types.flatMap((type) => Object.keys(config.resource[type] ?? {}).map((id) => `${type}.${id}`)),
  );
  // A construct with another id or another parent is another resource to Terraform: it would delete the old one.
  expect(addresses).toEqual([
    "aws_apigatewayv2_api.api_4F59AA66",
    "aws_cloudwatch_log_group.api_access-log-group_0CD5FE2B",
    "aws_cloudwatch_log_group.log-archive_error-log-group_9936C96E",
    "aws_cloudwatch_log_group.processor_log-group_72C5766C",
    "aws_dynamodb_table.table_43360BC0",
    "aws_kinesis_firehose_delivery_stream.log-archive_stream_BE31ED7C",
    "aws_kms_key.monitoring_alarm-topic_key_D4F639CA",
    "aws_lambda_function.processor_function_D7E0E582",
    "aws_s3_bucket.log-archive_storage_bucket_AD8A45E1",
    "aws_sns_topic.monitoring_alarm-topic_EAF15B41",
    "aws_sqs_queue.dead-letter-queue_9C8F6649",
    "aws_s3_bucket.state_bucket_803B4E61",
  ]);
});
