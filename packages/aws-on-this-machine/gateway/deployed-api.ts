import {
  type Api,
  type ApiGatewayV2Client,
  type Authorizer,
  GetApiCommand,
  GetAuthorizerCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
  type Integration,
  type Route,
  type Stage,
} from "@aws-sdk/client-apigatewayv2";

export interface DeployedApi {
  /** Such as `aws` or `aws-cn`. */
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
  readonly api: Api;
  /** The stage `$default`. Without it, the API answers 404. */
  readonly stage?: Stage;
  readonly routes: readonly Route[];
  readonly integrations: readonly Integration[];
  readonly authorizers: readonly Authorizer[];
}

export async function readApi(
  apigateway: ApiGatewayV2Client,
  { apiId, ...place }: Pick<DeployedApi, "partition" | "region" | "accountId"> & { readonly apiId: string },
): Promise<DeployedApi> {
  const ApiId = apiId;
  const [api, stages, routes, integrations] = await Promise.all([
    apigateway.send(new GetApiCommand({ ApiId })),
    apigateway.send(new GetStagesCommand({ ApiId })),
    apigateway.send(new GetRoutesCommand({ ApiId })),
    apigateway.send(new GetIntegrationsCommand({ ApiId })),
  ]);
  // The emulator does not support GetAuthorizers.
  const authorizerIds = new Set((routes.Items ?? []).flatMap(({ AuthorizerId }) => AuthorizerId || []));
  const authorizers = await Promise.all(
    [...authorizerIds].map((AuthorizerId) => apigateway.send(new GetAuthorizerCommand({ ApiId, AuthorizerId }))),
  );
  return {
    ...place,
    api: api as DeployedApi["api"],
    stage: stages.Items?.find(({ StageName }) => StageName === "$default"),
    routes: routes.Items ?? [],
    integrations: integrations.Items ?? [],
    authorizers: authorizers as Authorizer[],
  };
}
