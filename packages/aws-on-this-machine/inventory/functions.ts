import {
  type FunctionConfiguration,
  type FunctionEventInvokeConfig,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  type LambdaClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { type ResourceRef, UnservedError } from "./resource-ref";

export interface FunctionResource {
  readonly address: string;
  readonly name: string;
  readonly arn: string;
  readonly configuration: FunctionConfiguration;
  readonly reservedConcurrency?: number;
  /** The resource policy, as JSON. */
  readonly policy?: string;
  /** The configuration of asynchronous invocations, by default Lambda's. */
  readonly invokeConfig?: FunctionEventInvokeConfig;
  readonly logGroup: string;
}

export async function readFunctionResource(
  lambda: LambdaClient,
  { address, id }: ResourceRef,
): Promise<FunctionResource> {
  const FunctionName = id;
  const { $metadata: _, ...configuration } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const { PackageType, Runtime = "", FunctionArn: arn = "", LoggingConfig } = configuration;
  if (PackageType === "Image") {
    throw new UnservedError("container images do not run here; a zip package with a Python runtime does");
  }
  if (!Runtime.startsWith("python")) throw new UnservedError(`the runtime ${Runtime} does not run here; Python does`);
  const [concurrency, policy, invokeConfig] = await Promise.all([
    // The emulator's GetFunction omits a concurrency of 0.
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    ifExists(lambda.send(new GetPolicyCommand({ FunctionName }))),
    ifExists(lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))),
  ]);
  return {
    address,
    name: id,
    arn,
    configuration,
    reservedConcurrency: concurrency.ReservedConcurrentExecutions ?? undefined,
    policy: policy?.Policy,
    invokeConfig,
    logGroup: LoggingConfig?.LogGroup ?? `/aws/lambda/${id}`,
  };
}

async function ifExists<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  });
}
