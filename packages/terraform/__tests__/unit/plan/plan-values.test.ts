import { isOnlyImported, summarizePlan, type TerraformPlan } from "../../../plan/plan-summary";
import { renderMarkdown, renderText } from "../../../plan/render-plan";

/** A plan that updates one attribute of a resource. */
function update(before: unknown, after: unknown, attribute = "policy"): TerraformPlan {
  const change = { actions: ["update"], before: { [attribute]: before }, after: { [attribute]: after } };
  return { resource_changes: [{ address: "aws_x.y", mode: "managed", type: "aws_x", change }] };
}

/** The lines of the changed attributes. */
function linesOf(plan: TerraformPlan): string[] {
  const lines = renderText(summarizePlan(plan)).split("\n");
  return lines.filter((line) => line.startsWith("    ")).map((line) => line.slice(4));
}

const WRITE = { Sid: "Write", Effect: "Allow", Action: ["dynamodb:PutItem", "dynamodb:GetItem"], Resource: "table" };
const LOG = { Effect: "Allow", Action: "logs:PutLogEvents", Resource: ["a".repeat(200), "b"] };
const KEY = { Effect: "Allow", Action: "kms:Decrypt", Resource: "key" };
const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement }, null, 2);

describe("a policy is shown by its changed statements and members", () => {
  test("found by their Sid, wherever they are", () => {
    const written = {
      ...WRITE,
      Action: ["dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:PutItem"],
      Resource: "new",
    };
    expect(linesOf(update(policy(WRITE, LOG, KEY), policy(KEY, LOG, written)))).toEqual([
      'policy.Statement[Write].Action[1]: (none) → "dynamodb:DeleteItem"',
      'policy.Statement[Write].Resource: "table" → "new"',
    ]);
  });

  test("else by their content", () => {
    expect(linesOf(update(policy(LOG, KEY), policy(KEY)))).toEqual([
      `policy.Statement[0]: ${JSON.stringify(LOG)} → (none)`,
    ]);
    const logged = { ...LOG, Resource: ["b", "a".repeat(200), "c"] };
    expect(linesOf(update(policy(LOG, KEY), policy(WRITE, KEY, logged)))).toEqual([
      `policy.Statement[Write]: (none) → ${JSON.stringify(WRITE)}`,
      'policy.Statement[2].Resource[2]: (none) → "c"',
    ]);
  });

  test("and statements of another Sid are other statements", () => {
    expect(linesOf(update(policy(WRITE), policy({ ...WRITE, Sid: "Read" })))).toHaveLength(2);
  });

  test("a value and the list of it are the same to AWS, and are told apart where nothing else differs", () => {
    expect(linesOf(update(policy(KEY), policy({ ...KEY, Action: ["kms:Decrypt", "kms:Encrypt"] })))).toEqual([
      'policy.Statement[0].Action[1]: (none) → "kms:Encrypt"',
    ]);
    const [line = "", ...others] = linesOf(update(policy(KEY), policy({ ...KEY, Action: ["kms:Decrypt"] })));
    expect(others).toEqual([]);
    expect(line).toMatch(/^policy: .*"kms:Decrypt".* → .*\["kms:Decrypt"\]/);
  });
});

test.each([
  [
    "dashboard_body",
    {
      widgets: [
        { x: 0, title: "A" },
        { x: 6, title: "B" },
      ],
    },
    {
      widgets: [
        { x: 0, title: "A" },
        { x: 6, title: "C" },
      ],
    },
    '.widgets[1].title: "B" → "C"',
  ],
  ["redrive_policy", { maxReceiveCount: 3 }, { maxReceiveCount: 5 }, ".maxReceiveCount: 3 → 5"],
  ["format", { a: "$context.x" }, { a: "$context.x", b: "$context.y" }, '.b: (none) → "$context.y"'],
  [
    "nested",
    { inner: JSON.stringify({ deep: [1] }) },
    { inner: JSON.stringify({ deep: [2] }) },
    ".inner.deep[0]: 1 → 2",
  ],
])("other JSON, as in %s, is shown by its changed members", (attribute, before, after, line) => {
  const plan = update(JSON.stringify(before), JSON.stringify(after), attribute);
  expect(linesOf(plan)).toEqual([`${attribute}${line}`]);
});

const JSON_LISTS: [string, unknown, unknown, string[]][] = [
  ["a list's order", { command: ["a", "b"] }, { command: ["b", "a"] }, ['d.command: ["a","b"] → ["b","a"]']],
  ["a list in place of its value", { Next: "x" }, { Next: ["x"] }, ['d.Next: "x" → ["x"]']],
  ["a list in place of an object", { a: { b: 1 } }, { a: [1] }, ['d.a: {"b":1} → [1]']],
  ["an added element", { command: ["a", "b"] }, { command: ["x", "a", "b"] }, ['d.command[0]: (none) → "x"']],
  ["a removed element", { command: ["a", "b"] }, { command: ["b"] }, ['d.command[0]: "a" → (none)']],
  [
    "another change",
    { x: 1, Resource: { Statement: [KEY, LOG] }, command: ["a", "b"] },
    { x: 2, Resource: { Statement: [LOG, { ...KEY, Action: ["kms:Decrypt"] }] }, command: ["b", "a"] },
    ["d.x: 1 → 2", 'd.command: ["a","b"] → ["b","a"]'],
  ],
];
test.each(JSON_LISTS)("in JSON that is no policy, %s is shown", (_what, before, after, lines) => {
  expect(linesOf(update(JSON.stringify(before), JSON.stringify(after), "d"))).toEqual(lines);
  const element = update(JSON.stringify([before]), JSON.stringify([after]), "d");
  expect(linesOf(element)).toEqual(lines.map((line) => line.replace("d.", "d[0].")));
});

test("long text is shown by its changed part, with a little around it", () => {
  const text = (middle: string) => `${"start ".repeat(50)}${middle}${" end".repeat(50)}`;
  const [line = ""] = linesOf(update(text("one"), text("another one"), "user_data"));
  expect(line).toMatch(/^user_data: …[art ]*( start){6} one( end)+ … → …[art ]*( start){6} another one( end)+ …$/);
  expect(line.length).toBeLessThan(220);
});

test("a changed part is never cut, however long", () => {
  const text = "x".repeat(5000);
  expect(linesOf(update(null, text, "user_data"))).toEqual([`user_data: (none) → "${text}"`]);
});

const LONG = "long ".repeat(60);
test.each([
  [`${LONG}a`, `${LONG}b`],
  [`a${LONG}`, `b${LONG}`],
  [`${LONG}a${LONG}`, `${LONG}${LONG}`],
  [LONG, `${LONG}${LONG}`],
  [`${LONG}😀${LONG}`, `${LONG}😁${LONG}`],
  [JSON.stringify({ a: 1 }), JSON.stringify({ a: 1 }, null, 2)],
  [policy(WRITE, LOG), policy(LOG, WRITE)],
  ['{"n":12345678901234567890}', '{"n":12345678901234567891}'],
  [{ a: 1 }, '{"a":1}'],
  [null, "(none)"],
  ["1", 1],
])("what differs never looks the same: %#", (before, after) => {
  for (const plan of [update(before, after), { output_changes: { o: { actions: ["update"], before, after } } }]) {
    const summary = summarizePlan(plan);
    const changes = [...summary.changes, ...summary.outputs].flatMap(({ attributes }) => attributes);
    expect(changes.filter((each) => each.before !== each.after)).toHaveLength(1);
    const shown = / {4}(?:policy: )?(.*) → (.*)/.exec(renderText(summary)) ?? [];
    expect(shown[1]).toBeTruthy();
    expect(shown[1]).not.toBe(shown[2]);
    expect(renderMarkdown(summary, "production")).toContain(`${shown[1]} → ${shown[2]}`);
  }
});

test("JSON output is never cut", () => {
  const [before, after] = [`${LONG}a${LONG}`, `${LONG}b${LONG}`];
  const { changes } = summarizePlan(update(before, after));
  expect(changes[0]?.attributes).toEqual([{ path: "policy", before: `"${before}"`, after: `"${after}"` }]);
});

describe("a policy that is unknown because another resource changes", () => {
  const KEY_ARN = "arn:aws:kms:us-west-2:123456789012:key/1";
  const before = policy(
    {
      Sid: "Decrypt",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: KEY_ARN,
      Condition: { StringEquals: { "aws:x": ["1", "2"], "aws:y": ["1", "2"] } },
    },
    {
      Effect: "Allow",
      Action: ["logs:PutLogEvents", "logs:CreateLogStream"],
      Resource: "${aws:username}",
      Principal: { Service: "a" },
    },
  );
  const statements = [
    {
      sid: "Decrypt",
      effect: null,
      actions: ["kms:Decrypt", "kms:Encrypt"],
      resources: [null],
      principals: [],
      condition: [
        { test: "StringEquals", variable: "aws:x", values: ["1"] },
        { test: "StringEquals", variable: "aws:y", values: ["1", "2"] },
        { test: "StringEquals", variable: "aws:x", values: ["2"] },
      ],
    },
    {
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: ["&{aws:username}"],
      principals: [{ type: "Service", identifiers: ["a"] }],
    },
  ];
  const read = {
    address: "data.aws_iam_policy_document.p",
    mode: "data",
    type: "aws_iam_policy_document",
    change: {
      actions: ["read"],
      before: null,
      after: { statement: statements, version: null } as object,
      after_unknown: { json: true, statement: [{ resources: [true] }, {}] },
    },
  };
  const key = {
    address: "aws_kms_key.k",
    mode: "managed",
    type: "aws_kms_key",
    change: { actions: ["create"], before: null, after: {}, after_unknown: { arn: true } },
  };
  const role = {
    address: 'aws_iam_role_policy.r["a"]',
    mode: "managed",
    type: "aws_iam_role_policy",
    change: { actions: ["update"], before: { policy: before }, after: {}, after_unknown: { policy: true } },
  };
  const references = (...names: string[]) => ({ references: names });
  const toDocument = references("data.aws_iam_policy_document.p.json", "data.aws_iam_policy_document.p");
  const configuration = (document: object, expression: object = toDocument) => ({
    root_module: {
      resources: [
        { address: "aws_iam_role_policy.r", expressions: { policy: expression } },
        { address: "data.aws_iam_policy_document.p", ...document },
      ],
      outputs: { policy: { expression } },
    },
  });
  const byKey = { expressions: { statement: [{ resources: references("aws_kms_key.k.arn", "aws_kms_key.k") }] } };

  test("is shown with the cause, what is known of its statements, and what changes in them", () => {
    const plan = { resource_changes: [read, key, role], configuration: configuration(byKey) };
    const lines = linesOf(plan);
    expect(lines[0]).toMatch(
      /^policy: \{"Version".*… → \(known after apply\), because of aws_kms_key\.k, with the statements$/,
    );
    expect(lines.slice(1)).toEqual([
      '    {"Sid":"Decrypt","Effect":"Allow","Action":["kms:Decrypt","kms:Encrypt"],"Resource":"(known after apply)","Condition":{"StringEquals":{"aws:x":["1","2"],"aws:y":["1","2"]}}}',
      '    {"Effect":"Allow","Principal":{"Service":"a"},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"${aws:username}"}',
      'policy.Statement[Decrypt].Action[1]: (none) → "kms:Encrypt"',
      `policy.Statement[Decrypt].Resource: "${KEY_ARN}" → (known after apply)`,
    ]);
    const attributes = summarizePlan(plan).changes.find(({ action }) => action === "update")?.attributes ?? [];
    expect(attributes[0]).toMatchObject({ because: ["aws_kms_key.k"], before: JSON.stringify(JSON.parse(before)) });
  });

  test("so is an output", () => {
    const output_changes = { policy: { actions: ["update"], before, after_unknown: true } };
    const lines = linesOf({ resource_changes: [read, key], output_changes, configuration: configuration(byKey) });
    expect(lines).toContain('Statement[Decrypt].Action[1]: (none) → "kms:Encrypt"');
  });

  test("the cause may be what the document waits for", () => {
    const dependent = configuration({ depends_on: ["aws_kms_key.k", "aws_kms_key.same"] });
    const [line] = linesOf({ resource_changes: [read, key, role], configuration: dependent });
    expect(line).toContain("(known after apply), because of aws_kms_key.k, with");
  });

  // https://developer.hashicorp.com/terraform/language/data-sources: Terraform defers the read.
  test("the cause may be a changed resource of which the document names a known attribute", () => {
    const named = { expressions: { a: references("aws_kms_key.k.key_id", "aws_kms_key.k") } };
    const [line] = linesOf({ resource_changes: [read, key, role], configuration: configuration(named) });
    expect(line).toContain("(known after apply), because of aws_kms_key.k, with");
  });

  test("a resource without changes is no cause", () => {
    const same = { ...key, change: { ...key.change, actions: ["no-op"], after_unknown: {} } };
    const named = { expressions: { a: references("aws_kms_key.k.key_id", "aws_kms_key.k") } };
    const [line] = linesOf({ resource_changes: [read, same, role], configuration: configuration(named) });
    expect(line).toMatch(/\(known after apply\), with the statements$/);
  });

  test.each([
    ["its statements are unknown", { ...read.change, after: {}, after_unknown: { statement: true } }, toDocument],
    [
      "it takes statements of other documents",
      { ...read.change, after: { statement: statements, source_policy_documents: ["{}"] } },
      toDocument,
    ],
    ["the data source has sensitive parts", { ...read.change, after_sensitive: { statement: true } }, toDocument],
    [
      "the attribute is more than the document",
      read.change,
      { ...toDocument, constant_value: "${upper(data.aws_iam_policy_document.p.json)}" },
    ],
  ])("has the cause alone if %s", (_why, change, expression) => {
    const plan = {
      resource_changes: [{ ...read, change }, key, role],
      configuration: configuration(byKey, expression),
    };
    expect(linesOf(plan)).toEqual([expect.stringMatching(/ → \(known after apply\), because of aws_kms_key\.k$/)]);
  });

  test("does not keep an import from being only that, unless its known parts differ", () => {
    const condition = [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }];
    const principals = [{ type: "*", identifiers: ["*"] }];
    const statement = { sid: "Tls", effect: "Deny", principals, actions: ["s3:*"], resources: [null, null], condition };
    const after_unknown = { statement: [{ resources: [true, true] }] };
    const document = { ...read, change: { ...read.change, after: { statement: [statement] }, after_unknown } };
    const imported = (Action: string) => {
      const Resource = ["arn:aws:s3:::b/*", "arn:aws:s3:::b"];
      const Condition = { Bool: { "aws:SecureTransport": "false" } };
      const text = policy({ Sid: "Tls", Effect: "Deny", Principal: "*", Action, Resource, Condition });
      const change = { ...role.change, before: { policy: text }, importing: { id: "b" } };
      const plan = { resource_changes: [document, { ...role, change }], configuration: configuration(byKey) };
      return summarizePlan(plan).changes.map(isOnlyImported);
    };
    expect([imported("s3:*"), imported("s3:Get*")]).toEqual([[true], [false]]);
  });

  test("never shows what is sensitive", () => {
    const change = { ...role.change, before_sensitive: { policy: true } };
    const plan = { resource_changes: [read, key, { ...role, change }], configuration: configuration(byKey) };
    expect(linesOf(plan)).toEqual(["policy: (sensitive) → (known after apply)"]);
  });
});
