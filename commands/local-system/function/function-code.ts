import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type FunctionEventInvokeConfig,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  type LambdaClient,
  ResourceNotFoundException,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { unzipSync, zipSync } from "fflate";
import { listFiles } from "../../../constructs/source/source-files";
import type { DeployedFunction } from "./function-runtime";

/** Reads a function's configuration, and unpacks its code into a subfolder for the version. */
export async function readFunction(
  lambda: LambdaClient,
  functionName: string,
  folder: string,
): Promise<DeployedFunction> {
  const { Configuration, Code } = await lambda.send(new GetFunctionCommand({ FunctionName: functionName }));
  if (!Configuration || !Code?.Location) throw new Error(`AWS returns no location of the code of ${functionName}`);
  const zip = new Uint8Array(await (await fetch(Code.Location)).arrayBuffer());
  const codeFolder = join(folder, createHash("sha256").update(zip).digest("hex").slice(0, 16));
  for (const [name, content] of Object.entries(unzipSync(zip))) {
    const file = join(codeFolder, name);
    mkdirSync(dirname(file), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(file, content);
  }
  // The emulator's GetFunction omits a concurrency of 0.
  const concurrency = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: functionName }));
  const reservedConcurrency = concurrency.ReservedConcurrentExecutions ?? undefined;
  return { configuration: Configuration, codeFolder, reservedConcurrency };
}

/** Reads a function's resource policy, as JSON. */
export async function readPolicy(lambda: LambdaClient, FunctionName: string): Promise<string | undefined> {
  return (await ifExists(lambda.send(new GetPolicyCommand({ FunctionName }))))?.Policy;
}

/** Reads a function's configuration for asynchronous invocations. */
export async function readInvokeConfig(
  lambda: LambdaClient,
  FunctionName: string,
): Promise<FunctionEventInvokeConfig | undefined> {
  return ifExists(lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })));
}

async function ifExists<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  });
}

/** Deploys the files in a folder, without bytecode, as the function's code. */
export async function updateFunctionCode(lambda: LambdaClient, functionName: string, source: string): Promise<void> {
  const contents = listFiles(source).map((file) => [file, readFileSync(join(source, file))] as const);
  const ZipFile = zipSync(Object.fromEntries(contents));
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: functionName, ZipFile }));
}

/** Whether two folders have the same files, bytecode aside. */
export function isSameCode(folder: string, other: string): boolean {
  const files = listFiles(folder);
  return (
    files.join("\n") === listFiles(other).join("\n") &&
    files.every((file) => readFileSync(join(folder, file)).equals(readFileSync(join(other, file))))
  );
}
