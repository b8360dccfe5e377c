import { type ApiMapping, GetApiMappingsCommand } from "@aws-sdk/client-apigatewayv2";
import type { Aws } from "@local/terraform/aws";
import type { ResourceRef } from "./resource-ref";

/** A domain of API Gateway. */
export interface DeployedDomain {
  readonly address: string;
  /** Such as `api.example.com`. */
  readonly name: string;
  /** The stages of APIs, by the beginnings of the domain's paths. */
  readonly mappings: readonly ApiMapping[];
}

/** The maximum. A domain has 200 mappings at most. */
const ALL = { MaxResults: "500" };

export async function readDomain({ apigateway }: Aws, { address, id }: ResourceRef): Promise<DeployedDomain> {
  const { Items = [] } = await apigateway.send(new GetApiMappingsCommand({ DomainName: id, ...ALL }));
  return { address, name: id, mappings: Items };
}
