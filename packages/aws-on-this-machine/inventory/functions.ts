import {
  type FunctionConfiguration,
  type FunctionEventInvokeConfig,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  type LambdaClient,
  ListAliasesCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { type ResourceRef, UnservedError } from "./resource-ref";

/** The versions that an alias serves. */
export interface Routing {
  readonly name: string;
  readonly version: string;
  /** The shares of further versions, from 0 to 1. */
  readonly weights: Readonly<Record<string, number>>;
}

/** An alias, with the settings that it has for itself. */
export interface FunctionAlias extends Routing, Pick<FunctionResource, "policy" | "invokeConfig"> {}

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
  readonly aliases?: readonly FunctionAlias[];
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
  const [concurrency, settings, aliases] = await Promise.all([
    // The emulator's GetFunction omits a concurrency of 0.
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    readSettings(lambda, FunctionName),
    readAliases(lambda, FunctionName),
  ]);
  return {
    address,
    name: id,
    arn,
    configuration,
    reservedConcurrency: concurrency.ReservedConcurrentExecutions ?? undefined,
    ...settings,
    aliases,
    logGroup: LoggingConfig?.LogGroup ?? `/aws/lambda/${id}`,
  };
}

/** Reads the versions that the aliases of a function serve. */
export async function readRouting(lambda: LambdaClient, FunctionName: string): Promise<Routing[]> {
  // Other emulators do not support ListAliases.
  const { Aliases = [] } = await lambda.send(new ListAliasesCommand({ FunctionName })).catch(() => ({ Aliases: [] }));
  return Aliases.map(({ Name = "", FunctionVersion = "", RoutingConfig }) => ({
    name: Name,
    version: FunctionVersion,
    weights: RoutingConfig?.AdditionalVersionWeights ?? {},
  }));
}

async function readAliases(lambda: LambdaClient, functionName: string): Promise<FunctionAlias[]> {
  const routing = await readRouting(lambda, functionName);
  return Promise.all(
    routing.map(async (each) => ({ ...each, ...(await readSettings(lambda, functionName, each.name)) })),
  );
}

async function readSettings(lambda: LambdaClient, FunctionName: string, Qualifier?: string) {
  const [policy, invokeConfig] = await Promise.all([
    ifExists(lambda.send(new GetPolicyCommand({ FunctionName, Qualifier }))),
    ifExists(lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier }))),
  ]);
  return { policy: policy?.Policy, invokeConfig };
}

async function ifExists<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  });
}
