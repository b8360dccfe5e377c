import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target";
import { DataAwsDynamodbTable } from "@cdktf/provider-aws/lib/data-aws-dynamodb-table";
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { Shift } from "../../../../constructs/function/gradual-release";
import { Table } from "../../../../constructs/storage/table";
import type { TableProps } from "../../../../constructs/storage/table-props";
import { aFunction, resourcesOf, statementsIn, synthesize } from "../synthesize";
import { synthesizeGithubAccess, synthesizeSystem } from "../system";

const PROVISIONED = { mode: "provisioned", min: 6, max: 60, targetPercent: 50 } as const;

function table(props: Partial<TableProps> = {}): string {
  return synthesize((stack) => {
    new Table(stack, "table", {
      tableName: "requests",
      partitionKey: "RequestId",
      sortKey: "Timestamp",
      capacity: PROVISIONED,
      ...props,
    });
  });
}

test("provisioned capacity scales between its limits, reads and writes apart", () => {
  const synthesized = table();
  for (const operation of ["Read", "Write"]) {
    expect(synthesized).toHaveResourceWithProperties(AppautoscalingTarget, {
      scalable_dimension: `dynamodb:table:${operation}CapacityUnits`,
      min_capacity: 6,
      max_capacity: 60,
    });
    expect(synthesized).toHaveResourceWithProperties(AppautoscalingPolicy, {
      policy_type: "TargetTrackingScaling",
      target_tracking_scaling_policy_configuration: {
        predefined_metric_specification: { predefined_metric_type: `DynamoDB${operation}CapacityUtilization` },
        target_value: 50,
      },
    });
  }
});

test("a plan neither turns back what autoscaling did nor ignores a new minimum", () => {
  expect(table()).toHaveDataSourceWithProperties(DataAwsDynamodbTable, {
    for_each: expect.stringMatching(
      /^\$\{toset\(setintersection\(coalesce\(data\.aws_dynamodb_tables\.\S+\.names, \[\]\), \["requests"\]\)\)\}$/,
    ),
    name: "${each.value}",
  });
  const current = (attribute: string) =>
    expect.stringMatching(
      `^\\$\\{max\\(6, try\\(one\\(values\\(data\\.aws_dynamodb_table\\.\\S+\\)\\)\\.${attribute}, 0\\)\\)\\}$`,
    );
  expect(table()).toHaveResourceWithProperties(DynamodbTable, {
    read_capacity: current("read_capacity"),
    write_capacity: current("write_capacity"),
    lifecycle: { prevent_destroy: true },
  });
});

test("on-demand capacity needs no autoscaling", () => {
  const synthesized = table({ capacity: { mode: "on-demand" } });
  expect(synthesized).toHaveResourceWithProperties(DynamodbTable, { billing_mode: "PAY_PER_REQUEST" });
  expect(synthesized).not.toHaveResource(AppautoscalingTarget);
  expect(synthesized).not.toContain("_capacity");
});

test("the table can be restored to any second", () => {
  expect(table()).toHaveResourceWithProperties(DynamodbTable, { point_in_time_recovery: { enabled: true } });
});

test("a protected table is refused deletion by the service and by Terraform", () => {
  expect(table()).toHaveResourceWithProperties(DynamodbTable, {
    deletion_protection_enabled: true,
    lifecycle: expect.objectContaining({ prevent_destroy: true }),
  });
});

test("an unprotected table can be deleted", () => {
  const synthesized = table({ protectFromDeletion: false });
  expect(synthesized).toHaveResourceWithProperties(DynamodbTable, { deletion_protection_enabled: false });
  expect(synthesized).not.toContain("prevent_destroy");
});

test("items expire only where an attribute says when", () => {
  expect(table({ ttlAttribute: "ExpiresAt" })).toHaveResourceWithProperties(DynamodbTable, {
    ttl: { attribute_name: "ExpiresAt", enabled: true },
  });
  // DynamoDB refuses to switch TTL off without the attribute that it goes by.
  const former = expect.stringMatching(
    /^\$\{try\(tolist\(one\(values\(data\.\S+\)\)\.ttl\)\.0\.attribute_name, ""\)\}$/,
  );
  expect(table()).toHaveResourceWithProperties(DynamodbTable, { ttl: { attribute_name: former, enabled: false } });
});

const ORDERS: TableProps = {
  partitionKey: "OrderId",
  sortKey: { name: "Line", type: "N" },
  indexes: {
    byCustomer: { partitionKey: "CustomerId", sortKey: { name: "Line", type: "N" } },
    byDay: { partitionKey: "Day", projection: ["Total"] },
  },
};

test("a table with indexes names each key once, and scales each index by itself", () => {
  const synthesized = synthesize((stack) => void new Table(stack, "orders", { ...ORDERS, capacity: PROVISIONED }));
  const [orders] = resourcesOf(synthesized, "aws_dynamodb_table");
  expect(orders).toMatchObject({
    name: "orders-test",
    hash_key: "OrderId",
    range_key: "Line",
    attribute: [
      { name: "OrderId", type: "S" },
      { name: "Line", type: "N" },
      { name: "CustomerId", type: "S" },
      { name: "Day", type: "S" },
    ],
    global_secondary_index: [
      { name: "byCustomer", hash_key: "CustomerId", range_key: "Line", projection_type: "ALL" },
      { name: "byDay", hash_key: "Day", projection_type: "INCLUDE", non_key_attributes: ["Total"] },
    ],
  });
  // A plan must not undo what autoscaling did to an index.
  expect(orders.global_secondary_index[0].read_capacity).toMatch(
    /^\$\{max\(6, try\(\[\s*for key, val in .*global_secondary_index\)?\s*: val\.read_capacity if val\.name == "byCustomer"\s*\]\.0, 0\)\)\}$/,
  );
  const targets = resourcesOf(synthesized, "aws_appautoscaling_target");
  expect(targets.map(({ scalable_dimension }) => scalable_dimension).sort()).toEqual(
    ["table", "index", "index"]
      .flatMap((kind) => ["Read", "Write"].map((operation) => `dynamodb:${kind}:${operation}CapacityUnits`))
      .sort(),
  );
  expect(targets.filter(({ resource_id }) => resource_id.endsWith("/index/byDay"))).toHaveLength(2);
});

test("a table takes its capacity and its recovery from the settings, if it has none of its own", () => {
  const synthesized = synthesize((stack) => void new Table(stack, "orders", ORDERS));
  const [orders] = resourcesOf(synthesized, "aws_dynamodb_table");
  expect(orders).toMatchObject({ billing_mode: "PAY_PER_REQUEST", point_in_time_recovery: { enabled: true } });
  expect(synthesized).not.toContain("_capacity");
});

test("a table has a stream only where it is asked for", () => {
  expect(table()).not.toContain("stream_");
  expect(table({ stream: "NEW_IMAGE" })).toHaveResourceWithProperties(DynamodbTable, {
    stream_enabled: true,
    stream_view_type: "NEW_IMAGE",
  });
});

test.each<[Partial<TableProps>, string]>([
  [
    { indexes: { byLine: { partitionKey: "Timestamp", sortKey: { name: "RequestId", type: "N" } } } },
    "table: the key RequestId has the types S and N; use one of them",
  ],
  [
    { indexes: { "by line": { partitionKey: "Line" } } },
    'table: the index name "by line" is not allowed; use 3 to 255 letters, digits, hyphens, underscores and dots',
  ],
  [
    { indexes: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`index-${i}`, { partitionKey: "A" }])) },
    "table: indexes (number): 21 is not allowed; use a whole number from 0 to 20",
  ],
])("DynamoDB's limits: %#", (props, message) => {
  expect(() => table(props)).toThrow(message);
});

test("each grant allows its own actions, on the table and on the indexes that it can read", () => {
  const synthesized = synthesize((stack) => {
    const orders = new Table(stack, "orders", ORDERS);
    const role = (id: string) => new IamRole(stack, id, { name: id, assumeRolePolicy: "{}" });
    orders.grantRead(role("reader"));
    orders.grantWrite(role("writer"));
    orders.grantReadWrite(role("both"));
    orders.grant(role("storer"), "store", ["PutItem"]);
  });
  const reading = ["BatchGetItem", "GetItem", "Query", "Scan"].map((name) => `dynamodb:${name}`);
  const writing = ["BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"].map((name) => `dynamodb:${name}`);
  const arn = expect.stringMatching(/^\$\{aws_dynamodb_table\.\w+\.arn\}$/);
  const all = [
    arn,
    expect.stringMatching(/\.arn\}\/index\/byCustomer$/),
    expect.stringMatching(/\.arn\}\/index\/byDay$/),
  ];
  const grants = resourcesOf(synthesized, "aws_iam_role_policy").map(({ name, role, policy }) => [
    name,
    role,
    ...statementsIn(synthesized, policy),
  ]);
  expect(grants.sort()).toEqual([
    ["read-orders", "${aws_iam_role.reader.name}", { actions: reading, resources: all }],
    ["read-write-orders", "${aws_iam_role.both.name}", { actions: [...reading, ...writing], resources: all }],
    ["store-orders", "${aws_iam_role.storer.name}", { actions: ["dynamodb:PutItem"], resources: [arn] }],
    ["write-orders", "${aws_iam_role.writer.name}", { actions: writing, resources: [arn] }],
  ]);
});

test("two tables of one function have two policies, and the same grant twice is one", () => {
  const synthesized = synthesize((stack) => {
    const role = new IamRole(stack, "role", { name: "role", assumeRolePolicy: "{}" });
    for (const id of ["orders", "customers"]) {
      const granted = new Table(stack, id, { partitionKey: "Id" });
      granted.grantRead({ role });
      granted.grantRead(role);
    }
  });
  expect(resourcesOf(synthesized, "aws_iam_role_policy").map(({ name }) => name)).toEqual([
    "read-customers",
    "read-orders",
  ]);
});

describe("a table that was restored", () => {
  const withRestored = (...names: string[]) =>
    synthesize(
      (stack) => {
        new Table(stack, "orders", { tableName: "Orders", partitionKey: "Id" });
        new Table(stack, "customers", { tableName: "Customers", partitionKey: "Id" });
      },
      { restoredTables: { Orders: names } },
    );
  const addressesOf = (json: string) =>
    Object.fromEntries(
      Object.entries(JSON.parse(json).resource.aws_dynamodb_table as Record<string, { name: string }>).map(
        ([id, { name }]) => [name, `aws_dynamodb_table.${id}`],
      ),
    );
  const forgottenBy = (json: string) => JSON.parse(json).removed.map(({ from }: { from: string }) => from);
  const original = addressesOf(
    synthesize((stack) => {
      new Table(stack, "orders", { tableName: "Orders", partitionKey: "Id" });
    }),
  ).Orders;

  test("is the last one, imported to an address of its own; the others are forgotten and not destroyed", () => {
    const first = withRestored("Orders-1");
    const second = withRestored("Orders-1", "Orders-2");
    expect(Object.keys(addressesOf(second))).toEqual(["Customers", "Orders-2"]);
    expect(JSON.parse(second).import).toEqual([
      {
        to: addressesOf(second)["Orders-2"],
        id: "${each.value}",
        for_each: expect.stringMatching(
          /^\$\{toset\(setintersection\(coalesce\(.+\.names, \[\]\), \["Orders-2"\]\)\)\}$/,
        ),
      },
    ]);
    expect(JSON.parse(second).removed).toEqual(
      [original, addressesOf(first)["Orders-1"]].map((from) => ({ from, lifecycle: { destroy: false } })),
    );
  });

  test("can be the first one again, under its former address", () => {
    const back = withRestored("Orders-1", "Orders");
    expect(addressesOf(back).Orders).toBe(original);
    expect(forgottenBy(back)).toEqual([addressesOf(withRestored("Orders-1"))["Orders-1"]]);
  });

  test("stays open to older versions of a function, which can be live, and to no other function", () => {
    const grantsTo = (release: "all-at-once" | Shift) => {
      const json = synthesize(
        (stack) => {
          const orders = new Table(stack, "orders", {
            tableName: "Orders",
            partitionKey: "Id",
            indexes: { byDay: { partitionKey: "Day" } },
          });
          const fn = aFunction(stack, "fn", { release });
          orders.grantRead(fn);
          orders.grant(fn, "store", ["PutItem"]);
        },
        { restoredTables: { Orders: ["Orders-1", "Orders-2"] } },
      );
      return ["read-orders", "store-orders"].map((policy) => {
        const [found] = resourcesOf(json, "aws_iam_role_policy").filter(({ name }) => name === policy);
        return statementsIn(json, found.policy)[0].resources.slice(policy === "read-orders" ? 2 : 1);
      });
    };
    const [one, two] = ["Orders", "Orders-1"].map((name) => `arn:aws:dynamodb:eu-central-1:123456789012:table/${name}`);
    expect(grantsTo({ mode: "canary", percent: 10, minutes: 5 })).toEqual([
      [one, `${one}/index/byDay`, two, `${two}/index/byDay`],
      [one, two],
    ]);
    expect(grantsTo("all-at-once")).toEqual([[], []]);
  });

  test("is not replaced by an empty one", () => {
    const [table] = resourcesOf(withRestored("Orders-1"), "aws_dynamodb_table").filter(
      ({ name }) => name === "Orders-1",
    );
    expect(table.lifecycle).toEqual({
      prevent_destroy: true,
      precondition: [
        {
          condition: expect.stringMatching(/\["Orders-1"\]\)\) >= min\(1, length\(.+\["Orders"\]/),
          error_message:
            "There is no table Orders-1 to use in place of a restored one; correct table.restored in cdktf.json.",
        },
      ],
    });
  });
});

test("the settings restore only tables of the application", () => {
  expect(() => synthesizeSystem({ table: { restored: { Foo: ["Foo-1"] } } })).toThrow(
    'environments.production.table.restored: "Foo" is no table of the application; use one of RequestDataTable',
  );
});

test("the deploy role may end the autoscaling of a table that another one replaces", () => {
  const restored = { RequestDataTable: ["RequestDataTable-1", "RequestDataTable-2"] };
  const policies = JSON.stringify(synthesizeGithubAccess({ table: { restored } }).config.data);
  for (const name of ["RequestDataTable", ...restored.RequestDataTable])
    expect(policies).toContain(`alarm:TargetTracking-table/${name}-Alarm*`);
});
