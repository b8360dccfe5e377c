import { resolve } from "node:path";
import { DataArchiveFile } from "@cdktf/provider-archive/lib/data-archive-file";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { LambdaPermission, type LambdaPermissionConfig } from "@cdktf/provider-aws/lib/lambda-permission";
import { Construct } from "constructs";
import type { InvokePermissions } from "../access/invoke-permission";
import { rolePolicy } from "../access/role-policy";
import { serviceRole } from "../access/service-role";
import { idOf } from "../address";
import type { HttpApi } from "../api/http-api";
import { ConstructError, requireWithin } from "../construct-error";
import { environmentOf, nameOf } from "../environment";
import { DeadLetterQueue } from "../events/dead-letter-queue";
import type { Queue } from "../events/queue";
import type { Table } from "../storage/table";
import { CodeUpload } from "./code-upload";
import type { PythonFunctionProps } from "./function-props";
import { GradualRelease } from "./gradual-release";
import { LambdaSource } from "./lambda-source";
import { QueueConsumer, type QueueConsumerProps } from "./queue-consumer";
import { StreamConsumer, type StreamConsumerProps } from "./stream-consumer";

/**
 * A Python function with its role, its log and its on-failure queue.
 *
 * @example
 * const orders = new PythonFunction(this, "orders", { source: "orders-src", timeoutSeconds: 10 });
 * table.grantRead(orders);
 */
export class PythonFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: IamRole;
  readonly deadLetterQueue: DeadLetterQueue;
  /** Time limit of an invocation, in seconds. */
  readonly timeoutSeconds: number;
  /** Callers invoke this: the function itself, or the alias of a gradual release. */
  readonly invoked: LambdaFunction | LambdaAlias;
  /** Whether the live version can be an older one than the newest. */
  readonly servesOlderVersions: boolean;
  private readonly variables: Record<string, string>;
  private readonly release?: GradualRelease;

  constructor(scope: Construct, id: string, props: PythonFunctionProps) {
    super(scope, id);
    const defaults = environmentOf(this).function;
    const { functionName = nameOf(this), roleName = `${functionName}-role`, ...own } = props;
    const { logGroupName = `/aws/lambda/${functionName}`, layers, ...values } = { ...defaults, ...own };
    requireWithin(this, "memoryMb (MB)", values.memoryMb, 128, 10_240);
    requireWithin(this, "timeoutSeconds (s)", values.timeoutSeconds, 1, 900);
    requireWithin(this, "layers (number of ARNs)", layers?.length, 0, 5);
    this.timeoutSeconds = values.timeoutSeconds;
    this.variables = { ...defaults.environment, ...own.environment };
    this.deadLetterQueue = values.deadLetterQueue ?? new DeadLetterQueue(this, "dead-letters");

    this.role = serviceRole(this, "execution-role", { roleName, service: "lambda.amazonaws.com" });
    // Otherwise Lambda creates it at the first invocation, without retention and outside of Terraform.
    const logGroup = new CloudwatchLogGroup(this, "log-group", {
      name: logGroupName,
      retentionInDays: values.logRetentionDays,
    });
    const telemetry = this.grantTelemetry(logGroup, values.tracing);
    const source = new LambdaSource(this, "source", resolve(values.source), values);
    const archive = new DataArchiveFile(this, "archive", {
      type: "zip",
      sourceDir: source.path,
      outputPath: `${functionName}.zip`,
      // One mode for all files. If some are executable, each file keeps the mode of its copy.
      outputFileMode: source.hasExecutables ? undefined : "0644",
    });
    this.function = new LambdaFunction(this, "function", {
      functionName,
      role: this.role.arn,
      runtime: values.runtime,
      architectures: [values.architecture],
      handler: values.handler ?? "index.lambda_handler",
      ...(source.takesBucket ? this.upload(archive, functionName) : { filename: archive.outputPath }),
      sourceCodeHash: archive.outputBase64Sha256,
      memorySize: values.memoryMb,
      timeout: values.timeoutSeconds,
      layers,
      reservedConcurrentExecutions: values.reservedConcurrency,
      tracingConfig: { mode: values.tracing ? "Active" : "PassThrough" },
      loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
      publish: values.release === "all-at-once" ? undefined : true,
      dependsOn: [telemetry],
    });
    this.setVariables();
    const asyncFailures = {
      functionName: this.function.functionName,
      maximumRetryAttempts: 2,
      destinationConfig: { onFailure: { destination: this.deadLetterQueue.queue.arn } },
      // Lambda refuses a destination to which the function's role may not send.
      dependsOn: [this.deadLetterQueue.grantSend(this)],
    };
    new LambdaFunctionEventInvokeConfig(this, "async-failures", asyncFailures);
    if (values.release !== "all-at-once") {
      const { function: fn } = this;
      this.release = new GradualRelease(this, "release", { fn, functionName, shift: values.release, asyncFailures });
    }
    this.invoked = this.release?.alias ?? this.function;
    this.servesOlderVersions = this.release !== undefined;
  }

  /** Lets a resource invoke the function, and its alias. Callers of the alias must wait for its permission. */
  permit(caller: Construct, id: string, config: Omit<LambdaPermissionConfig, "functionName">): InvokePermissions {
    const { functionName } = this.function;
    const ofFunction = new LambdaPermission(caller, id, { ...config, functionName });
    const ofAlias = this.release?.permit(caller, id, { ...config, functionName });
    if (!ofAlias) return { required: ofFunction };
    return { required: ofAlias, ofAlias, lifecycle: { createBeforeDestroy: true } };
  }

  /** Watches an API that invokes the function during a release. */
  watchRelease(api: HttpApi): void {
    this.release?.watch(api);
  }

  /**
   * Adds a variable, such as the name of a resource that was created later.
   *
   * @example
   * orders.addVariable("EMAILS_QUEUE_URL", emails.queue.url);
   * emails.grantSend(orders);
   * @throws ConstructError if the function has another value for it
   */
  addVariable(name: string, value: string): void {
    if (this.variables[name] !== undefined && this.variables[name] !== value) {
      throw new ConstructError(this, `the variable ${name} has a value already; use another name`);
    }
    this.variables[name] = value;
    this.setVariables();
  }

  /**
   * Invokes this function with the messages of a queue.
   *
   * @example
   * const emails = new Queue(this, "emails");
   * mailer.consume(emails, { batchSize: 5, maximumConcurrency: 2 });
   * @throws ConstructError for values that AWS refuses, and for a visibility timeout below six times the function's timeout
   */
  consume(queue: Queue, props?: QueueConsumerProps): QueueConsumer {
    return new QueueConsumer(this, `consume-${idOf(queue)}`, queue, props);
  }

  /**
   * Invokes this function with the changes of a table that has a stream.
   *
   * @example
   * const orders = new Table(this, "orders", { partitionKey: "OrderId", stream: "NEW_AND_OLD_IMAGES" });
   * indexer.consumeStream(orders);
   * @throws ConstructError for values that AWS refuses, and for a table without a stream
   */
  consumeStream(table: Table, props?: StreamConsumerProps): StreamConsumer {
    return new StreamConsumer(this, `consume-${idOf(table)}`, table, props);
  }

  private setVariables(): void {
    if (Object.keys(this.variables).length > 0) this.function.putEnvironment({ variables: { ...this.variables } });
  }

  private upload({ outputPath: zip, outputBase64Sha256: hash }: DataArchiveFile, functionName: string) {
    const { object } = new CodeUpload(this, "code", { zip, hash, key: `${functionName}.zip` });
    return { s3Bucket: object.bucket, s3Key: object.key };
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
