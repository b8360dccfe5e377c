import { existsSync } from "node:fs";
import { join } from "node:path";
import { ADDRESS_TYPES, CREDENTIAL_TYPES, DATA_TYPES } from "../../../plan/changes/guarded-types";
import { refuseLosses } from "../../../plan/changes/losses";
import { summarizePlan } from "../../../plan/plan-summary";
import { renderMarkdown, renderText } from "../../../plan/render-plan";

const BINDINGS = join("node_modules", "@cdktf", "provider-aws", "lib");

function planOf(actions: string[], ...addresses: string[]) {
  return summarizePlan({
    resource_changes: addresses.map((address) => {
      const [type = ""] = address.split(".");
      return { address, mode: "managed", type, change: { actions, before: {}, after: {} } };
    }),
  });
}

test("every guarded type is one of the AWS provider", () => {
  const types = [...DATA_TYPES, ...CREDENTIAL_TYPES, ...ADDRESS_TYPES];
  expect(types.length).toBeGreaterThan(200);
  const folder = (type: string) => join(BINDINGS, type.replace(/^aws_/, "").replaceAll("_", "-"));
  expect(types.filter((type) => !existsSync(folder(type)))).toEqual([]);
  expect(new Set(types).size).toBe(types.length);
});

test.each([
  ...["aws_sqs_queue", "aws_kms_key", "aws_kinesis_stream", "aws_kinesis_firehose_delivery_stream"],
  ...["aws_cognito_user_pool", "aws_dynamodb_table", "aws_s3_bucket", "aws_cloudwatch_log_group", "aws_db_instance"],
  ...["aws_efs_file_system", "aws_secretsmanager_secret", "aws_ecr_repository", "aws_opensearch_domain"],
])("a deleted or replaced %s loses data", (type) => {
  for (const actions of [["delete"], ["delete", "create"], ["create", "delete"]]) {
    const summary = planOf(actions, `${type}.x`);
    expect(summary).toMatchObject({ dataLoss: [`${type}.x`], addressLoss: [] });
    expect(renderText(summary)).toContain(`\nData would be lost: ${type}.x`);
    expect(renderMarkdown(summary, "production")).toContain(`> [!CAUTION]\n> Data would be lost: ${type}.x\n`);
  }
});

test.each([
  ...["aws_apigatewayv2_api", "aws_api_gateway_rest_api", "aws_apigatewayv2_domain_name", "aws_lambda_function_url"],
  ...["aws_cloudfront_distribution", "aws_route53_zone", "aws_eip", "aws_cognito_user_pool_client", "aws_lb"],
])("of a deleted or replaced %s, clients lose the address", (type) => {
  for (const actions of [["delete"], ["delete", "create"]]) {
    const summary = planOf(actions, `${type}.x`);
    expect(summary).toMatchObject({ dataLoss: [], addressLoss: [`${type}.x`] });
    expect(renderText(summary)).toContain(`\nClients would lose the address: ${type}.x`);
    expect(renderMarkdown(summary, "production")).toContain(`> Clients would lose the address: ${type}.x\n`);
  }
});

test.each([[["create"]], [["update"]], [["no-op"]], [["forget"]], [["create", "forget"]]])(
  "%j loses nothing",
  (actions) => {
    expect(planOf(actions, "aws_sqs_queue.q", "aws_eip.e")).toMatchObject({ dataLoss: [], addressLoss: [] });
  },
);

describe.each(["aws_apigatewayv2_api", "aws_api_gateway_rest_api"])("the own address of an %s is lost", (type) => {
  const of = (before: unknown, after: unknown, actions = ["update"]) => {
    const endpoint = (value: unknown) => ({ name: "api", disable_execute_api_endpoint: value });
    const change = { actions, before: before === null ? null : endpoint(before), after: endpoint(after) };
    return summarizePlan({ resource_changes: [{ address: `${type}.x`, mode: "managed", type, change }] });
  };

  test.each([false, undefined])("when the plan switches it off (before: %s)", (before) => {
    const summary = of(before, true);
    expect(summary).toMatchObject({ dataLoss: [], addressLoss: [`${type}.x`], endpointsOff: [`${type}.x`] });
    expect(renderText(summary)).toContain(`\nClients would lose the address: ${type}.x`);
    expect(refuseLosses(summary, [])).toContain("addresses that clients use");
    expect(refuseLosses(summary, [`${type}.x`])).toBeUndefined();
  });

  test("and in no other plan", () => {
    for (const other of [of(true, false), of(true, true), of(null, true, ["create"])]) {
      expect(other).toMatchObject({ addressLoss: [] });
      expect(other.endpointsOff).toBeUndefined();
    }
  });
});

describe("a plan with losses is refused", () => {
  const summary = planOf(["delete"], "aws_sqs_queue.q", 'aws_eip.e["a"]', "aws_lambda_function.f");

  test("unless all of them are allowed by their address", () => {
    const refusal = (...allowed: string[]) => refuseLosses(summary, allowed);
    expect(refusal()).toBe(
      `Refused: the plan deletes data and addresses that clients use, so it was not saved. To allow that, plan again with --allow-data-loss aws_sqs_queue.q --allow-data-loss 'aws_eip.e["a"]'`,
    );
    expect(refusal("aws_sqs_queue.other", 'aws_eip.e["a"]')).toBe(
      "Refused: the plan deletes data, so it was not saved. To allow that, plan again with --allow-data-loss aws_sqs_queue.q",
    );
    expect(refusal("aws_sqs_queue.q")).toMatch(/^Refused: the plan deletes addresses that clients use, so /);
    expect(refusal("aws_sqs_queue.q", 'aws_eip.e["a"]')).toBeUndefined();
  });

  test("and a certificate or a key is not called data", () => {
    const certificate = planOf(["delete"], "aws_acm_certificate.c");
    expect(certificate).toMatchObject({ dataLoss: [], credentialLoss: ["aws_acm_certificate.c"], addressLoss: [] });
    expect(renderText(certificate)).toContain("\nA certificate or key would be lost: aws_acm_certificate.c");
    expect(refuseLosses(certificate, [])).toMatch(
      / deletes certificates or keys, so .* --allow-data-loss aws_acm_cert/,
    );
    const all = planOf(["delete"], "aws_sqs_queue.q", "aws_iam_access_key.k", "aws_eip.e");
    expect(refuseLosses(all, [])).toContain("deletes data, certificates or keys, and addresses that clients use, so");
    expect(refuseLosses(all, ["aws_sqs_queue.q", "aws_iam_access_key.k", "aws_eip.e"])).toBeUndefined();
  });

  test("and no other plan is", () => {
    expect(refuseLosses(planOf(["delete"], "aws_lambda_function.f"), [])).toBeUndefined();
  });
});

describe("a plan that takes back a restored table", () => {
  const table = (address: string, name: string, actions: string[], importing?: { id: string }) => {
    const [before, after] = [
      actions.includes("create") ? null : { name },
      actions.includes("delete") ? null : { name },
    ];
    const change = { actions, before, after, ...(importing ? { importing } : {}) };
    return { address: `aws_dynamodb_table.${address}`, mode: "managed", type: "aws_dynamodb_table", change };
  };
  // CDKTF leaves out the dot, and a part that repeats.
  const restored = table("shop_orders_table-Orders1-2026_0A1B2C3D", "Orders.1-2026", ["delete"]);
  const renamed = table("shop_table_table-Orders-2026_0A1B2C3D", "Orders-2026", ["delete"]);

  test.each([
    ["creates the former one", restored, table("shop_orders_table-Orders_55667788", "Orders", ["create"])],
    ["imports it", restored, table("shop_orders_table_11223344", "Orders", ["no-op"], { id: "Orders" })],
    ["creates it in a construct of the same name", renamed, table("shop_table_11223344", "Orders", ["create"])],
  ])("says so first, if it %s", (_how, deleted, former) => {
    const { name: from } = deleted.change.before as { name: string };
    const to = "Orders";
    const summary = summarizePlan({ resource_changes: [deleted, former] });
    expect(renderText(summary)).toContain(`\nData would be lost: ${deleted.address}, the table in the place of ${to}`);
    expect(refuseLosses(summary, [])).toBe(
      `Refused: the plan deletes data, so it was not saved. The state has ${from} (${deleted.address}) in the place of ${to} (${former.address}). table.restored in cdktf.json may lack ${from}: take the commit that restored the table. If there is none, npm run restore -- --table ${to} --use ${from} adds the entry. If the loss is wanted, plan again with --allow-data-loss ${deleted.address}`,
    );
    expect(refuseLosses(summary, [deleted.address])).toBeUndefined();
  });

  test("is none that creates a table of another place, or keeps the former one", () => {
    const others = [table("shop_letters_table_11223344", "Letters", ["create"])];
    others.push(table("orders_table_11223344", "Orders", ["create"]));
    others.push(table("shop_orders_table_11223344", "Orders", ["update"]));
    expect(summarizePlan({ resource_changes: [restored, ...others] })).not.toHaveProperty("undoneRestores");
  });
});
