import type { ApiMapping } from "@aws-sdk/client-apigatewayv2";
import type { DeployedDomain } from "../../inventory/domains";

/** The domain of a request, and the stage to which it leads. */
export interface FoundDomain {
  readonly name: string;
  /** `undefined` for a path without a mapping. */
  readonly mapping: ApiMapping | undefined;
}

/**
 * Finds the domain of a request by its header Host, with any port. The mapping with the longest path has priority.
 * @param path the request's path, decoded
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html
 */
export function findMapping(
  domains: readonly DeployedDomain[],
  host: string | undefined,
  path: string,
): FoundDomain | undefined {
  const name = host?.toLowerCase().replace(/\.?(:\d*)?$/, "");
  const domain = domains.find((each) => each.name === name);
  if (!domain) return undefined;
  const [mapping] = domain.mappings
    .filter(({ ApiMappingKey: key }) => !key || `${path}/`.startsWith(`/${key}/`))
    .sort((one, other) => keyOf(other).length - keyOf(one).length);
  return { name: domain.name, mapping };
}

/** The path below a mapping's. */
export function pathBelow(mapping: ApiMapping, path: string): string {
  const key = keyOf(mapping);
  return key ? path.slice(key.length + 1) || "/" : path;
}

function keyOf({ ApiMappingKey = "" }: ApiMapping): string {
  return ApiMappingKey;
}
