import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type FunctionConfiguration, GetLayerVersionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { unpack } from "../code/unpack";
import { download } from "../function-code";

/** Names the layers of other accounts, none of which is available on this machine, and says what to do about each. */
export function describeLayers(configuration: FunctionConfiguration): string[] {
  return arnsOf(configuration, false).map(
    (arn) =>
      `${configuration.FunctionName} has the layer ${arn}, which is not available here. If the code imports its packages, name them in the requirements.txt beside the code.`,
  );
}

/**
 * Unpacks the layers of a function's own account, once for each version. Returns the folders in which Lambda's Python looks
 * for their packages, those of the last layer first: its files replace those of earlier ones.
 */
export async function openLayers(
  lambda: LambdaClient,
  configuration: FunctionConfiguration,
  parent: string,
): Promise<string[]> {
  const opened = await Promise.all(arnsOf(configuration, true).map((arn) => openLayer(lambda, arn, parent)));
  return opened.reverse().flatMap((folder) => {
    const lib = join(folder, "python", "lib");
    const versions = existsSync(lib) ? readdirSync(lib) : [];
    return [...versions.map((version) => join(lib, version, "site-packages")), join(folder, "python")];
  });
}

async function openLayer(lambda: LambdaClient, arn: string, parent: string): Promise<string> {
  const [LayerName = "", version = ""] = arn.split(":").slice(6);
  const ofVersion = join(parent, `layer-${LayerName}-${version}`);
  const [kept] = existsSync(ofVersion) ? readdirSync(ofVersion) : [];
  if (kept) return join(ofVersion, kept);
  const { Content } = await lambda.send(new GetLayerVersionCommand({ LayerName, VersionNumber: Number(version) }));
  if (!Content?.Location) throw new Error(`AWS returns no location of the layer ${arn}`);
  return unpack(await download(Content.Location), ofVersion).codeFolder;
}

function arnsOf({ FunctionArn, Layers = [] }: FunctionConfiguration, isOwn: boolean): string[] {
  const account = accountOf(FunctionArn);
  return Layers.flatMap(({ Arn }) => (Arn && (accountOf(Arn) === account) === isOwn ? Arn : []));
}

function accountOf(arn: string | undefined): string | undefined {
  return arn?.split(":")[4];
}
