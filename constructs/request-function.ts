import { DataArchiveFile } from "@cdktf/provider-archive/lib/data-archive-file";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { Construct } from "constructs";
import type { DeadLetterQueue } from "./dead-letter-queue";
import { LambdaSource } from "./lambda-source";
import { rolePolicy } from "./role-policy";
import { serviceRole } from "./service-role";

export interface RequestFunctionProps {
  /** Function name, unique in the account and Region. */
  readonly functionName: string;
  /** Name of the function's role, unique in the account. */
  readonly roleName: string;
  readonly logGroupName: string;
  /** Absolute path of the folder with the function's code; index.py in it has `lambda_handler`. */
  readonly sourcePath: string;
  /** Lambda runtime identifier, such as `python3.13`. */
  readonly runtime: string;
  /** `arm64` or `x86_64`. */
  readonly architecture: string;
  /** Memory in MB. The CPU share is proportional. */
  readonly memoryMb: number;
  /** Time limit of an invocation, in seconds. */
  readonly timeoutSeconds: number;
  /**
   * The concurrency reserved for the function, which is also its limit.
   * @default - the function shares the account's concurrency
   */
  readonly reservedConcurrency?: number;
  /** Retention of the function's log, in days. */
  readonly logRetentionDays: number;
  /** Whether X-Ray traces invocations. */
  readonly tracing: boolean;
  readonly environment: Record<string, string>;
  /** The destination for events of failed asynchronous invocations. */
  readonly deadLetterQueue: DeadLetterQueue;
}

/** The Python function that processes requests, with its role, its log and its on-failure destination. */
export class RequestFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: IamRole;

  constructor(scope: Construct, id: string, props: RequestFunctionProps) {
    super(scope, id);
    this.role = serviceRole(this, "execution-role", { roleName: props.roleName, service: "lambda.amazonaws.com" });
    // Otherwise Lambda creates it at the first invocation, without retention and outside of Terraform.
    const logGroup = new CloudwatchLogGroup(this, "log-group", {
      name: props.logGroupName,
      retentionInDays: props.logRetentionDays,
    });
    const telemetry = this.grantTelemetry(logGroup, props.tracing);
    const source = new LambdaSource(this, "source", props.sourcePath);
    const archive = new DataArchiveFile(this, "archive", {
      type: "zip",
      sourceDir: source.path,
      outputPath: `${props.functionName}.zip`,
      // This sets one mode for all files. Without it, each file has the mode of its copy.
      outputFileMode: source.hasExecutables ? undefined : "0644",
    });
    this.function = new LambdaFunction(this, "function", {
      functionName: props.functionName,
      role: this.role.arn,
      runtime: props.runtime,
      architectures: [props.architecture],
      handler: "index.lambda_handler",
      filename: archive.outputPath,
      sourceCodeHash: archive.outputBase64Sha256,
      memorySize: props.memoryMb,
      timeout: props.timeoutSeconds,
      reservedConcurrentExecutions: props.reservedConcurrency,
      environment: { variables: props.environment },
      tracingConfig: { mode: props.tracing ? "Active" : "PassThrough" },
      loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
      dependsOn: [telemetry],
    });
    new LambdaFunctionEventInvokeConfig(this, "async-failures", {
      functionName: this.function.functionName,
      maximumRetryAttempts: 2,
      destinationConfig: { onFailure: { destination: props.deadLetterQueue.queue.arn } },
      // Lambda refuses a destination to which the function's role may not send.
      dependsOn: [props.deadLetterQueue.grantSend(this.role)],
    });
  }

  private grantTelemetry(logGroup: CloudwatchLogGroup, tracing: boolean) {
    const writeTraces = {
      sid: "WriteTraces",
      actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
      // These actions have no resource level.
      resources: ["*"],
    };
    return rolePolicy(this, "write-telemetry", {
      policyName: "write-telemetry",
      role: this.role,
      statement: [
        {
          sid: "WriteOwnLog",
          actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
          resources: [`${logGroup.arn}:*`],
        },
        ...(tracing ? [writeTraces] : []),
      ],
    });
  }
}
