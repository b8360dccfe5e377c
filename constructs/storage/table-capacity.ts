import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target";
import { DataAwsDynamodbTable } from "@cdktf/provider-aws/lib/data-aws-dynamodb-table";
import { DataAwsDynamodbTables } from "@cdktf/provider-aws/lib/data-aws-dynamodb-tables";
import type { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { Fn, propertyAccess, TerraformIterator, Token } from "cdktf";
import type { Construct } from "constructs";
import type { ProvisionedCapacity, TableDefaults } from "./table-props";

const OPERATIONS = ["read", "write"] as const;

/**
 * Reads a table's present state. An expression with `existing` fails where the table does not exist yet. `namesIn` returns
 * those of some names that a table of the Region has.
 */
export function readExisting(scope: Construct, tableName: string) {
  const { names } = new DataAwsDynamodbTables(scope, "tables");
  // The names are null where the account has no table in the Region.
  const namesIn = (wanted: readonly string[]) => Fn.setintersection(Fn.coalesce([names, []]), [[...wanted]]);
  const forEach = TerraformIterator.fromList(namesIn([tableName]));
  const { fqn } = new DataAwsDynamodbTable(scope, "existing", { forEach, name: forEach.value });
  return { existing: Fn.one(Fn.values(fqn)), namesIn };
}

/**
 * The capacity of a table, or of one of its indexes. A plan must not undo autoscaling's changes. With `ignore_changes` it
 * would also ignore a new minimum, and a table that was on-demand would begin with one unit. Autoscaling does not mend
 * both dimensions: registering the first one updates the table, and AWS does not change the capacity of a table under
 * update.
 *
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
 * @param existing the table's present state
 */
export function capacityUnits({ capacity }: TableDefaults, existing: string, index?: string) {
  if (capacity.mode === "on-demand") return {};
  const present = (attribute: string) => {
    if (index === undefined) return propertyAccess(existing, [attribute]);
    const indexes = Token.asList(propertyAccess(existing, ["global_secondary_index"]));
    const values = TerraformIterator.fromList(indexes).forExpressionForList(
      `val.${attribute} if val.name == ${JSON.stringify(index)}`,
    );
    return propertyAccess(values, [0]);
  };
  const units = (attribute: string) => Fn.max([capacity.min, Fn.try([present(attribute), 0])]);
  return { readCapacity: units("read_capacity"), writeCapacity: units("write_capacity") };
}

/** Scales the capacity of a table, or of one of its indexes, between the limits. */
export function scale(scope: Construct, table: DynamodbTable, capacity: ProvisionedCapacity, index?: string): void {
  const prefix = index === undefined ? "" : `${index}-`;
  for (const operation of OPERATIONS) {
    const Operation = operation === "read" ? "Read" : "Write";
    const target = new AppautoscalingTarget(scope, `${prefix}${operation}-target`, {
      serviceNamespace: "dynamodb",
      scalableDimension: `dynamodb:${index === undefined ? "table" : "index"}:${Operation}CapacityUnits`,
      resourceId: index === undefined ? `table/${table.name}` : `table/${table.name}/index/${index}`,
      minCapacity: capacity.min,
      maxCapacity: capacity.max,
    });
    new AppautoscalingPolicy(scope, `${prefix}${operation}-policy`, {
      name: `${operation}-utilization`,
      policyType: "TargetTrackingScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: `DynamoDB${Operation}CapacityUtilization` },
        targetValue: capacity.targetPercent,
      },
    });
  }
}
