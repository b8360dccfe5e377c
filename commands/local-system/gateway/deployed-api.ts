import {
  type ApiGatewayV2Client,
  type Authorizer,
  GetApiCommand,
  GetAuthorizerCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
} from "@aws-sdk/client-apigatewayv2";
import type { DeployedApi } from "./http-gateway";

/** Reads an HTTP API with all that decides how it answers. */
export async function readApi(
  apigateway: ApiGatewayV2Client,
  { apiId, region, accountId }: { readonly apiId: string; readonly region: string; readonly accountId: string },
): Promise<DeployedApi> {
  const ApiId = apiId;
  const [api, stages, routes, integrations] = await Promise.all([
    apigateway.send(new GetApiCommand({ ApiId })),
    apigateway.send(new GetStagesCommand({ ApiId })),
    apigateway.send(new GetRoutesCommand({ ApiId })),
    apigateway.send(new GetIntegrationsCommand({ ApiId })),
  ]);
  // The emulator cannot list them.
  const authorizerIds = new Set((routes.Items ?? []).flatMap(({ AuthorizerId }) => AuthorizerId || []));
  const authorizers = await Promise.all(
    [...authorizerIds].map((AuthorizerId) => apigateway.send(new GetAuthorizerCommand({ ApiId, AuthorizerId }))),
  );
  return {
    accountId,
    region,
    api: api as DeployedApi["api"],
    stage: stages.Items?.find(({ StageName }) => StageName === "$default"),
    routes: routes.Items ?? [],
    integrations: integrations.Items ?? [],
    authorizers: authorizers as Authorizer[],
  };
}
