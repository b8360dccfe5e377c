import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target";
import { DataAwsDynamodbTable } from "@cdktf/provider-aws/lib/data-aws-dynamodb-table";
import { DataAwsDynamodbTables } from "@cdktf/provider-aws/lib/data-aws-dynamodb-tables";
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Fn, propertyAccess, TerraformIterator } from "cdktf";
import { Construct } from "constructs";
import { rolePolicy } from "./role-policy";

/** The function only stores items. */
const WRITE_ACTIONS = ["dynamodb:PutItem"];

/** Provisioned capacity with autoscaling. */
export interface ProvisionedCapacity {
  readonly mode: "provisioned";
  /** The minimum of read and of write capacity units. */
  readonly min: number;
  /** The maximum of read and of write capacity units. */
  readonly max: number;
  /** Autoscaling's target utilization, in percent (20 to 90). */
  readonly targetPercent: number;
}

export interface RequestTableProps {
  /** Table name, unique in the account and Region. */
  readonly tableName: string;
  readonly capacity: ProvisionedCapacity | { readonly mode: "on-demand" };
  /**
   * The attribute with an item's expiry time, in epoch seconds.
   * @default - items do not expire
   */
  readonly ttlAttribute?: string;
  /** Whether the table can be restored to any second of the last 35 days. */
  readonly pointInTimeRecovery: boolean;
  /** Whether DynamoDB and Terraform refuse to delete the table. */
  readonly protectFromDeletion: boolean;
}

/** The DynamoDB table of processed requests, encrypted with the AWS-managed key. */
export class RequestTable extends Construct {
  readonly table: DynamodbTable;

  constructor(scope: Construct, id: string, props: RequestTableProps) {
    super(scope, id);
    const { capacity } = props;
    const provisioned = capacity.mode === "provisioned";
    const existing = this.readExisting(props.tableName);
    // A plan must not undo autoscaling's changes. With `ignore_changes` it would also ignore a new minimum, and a
    // table that was on-demand would begin with one unit. Autoscaling does not mend both dimensions: registering the
    // first one updates the table, and AWS does not change the capacity of a table under update.
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    const units = (attribute: string) =>
      provisioned ? Fn.max([capacity.min, Fn.try([propertyAccess(existing, [attribute]), 0])]) : undefined;
    const ttl = Fn.tolist(propertyAccess(existing, ["ttl"]));

    this.table = new DynamodbTable(this, "table", {
      name: props.tableName,
      billingMode: provisioned ? "PROVISIONED" : "PAY_PER_REQUEST",
      readCapacity: units("read_capacity"),
      writeCapacity: units("write_capacity"),
      hashKey: "RequestId",
      rangeKey: "Timestamp",
      attribute: [
        { name: "RequestId", type: "S" },
        { name: "Timestamp", type: "S" },
      ],
      // Without a key ARN, this means the AWS-managed key. DynamoDB refuses that key's alias.
      serverSideEncryption: { enabled: true },
      pointInTimeRecovery: { enabled: props.pointInTimeRecovery },
      // Without the block, the provider would leave TTL on. DynamoDB switches it off only by its attribute's name.
      ttl: props.ttlAttribute
        ? { attributeName: props.ttlAttribute, enabled: true }
        : { attributeName: Fn.try([propertyAccess(ttl, [0, "attribute_name"]), ""]), enabled: false },
      deletionProtectionEnabled: props.protectFromDeletion,
      lifecycle: { preventDestroy: props.protectFromDeletion || undefined },
    });

    if (provisioned) for (const operation of ["Read", "Write"] as const) this.scale(operation, capacity);
  }

  /** Lets a role store items in this table. */
  grantWrite(role: IamRole): IamRolePolicy {
    return rolePolicy(this, `grant-write-${role.node.id}`, {
      policyName: "write-request-table",
      role,
      statement: [{ actions: WRITE_ACTIONS, resources: [this.table.arn] }],
    });
  }

  /** Reads the table's present state. An expression with it fails where the table does not exist yet. */
  private readExisting(tableName: string): string {
    const { names } = new DataAwsDynamodbTables(this, "tables");
    // The names are null where the account has no table in the Region.
    const forEach = TerraformIterator.fromList(Fn.setintersection(Fn.coalesce([names, []]), [[tableName]]));
    const { fqn } = new DataAwsDynamodbTable(this, "existing", { forEach, name: forEach.value });
    return Fn.one(Fn.values(fqn));
  }

  private scale(operation: "Read" | "Write", capacity: ProvisionedCapacity): void {
    const id = operation.toLowerCase();
    const target = new AppautoscalingTarget(this, `${id}-target`, {
      serviceNamespace: "dynamodb",
      scalableDimension: `dynamodb:table:${operation}CapacityUnits`,
      resourceId: `table/${this.table.name}`,
      minCapacity: capacity.min,
      maxCapacity: capacity.max,
    });
    new AppautoscalingPolicy(this, `${id}-policy`, {
      name: `${id}-utilization`,
      policyType: "TargetTrackingScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: `DynamoDB${operation}CapacityUtilization` },
        targetValue: capacity.targetPercent,
      },
    });
  }
}
