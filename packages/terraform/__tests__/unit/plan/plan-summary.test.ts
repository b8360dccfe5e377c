import { isEmpty, isOnlyImported, summarizePlan, type TerraformPlan } from "../../../plan/plan-summary";
import { renderMarkdown, renderText } from "../../../plan/render-plan";

type ResourceChange = NonNullable<TerraformPlan["resource_changes"]>[number];

function resource(address: string, change: Partial<ResourceChange["change"]>, mode = "managed"): ResourceChange {
  const [type = ""] = address.split(".");
  return { address, mode, type, change: { actions: ["no-op"], before: null, after: null, ...change } };
}

const FUNCTION = resource("aws_lambda_function.processor", {
  actions: ["update"],
  before: { memory_size: 256, environment: [{ variables: { A: "1", B: "2" } }], tags: { team: "a" }, arn: "x" },
  after: { memory_size: 512, environment: [{ variables: { A: "1", B: "3" } }], tags: {}, arn: null },
  after_unknown: { arn: true },
});

test("says of each resource what changes", () => {
  const plan = {
    resource_changes: [
      resource("aws_sns_topic.alarms", { actions: ["create"], after: { name: "alarms" } }),
      FUNCTION,
      resource("aws_iam_role.same", {}),
      resource("data.aws_region.here", { actions: ["read"] }, "data"),
      resource("aws_cloudwatch_event_rule.old", { actions: ["delete"], before: { name: "old" } }),
    ],
    output_changes: {
      url_of_api: { actions: ["update"], before: "https://a", after: "https://b" },
      bucket: { actions: ["no-op"], before: "a", after: "a" },
    },
  };
  expect(renderText(summarizePlan(plan))).toBe(
    [
      "- delete  aws_cloudwatch_event_rule.old",
      "~ update  aws_lambda_function.processor",
      "    memory_size: 256 → 512",
      '    environment[0].variables.B: "2" → "3"',
      '    tags.team: "a" → (none)',
      '    arn: "x" → (known after apply)',
      "+ create  aws_sns_topic.alarms",
      "~ output  url_of_api",
      '    "https://a" → "https://b"',
      "",
      "1 to delete, 1 to update, 1 to create, outputs url_of_api.",
    ].join("\n"),
  );
});

describe("a plan that deletes an alias", () => {
  const alias = (live: string, actions = ["delete"]) => {
    const before = { name: "live", function_name: "orders", function_version: live };
    return resource("aws_lambda_alias.orders", { actions, before });
  };
  const group = (app: string) => {
    const before = { app_name: app, deployment_group_name: "live" };
    return resource("aws_codedeploy_deployment_group.orders", { actions: ["delete"], before });
  };
  const fn = (actions = ["update"]) =>
    resource("aws_lambda_function.orders", { actions, before: { function_name: "orders", version: "8" } });
  const warnings = (...resource_changes: ResourceChange[]) =>
    renderText(summarizePlan({ resource_changes })).match(/Warning: .*/g);

  test("warns in one line of the version that gets all invocations", () => {
    const start = "Warning: The gradual release of orders ends (aws_lambda_alias.orders): version";
    expect(warnings(fn(), alias("7"), group("orders"))).toEqual([
      `${start} 7 is live, and the newest code (version 8) gets all invocations at once`,
    ]);
    expect(warnings(fn(["no-op"]), alias("8"), group("orders"))).toEqual([
      `${start} 8 is live, and this plan's code gets all invocations at once`,
    ]);
  });

  test("does not warn of an alias that stays, or that CodeDeploy does not move, or without its function", () => {
    expect(warnings(fn(), alias("7", ["no-op"]), group("orders"))).toBe(null);
    expect(warnings(fn(), alias("7"), group("returns"))).toBe(null);
    expect(warnings(fn(["delete"]), alias("7"), group("orders"))).toBe(null);
  });
});

test("says that there are no changes", () => {
  expect(renderText(summarizePlan({}))).toBe("No changes.");
  expect(renderMarkdown(summarizePlan({}), "production")).toBe("### production: No changes\n");
});

test("says why a resource is replaced", () => {
  const change = {
    actions: ["delete", "create"],
    before: { name: "a" },
    after: { name: "b" },
    replace_paths: [["name"], ["attribute", 0, "type"]],
  };
  const summary = summarizePlan({ resource_changes: [resource("aws_sqs_queue.q", change)] });
  expect(renderText(summary)).toContain("± replace aws_sqs_queue.q (because of name, attribute[0].type)\n");
});

test.each([
  [{ password: "secret-1" }, { password: "secret-2" }, { password: true }, { password: true }],
  [{ list: [{ key: "secret-1" }] }, { list: [] }, { list: [{ key: true }] }, {}],
  [{ all: { deep: "secret-1" } }, { all: "secret-2" }, { all: { deep: true } }, { all: true }],
  [{ a: "plain" }, { a: "secret-1" }, {}, { a: true }],
])("never shows a sensitive value: %j", (before, after, before_sensitive, after_sensitive) => {
  const change = { actions: ["update"], before, after, before_sensitive, after_sensitive };
  const output_changes = { password: { ...change, before_sensitive: true, after_sensitive: true } };
  const summary = summarizePlan({ resource_changes: [resource("aws_db_instance.db", change)], output_changes });
  const shown = [JSON.stringify(summary), renderText(summary), renderMarkdown(summary, "production")].join();
  expect(shown).toContain("(sensitive)");
  expect(shown).not.toContain("secret");
});

test("says what is imported, and what changes on it", () => {
  const importing = { id: "OrdersTable" };
  const summary = summarizePlan({
    resource_changes: [
      resource("aws_sns_topic.new", { actions: ["create"], after: {} }),
      resource("aws_dynamodb_table.same", { importing }),
      resource("aws_dynamodb_table.t", { actions: ["update"], before: { a: 1 }, after: { a: 2 }, importing }),
      resource("aws_s3_bucket.b", { actions: ["delete", "create"], before: { a: 1 }, after: { a: 2 }, importing }),
    ],
  });
  expect(renderText(summary).split("\n").slice(0, 8)).toEqual([
    "± replace aws_s3_bucket.b",
    "    a: 1 → 2",
    "↓ import  aws_dynamodb_table.same (OrdersTable)",
    "↓ import  aws_dynamodb_table.t (OrdersTable)",
    "    a: 1 → 2",
    "↓ import  aws_s3_bucket.b (OrdersTable)",
    "+ create  aws_sns_topic.new",
    "",
  ]);
  expect(summary.changes.map((change) => [change.address, isOnlyImported(change)])).toEqual([
    ["aws_sns_topic.new", false],
    ["aws_dynamodb_table.same", true],
    ["aws_dynamodb_table.t", false],
    ["aws_s3_bucket.b", true],
    ["aws_s3_bucket.b", false],
  ]);
});

describe("what a plan does to the state alone", () => {
  const moved = { ...resource("aws_sqs_queue.new", {}), previous_address: "aws_sqs_queue.old" };
  const movedAndUpdated = {
    ...resource("aws_sns_topic.new", { actions: ["update"], before: { a: 1 }, after: { a: 2 } }),
    previous_address: "aws_sns_topic.old",
  };
  const forgotten = resource("aws_dynamodb_table.t", { actions: ["forget"], before: {} });

  test.each([
    ["→ move    aws_sqs_queue.old to aws_sqs_queue.new", { resource_changes: [moved] }],
    ["− forget  aws_dynamodb_table.t", { resource_changes: [forgotten] }],
    [
      "↓ import  aws_sns_topic.t (arn)",
      { resource_changes: [resource("aws_sns_topic.t", { importing: { id: "arn" } })] },
    ],
    ["~ output  url", { output_changes: { url: { actions: ["create"], before: null, after: "x" } } }],
    [
      "~ output  url (only whether it is sensitive)",
      { output_changes: { url: { actions: ["update"], before: "x", after: "x" } } },
    ],
  ])("%s is a change, in every format", (line, plan: TerraformPlan) => {
    const summary = summarizePlan(plan);
    expect(isEmpty(summary)).toBe(false);
    expect(renderText(summary).split("\n")[0]).toBe(line);
    const markdown = renderMarkdown(summary, "production");
    expect(markdown).toContain(`\n${line.replace(/ {2,}/, " ").replace(/^~/, "!")}\n`);
    expect(markdown).not.toContain("No changes");
    expect([...summary.changes, ...summary.outputs]).toHaveLength(1);
    expect([...summary.dataLoss, ...summary.addressLoss]).toEqual([]);
  });

  test("has the addresses and the id in JSON", () => {
    const { changes } = summarizePlan({
      resource_changes: [moved, forgotten, resource("aws_sns_topic.t", { importing: { id: "arn" } })],
    });
    expect(changes).toMatchObject([
      { action: "move", from: "aws_sqs_queue.old", address: "aws_sqs_queue.new" },
      { action: "forget", address: "aws_dynamodb_table.t" },
      { action: "import", address: "aws_sns_topic.t", id: "arn" },
    ]);
  });

  test("is shown beside what the plan does to the same resource in AWS", () => {
    expect(renderText(summarizePlan({ resource_changes: [movedAndUpdated] })).split("\n")).toEqual([
      "→ move    aws_sns_topic.old to aws_sns_topic.new",
      "~ update  aws_sns_topic.new",
      "    a: 1 → 2",
      "",
      "1 to move, 1 to update.",
    ]);
    const kept = resource("aws_dynamodb_table.t", { actions: ["create", "forget"], before: {}, after: {} });
    expect(
      renderText(summarizePlan({ resource_changes: [kept] }))
        .split("\n")
        .slice(0, 2),
    ).toEqual(["− forget  aws_dynamodb_table.t", "+ create  aws_dynamodb_table.t"]);
  });
});

test("tells what a failed replacement left over from the resource itself", () => {
  const deposed = { ...resource("aws_s3_bucket.b", { actions: ["delete"], before: {} }), deposed: "12ab34cd" };
  const summary = summarizePlan({ resource_changes: [deposed, resource("aws_s3_bucket.b", {})] });
  expect(renderText(summary)).toContain("- delete  aws_s3_bucket.b (left over from a replacement, 12ab34cd)\n");
  expect(summary.dataLoss).toEqual(["aws_s3_bucket.b"]);
});

test("neither what AWS changed by itself nor what is only read is a change", () => {
  const drift = resource("aws_sns_topic.t", { actions: ["update"], before: { a: 1 }, after: { a: 2 } });
  const read = resource("data.aws_region.here", { actions: ["read"] }, "data");
  const plan = { resource_drift: [drift], resource_changes: [read, resource("aws_sns_topic.t", {})] };
  expect(isEmpty(summarizePlan(plan))).toBe(true);
});

test("cuts long Markdown between resources, and says how many are left", () => {
  const changes = Array.from({ length: 2000 }, (_each, number) =>
    resource(`aws_sns_topic.topic-${number}-${"x".repeat(60)}`, { actions: ["create"], after: {} }),
  );
  const summary = summarizePlan({ resource_changes: changes });
  const logged: string[] = [];
  const markdown = renderMarkdown(summary, "production", (whole) => logged.push(whole));
  expect(logged).toEqual([renderText(summary)]);
  expect(markdown.length).toBeLessThanOrEqual(60_000);
  const shown = markdown.match(/^\+ create /gm)?.length ?? 0;
  expect(shown).toBeGreaterThan(600);
  expect(markdown).toContain(`… and ${2000 - shown} more resources`);
  expect(markdown.match(/^~~~~/gm)).toHaveLength(2);
});

test("uses the symbols that GitHub colours in a diff", () => {
  const actions = [["create"], ["delete"], ["update"], ["delete", "create"]];
  const changes = actions.map((each, index) => resource(`aws_x.${index}`, { actions: each, before: {}, after: {} }));
  const lines = renderMarkdown(summarizePlan({ resource_changes: changes }), "production").split("\n");
  expect(lines.slice(lines.indexOf("~~~~diff") + 1, -2)).toEqual([
    "- delete aws_x.1",
    "! replace aws_x.3",
    "! update aws_x.2",
    "+ create aws_x.0",
  ]);
});

test("colours a plan only where that is wanted", () => {
  const summary = summarizePlan({ resource_changes: [FUNCTION] });
  expect(renderText(summary)).not.toContain("\u001b");
  expect(renderText(summary, true)).toContain("\u001b[33m~ update \u001b[39m aws_lambda_function.processor\n");
});

describe("a plan for another Region than the state's", () => {
  const elsewhere = { from: "us-west-2", to: "eu-west-1", addresses: ["aws_dynamodb_table.t", "aws_sns_topic.s"] };
  const said =
    "resources of the state are in us-west-2, and the settings say eu-west-1. Everything of the old one stays";
  const created = ["aws_dynamodb_table.t", "aws_sns_topic.s"].map((address) =>
    resource(address, { actions: ["create"], after: {} }),
  );

  test("says first what stays behind, in every format", () => {
    const summary = summarizePlan({ resource_changes: created }, elsewhere);
    expect(renderText(summary)).toMatch(new RegExp(`^2 ${said}`));
    expect(renderMarkdown(summary, "production")).toMatch(
      new RegExp(`^### production: 2 to create\n\n> \\[!CAUTION\\]\n> 2 ${said}`),
    );
    expect(Object.entries(summary)[0]).toEqual(["leftBehind", elsewhere]);
  });

  test("does not say it of what it deletes there, as version 6 of the provider can", () => {
    const replaced = created.map(({ address }) =>
      resource(address, { actions: ["delete", "create"], before: {}, after: {} }),
    );
    expect(summarizePlan({ resource_changes: replaced }, elsewhere).leftBehind).toBeUndefined();
  });
});

test("a fence in a value does not end the block", () => {
  const change = { actions: ["update"], before: { a: "x" }, after: { a: "~~~~\n# heading" } };
  const markdown = renderMarkdown(summarizePlan({ resource_changes: [resource("aws_x.y", change)] }), "production");
  expect(markdown.match(/^~~~~/gm)).toHaveLength(2);
});

describe("of a table that is imported in the place of a forgotten one", () => {
  const references = (...names: string[]) => ({ of: { references: names } });
  const table = (address: string, id: string, actions: string[], importing?: { id: string }) =>
    resource(`aws_dynamodb_table.${address}`, { actions, before: { id }, after: importing && {}, importing });
  const restored = (name: string, importing = { id: `${name}-restored` }) => [
    table(`${name}_1`, name, ["forget"]),
    table(`${name}_2`, importing.id, ["update"], importing),
  ];
  const plan: TerraformPlan = {
    resource_changes: [
      ...restored("orders"),
      ...restored("customers"),
      resource("aws_iam_role_policy.p", { actions: ["update"], before: {}, after: {} }),
      resource("aws_lambda_function.same", {}),
    ],
    configuration: {
      root_module: {
        resources: [
          { address: "data.aws_iam_policy_document.d", expressions: references("aws_dynamodb_table.orders_2.arn") },
          { address: "aws_iam_role_policy.p", expressions: references("data.aws_iam_policy_document.d.json") },
          { address: "aws_lambda_function.same", expressions: references("aws_dynamodb_table.orders_2.name") },
        ],
      },
    },
  };

  test("tells the steps, and takes it for no loss", () => {
    const summary = summarizePlan(plan);
    expect([summary.dataLoss, summary.addressLoss]).toEqual([[], []]);
    const text = renderText(summary);
    expect(text).toContain(
      [
        "aws_dynamodb_table: orders-restored takes the place of orders. Both stay in AWS with their data.",
        "  1. Terraform imports orders-restored as aws_dynamodb_table.orders_2, and configures it as above.",
        "  2. These use it from then on: aws_iam_role_policy.p.",
        "  3. Terraform forgets orders, which was aws_dynamodb_table.orders_1. Only you can delete it.",
      ].join("\n"),
    );
    expect(text).toContain("customers-restored takes the place of customers.");
    expect(text).not.toMatch(/would be lost/);
    expect(renderMarkdown(summary, "system")).toContain("> [!IMPORTANT]\n> aws_dynamodb_table: orders-restored takes");
  });

  test("takes no place of a table that another one replaces already, such as where it is adopted", () => {
    const adopted = table("bills", "bills", ["no-op"], { id: "bills" });
    const { substitutions } = summarizePlan({ ...plan, resource_changes: [adopted, ...restored("orders")] });
    expect(substitutions?.map(({ from, to }) => `${from.id} ${to.id}`)).toEqual(["orders orders-restored"]);
  });

  test("tells nothing of a table that is only forgotten, or only imported", () => {
    const [forgotten, imported] = restored("orders");
    for (const change of [forgotten, imported])
      expect(summarizePlan({ resource_changes: change ? [change] : [] }).substitutions).toBeUndefined();
  });
});
