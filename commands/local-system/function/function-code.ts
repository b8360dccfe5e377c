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
import {
  executables,
  type PackageFile,
  packageFiles,
  readSourceFile,
  SourceError,
  walkSource,
} from "../../../constructs/source/source-files";
import { CodeZip } from "./code/code-zip";
import { type UnpackedCode, unpack } from "./code/unpack";
import type { DeployedFunction } from "./function-runtime";

/** Reads a function's configuration, and unpacks its code into a new subfolder. */
export async function readFunction(
  lambda: LambdaClient,
  functionName: string,
  folder: string,
  previous?: UnpackedCode,
): Promise<DeployedFunction & UnpackedCode> {
  const { Configuration, Code } = await lambda.send(new GetFunctionCommand({ FunctionName: functionName }));
  if (!Configuration || !Code?.Location) throw new Error(`AWS returns no location of the code of ${functionName}`);
  // The emulator's GetFunction omits a concurrency of 0.
  const concurrency = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: functionName }));
  const reservedConcurrency = concurrency.ReservedConcurrentExecutions ?? undefined;
  const unpacked = unpack(await download(Code.Location), folder, previous);
  return { configuration: Configuration, ...unpacked, reservedConcurrency };
}

async function download(location: string): Promise<Buffer> {
  // The emulator's location, which fetch would decode slowly.
  const [start = "", base64] = location.split(";base64,");
  if (start.startsWith("data:") && base64 !== undefined) return Buffer.from(base64, "base64");
  return Buffer.from(await (await fetch(location)).arrayBuffer());
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

/** Deploys a folder with the function's source. Throws a SourceError if that cannot be deployed. */
export async function updateFunctionCode(
  lambda: LambdaClient,
  functionName: string,
  source: string,
  codeZip = new CodeZip(),
  files = packageFiles(walkSource(source)),
): Promise<void> {
  const ZipFile = codeZip.zip(source, files);
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: functionName, ZipFile }));
}

/** Whether a function's source equals the deployed code in a folder. False if the source cannot be deployed. */
export function isSameCode(source: string, codeFolder: string): boolean {
  try {
    const [files, deployed] = [source, codeFolder].map((folder) => packageFiles(walkSource(folder)));
    return (
      describe(files ?? []) === describe(deployed ?? []) &&
      (files ?? []).every(({ path }) => readSourceFile(source, path).equals(readSourceFile(codeFolder, path)))
    );
  } catch (error) {
    if (error instanceof SourceError) return false;
    throw error;
  }
}

function describe(files: readonly PackageFile[]): string {
  const executable = executables(files);
  return files.map(({ path }) => `${path} ${executable.has(path)}`).join("\n");
}
