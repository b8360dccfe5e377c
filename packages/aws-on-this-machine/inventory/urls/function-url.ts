import { GetFunctionUrlConfigCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { DeployedApi, Place } from "../apis";
import { type ResourceRef, UnservedError } from "../resource-ref";

const INTEGRATION = "function";

/** The maximum time of a function, in milliseconds. */
const TIMEOUT_MS = 900_000;

/**
 * Reads a function's URL as an HTTP API with one route, because it sends the same events.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export async function readFunctionUrl(
  lambda: LambdaClient,
  { address, id }: ResourceRef,
  place: Place,
): Promise<DeployedApi> {
  // The provider's id ends with the alias, if there is one.
  const [FunctionName = "", Qualifier] = id.split("/");
  const config = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName, Qualifier }));
  const { FunctionUrl = "", FunctionArn = "", AuthType, Cors } = config;
  if (AuthType !== "NONE") {
    throw new UnservedError(`the authorization ${AuthType} of function URLs is not checked here; NONE is`);
  }
  const [ApiId] = new URL(FunctionUrl).hostname.split(".");
  const [, name = FunctionName] = /:function:([^:]+)/.exec(FunctionArn) ?? [];
  return {
    ...place,
    address,
    isFunctionUrl: true,
    api: {
      ApiId,
      Name: name,
      ApiEndpoint: FunctionUrl,
      ProtocolType: "HTTP",
      RouteSelectionExpression: undefined,
      CorsConfiguration: Cors ?? undefined,
    },
    stages: [{ StageName: "$default" }],
    routes: [{ RouteKey: "$default", Target: `integrations/${INTEGRATION}` }],
    integrations: [
      {
        IntegrationId: INTEGRATION,
        IntegrationType: "AWS_PROXY",
        IntegrationUri:
          Qualifier && !FunctionArn.endsWith(`:${Qualifier}`) ? `${FunctionArn}:${Qualifier}` : FunctionArn,
        PayloadFormatVersion: "2.0",
        TimeoutInMillis: TIMEOUT_MS,
      },
    ],
    authorizers: [],
  };
}
