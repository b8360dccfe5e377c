import type { FunctionConfiguration } from "@aws-sdk/client-lambda";

/** Names the layers of a function, none of which is available on this machine, and says what to do about each. */
export function describeLayers({ FunctionName, Layers = [] }: FunctionConfiguration): string[] {
  return Layers.map(
    ({ Arn }) =>
      `${FunctionName} has the layer ${Arn}, which is not available here. If the code imports its packages, name them in the requirements.txt beside the code.`,
  );
}
