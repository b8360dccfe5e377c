import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { DataArchiveFile } from "@cdktf/provider-archive/lib/data-archive-file";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { DeadLetterQueue } from "./dead-letter-queue";
import { listFiles } from "./lambda-source";
import { serviceRole } from "./service-role";

/** What Python leaves beside the source when somebody runs it: it is neither hashed nor deployed. */
const BYTECODE = "__pycache__";

export interface RequestFunctionProps {
  /** Function name, unique in the account and Region. */
  readonly functionName: string;
  /** Absolute path of the folder that is zipped and deployed; it holds index.py with `lambda_handler`. */
  readonly sourcePath: string;
  /** Lambda runtime identifier, such as `python3.13`. */
  readonly runtime: string;
  /** `arm64` or `x86_64`. */
  readonly architecture: string;
  /** Memory in MB; Lambda gives CPU in proportion. */
  readonly memoryMb: number;
  /** Time limit of one invocation, in seconds. */
  readonly timeoutSeconds: number;
  /**
   * Instances kept for, and the upper limit of, this function.
   * @default - the account's shared pool
   */
  readonly reservedConcurrency?: number;
  /** How long the function's log is kept, in days. */
  readonly logRetentionDays: number;
  /** Environment variables of the function. */
  readonly environment: Record<string, string>;
  /** Takes the events whose asynchronous processing failed for good. */
  readonly deadLetterQueue: DeadLetterQueue;
}

/** The Python function that processes requests, with its role, its log and what happens when it fails. */
export class RequestFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: IamRole;
  readonly logGroup: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, props: RequestFunctionProps) {
    super(scope, id);

    this.role = serviceRole(this, "execution-role", {
      roleName: `${props.functionName}-role`,
      service: "lambda.amazonaws.com",
    });
    // Lambda would create this group by itself at the first run, without retention and outside of Terraform.
    this.logGroup = new CloudwatchLogGroup(this, "log-group", {
      name: `/aws/lambda/${props.functionName}`,
      retentionInDays: props.logRetentionDays,
    });
    const telemetry = new IamRolePolicy(this, "write-telemetry", {
      name: "write-telemetry",
      role: this.role.name,
      policy: new DataAwsIamPolicyDocument(this, "write-telemetry-document", {
        statement: [
          {
            sid: "WriteOwnLog",
            actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
            resources: [`${this.logGroup.arn}:*`],
          },
          {
            sid: "WriteTraces",
            actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            // X-Ray has no resource that these actions could be limited to.
            resources: ["*"],
          },
        ],
      }).json,
    });

    const source = new TerraformAsset(this, "source", {
      path: props.sourcePath,
      type: AssetType.DIRECTORY,
      assetHash: hashSource(props.sourcePath),
    });
    const archive = new DataArchiveFile(this, "archive", {
      type: "zip",
      sourceDir: source.path,
      outputPath: `${props.functionName}.zip`,
      // Neither the umask nor leftovers of this machine may change what is deployed.
      outputFileMode: "0644",
      excludes: [`**/${BYTECODE}/**`],
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
      tracingConfig: { mode: "Active" },
      loggingConfig: { logFormat: "JSON", logGroup: this.logGroup.name },
      dependsOn: [telemetry],
    });

    new LambdaFunctionEventInvokeConfig(this, "async-failures", {
      functionName: this.function.functionName,
      maximumRetryAttempts: 2,
      destinationConfig: { onFailure: { destination: props.deadLetterQueue.queue.arn } },
      // Lambda refuses a destination that the function's role may not send to.
      dependsOn: [props.deadLetterQueue.grantSend(this.role)],
    });
  }
}

/** A digest of the names and contents of the deployed files, the same on every machine. */
function hashSource(folder: string): string {
  const hash = createHash("sha256");
  for (const file of listFiles(folder).filter((path) => !path.split(sep).includes(BYTECODE))) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(join(folder, file)));
    hash.update("\0");
  }
  return hash.digest("hex").slice(0, 32);
}
