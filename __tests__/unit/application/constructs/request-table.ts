import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target";
import { DataAwsDynamodbTable } from "@cdktf/provider-aws/lib/data-aws-dynamodb-table";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { RequestTable, type RequestTableProps } from "../../../../constructs/request-table";
import { synthesize } from "../synthesize";

const PROVISIONED = { mode: "provisioned", min: 6, max: 60, targetPercent: 50 } as const;

function table(props: Partial<RequestTableProps> = {}): string {
  return synthesize((stack) => {
    new RequestTable(stack, "table", {
      tableName: "requests",
      capacity: PROVISIONED,
      pointInTimeRecovery: true,
      protectFromDeletion: true,
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

test("a role that is granted writing may store items, and nothing else", () => {
  const synthesized = synthesize((stack) => {
    const role = new IamRole(stack, "writer", { name: "writer", assumeRolePolicy: "{}" });
    new RequestTable(stack, "table", {
      tableName: "requests",
      capacity: PROVISIONED,
      pointInTimeRecovery: true,
      protectFromDeletion: true,
    }).grantWrite(role);
  });
  expect(synthesized).toHaveResourceWithProperties(IamRolePolicy, { role: "${aws_iam_role.writer.name}" });
  expect(synthesized).toHaveDataSourceWithProperties(DataAwsIamPolicyDocument, {
    statement: [{ actions: ["dynamodb:PutItem"], resources: [expect.stringMatching(/aws_dynamodb_table\..*\.arn/)] }],
  });
});
