import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";

/** The function stores one item a request: nothing else is granted. */
const WRITE_ACTIONS = ["dynamodb:PutItem"];

/** Capacity units that are always there and follow the load between two limits. */
export interface ProvisionedCapacity {
  readonly mode: "provisioned";
  /** Read and write capacity units that autoscaling never goes below. */
  readonly min: number;
  /** Read and write capacity units that autoscaling never goes above. */
  readonly max: number;
  /** The share of provisioned capacity in use that autoscaling aims at, in percent (20 to 90). */
  readonly targetPercent: number;
}

/** Capacity that is paid by the request. */
export interface OnDemandCapacity {
  readonly mode: "on-demand";
}

export interface RequestTableProps {
  /** Table name, unique in the account and Region. */
  readonly tableName: string;
  readonly capacity: ProvisionedCapacity | OnDemandCapacity;
  /**
   * The attribute that holds an item's expiry time, in epoch seconds.
   * @default - items do not expire
   */
  readonly ttlAttribute?: string;
  /** Whether the service and Terraform refuse to delete the table. */
  readonly protectFromDeletion: boolean;
}

/** The DynamoDB table of processed requests: encrypted with the AWS-managed key, restorable to any second of 35 days. */
export class RequestTable extends Construct {
  readonly table: DynamodbTable;

  constructor(scope: Construct, id: string, props: RequestTableProps) {
    super(scope, id);
    const { capacity } = props;
    const provisioned = capacity.mode === "provisioned";

    this.table = new DynamodbTable(this, "table", {
      name: props.tableName,
      billingMode: provisioned ? "PROVISIONED" : "PAY_PER_REQUEST",
      readCapacity: provisioned ? capacity.min : undefined,
      writeCapacity: provisioned ? capacity.min : undefined,
      hashKey: "RequestId",
      rangeKey: "Timestamp",
      attribute: [
        { name: "RequestId", type: "S" },
        { name: "Timestamp", type: "S" },
      ],
      // Without a key ARN this is the AWS-managed key; naming its alias is refused by the service.
      serverSideEncryption: { enabled: true },
      pointInTimeRecovery: { enabled: true },
      ttl: props.ttlAttribute ? { attributeName: props.ttlAttribute, enabled: true } : undefined,
      deletionProtectionEnabled: props.protectFromDeletion,
      lifecycle: {
        preventDestroy: props.protectFromDeletion || undefined,
        // From the first apply on, autoscaling owns the capacity: a plan must not turn it back.
        ignoreChanges: provisioned ? ["read_capacity", "write_capacity"] : undefined,
      },
    });

    if (provisioned) {
      this.scale("read", capacity);
      this.scale("write", capacity);
    }
  }

  /** Lets a role store items in this table, and nothing else. */
  grantWrite(role: IamRole): IamRolePolicy {
    const id = `grant-write-${role.node.id}`;
    const document = new DataAwsIamPolicyDocument(this, `${id}-document`, {
      statement: [{ actions: WRITE_ACTIONS, resources: [this.table.arn] }],
    });
    return new IamRolePolicy(this, id, { name: "write-request-table", role: role.name, policy: document.json });
  }

  private scale(operation: "read" | "write", capacity: ProvisionedCapacity): void {
    const Operation = operation === "read" ? "Read" : "Write";
    const target = new AppautoscalingTarget(this, `${operation}-target`, {
      serviceNamespace: "dynamodb",
      scalableDimension: `dynamodb:table:${Operation}CapacityUnits`,
      resourceId: `table/${this.table.name}`,
      minCapacity: capacity.min,
      maxCapacity: capacity.max,
    });
    new AppautoscalingPolicy(this, `${operation}-policy`, {
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
