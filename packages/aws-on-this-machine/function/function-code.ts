import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import type { CodeSource, PackageFile } from "./code/code-source";
import { CodeZip } from "./code/code-zip";
import { type UnpackedCode, unpack } from "./code/unpack";
import type { DeployedFunction } from "./function-runtime";

/** Reads a function's configuration, and unpacks its code into a new subfolder. */
export async function readFunction(
  lambda: LambdaClient,
  functionName: string,
  folder: string,
  previous?: UnpackedCode,
  Qualifier?: string,
): Promise<Omit<DeployedFunction, "source"> & UnpackedCode> {
  const { Configuration, Code } = await lambda.send(new GetFunctionCommand({ FunctionName: functionName, Qualifier }));
  if (!Configuration || !Code?.Location) throw new Error(`AWS returns no location of the code of ${functionName}`);
  // The emulator's GetFunction omits a concurrency of 0.
  const concurrency = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: functionName }));
  const reservedConcurrency = concurrency.ReservedConcurrentExecutions ?? undefined;
  const unpacked = unpack(await download(Code.Location), folder, previous);
  return { configuration: Configuration, ...unpacked, reservedConcurrency };
}

/** Reads the zip file of code or of a layer. */
export async function download(location: string): Promise<Buffer> {
  // The emulator's location is a `data:` URL, which fetch decodes slowly.
  const [start = "", base64] = location.split(";base64,");
  if (start.startsWith("data:") && base64 !== undefined) return Buffer.from(base64, "base64");
  return Buffer.from(await (await fetch(location)).arrayBuffer());
}

/** Deploys a function's source. Throws an Error if that cannot be deployed. */
export async function updateFunctionCode(
  lambda: LambdaClient,
  functionName: string,
  source: CodeSource,
  codeZip = new CodeZip(),
  files = source.files(),
): Promise<void> {
  const ZipFile = codeZip.zip(source, files);
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: functionName, ZipFile }));
}

/** Whether a function's source equals the deployed code. False if the source cannot be deployed. */
export function isSameCode(source: CodeSource, { codeFolder, files: deployed }: UnpackedCode): boolean {
  try {
    const files = source.files();
    const executable = source.executables(files);
    const isSame = ({ path }: PackageFile) => {
      const file = join(codeFolder, path);
      const isExecutable = (statSync(file).mode & 0o100) !== 0;
      return isExecutable === executable.has(path) && source.read(path).equals(readFileSync(file));
    };
    return files.length === deployed?.size && files.every(isSame);
  } catch {
    return false;
  }
}
