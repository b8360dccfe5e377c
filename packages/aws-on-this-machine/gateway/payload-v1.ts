import { isHeader } from "@local/command-line/server";
import { parseJson } from "@local/command-line/text/json";
import { z } from "zod";
import type { AuthorizerContext } from "./authorizers/jwt-authorizer";
import { type HttpResponse, headerValue, proxyResult, responseOf } from "./function-response";
import { type ApiRequest, encodeBody, formatTime, groupRepeats, type ServedAt } from "./request-event";
import type { RouteMatch } from "./route";

const NO_IDENTITY = {
  accessKey: null,
  accountId: null,
  caller: null,
  cognitoAmr: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
};

/** Format 1.0 writes these names as API Gateway itself does, and all others in lower case. */
const OWN_NAMES = new Map(
  [
    "Content-Length",
    "Host",
    "User-Agent",
    "X-Amzn-Trace-Id",
    "X-Forwarded-For",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
  ].map((name) => [name.toLowerCase(), name]),
);

/**
 * Makes the event in payload format 1.0, with null for missing parts of the request. Its paths have the stage's name,
 * or the path of a domain's mapping.
 * The single value of a repeated header or parameter is the last one.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function makeEventV1(
  request: ApiRequest,
  body: Buffer,
  { accountId, api, stage, domainName }: ServedAt,
  { route: { RouteKey: routeKey = "" }, pathParameters }: RouteMatch,
  authorizer: AuthorizerContext | undefined,
): object {
  const resource = routeKey.replace(/^\S+ /, "");
  const query = request.rawQueryString ? groupRepeats(new URLSearchParams(request.rawQueryString)) : null;
  const headers: Record<string, readonly string[]> = {
    ...request.headerValues,
    ...(request.cookies.length > 0 ? { cookie: [request.cookies.join("; ")] } : {}),
    "content-length": [String(body.length)],
  };
  const named = Object.fromEntries(Object.entries(headers).map(([name, all]) => [OWN_NAMES.get(name) ?? name, all]));
  const { path } = request.domain ?? request;
  const { text = null, isBase64Encoded } = encodeBody(request, body);
  return {
    version: "1.0",
    resource,
    path,
    httpMethod: request.method,
    headers: lastOf(named),
    multiValueHeaders: named,
    queryStringParameters: query && lastOf(query),
    multiValueQueryStringParameters: query,
    requestContext: {
      accountId,
      apiId: api.ApiId ?? "",
      ...(authorizer ? { authorizer: authorizerOf(authorizer) } : {}),
      domainName,
      domainPrefix: domainName.split(".")[0],
      extendedRequestId: request.requestId,
      httpMethod: request.method,
      identity: { ...NO_IDENTITY, sourceIp: request.sourceIp, userAgent: request.headers["user-agent"] ?? "" },
      path,
      protocol: request.protocol,
      requestId: request.requestId,
      requestTime: formatTime(request.time),
      requestTimeEpoch: request.time,
      resourceId: routeKey,
      resourcePath: resource,
      stage: stage.StageName ?? "",
    },
    pathParameters: pathParameters ?? null,
    stageVariables: Object.keys(stage.StageVariables ?? {}).length > 0 ? stage.StageVariables : null,
    body: text,
    isBase64Encoded,
  };
}

function authorizerOf({ jwt, lambda, principalId }: AuthorizerContext): object {
  return jwt ?? { ...lambda, principalId };
}

const resultV1 = proxyResult.extend({
  multiValueHeaders: z
    .record(z.string(), z.array(headerValue))
    .refine((headers) =>
      Object.entries(headers).every(([name, values]) => values.every((value) => isHeader(name, value))),
    )
    .nullish(),
});

/** Reads a function's result, as JSON, in payload format 1.0. Returns undefined for a malformed one, such as one without a status. */
export function readResponseV1(payload: string): HttpResponse | undefined {
  const { data } = resultV1.safeParse(parseJson(payload));
  if (!data) return undefined;
  const values = new Map<string, Set<string>>();
  const add = (name: string, all: readonly string[]) =>
    values.set(name.toLowerCase(), new Set([...(values.get(name.toLowerCase()) ?? []), ...all]));
  for (const [name, all] of Object.entries(data.multiValueHeaders ?? {})) add(name, all);
  for (const [name, value] of Object.entries(data.headers ?? {})) add(name, [String(value)]);
  const headers = [...values].map(([name, all]): [string, string | string[]] => [
    name,
    all.size === 1 ? ([...all][0] as string) : [...all],
  ]);
  return responseOf(data, Object.fromEntries(headers));
}

function lastOf(values: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1) ?? ""]));
}
