import type { Cors } from "@aws-sdk/client-apigatewayv2";
import { matchesWildcard } from "../system/wildcard";
import type { ApiRequest } from "./request-event";

export function isPreflight({ method, headers }: Pick<ApiRequest, "method" | "headers">): boolean {
  return method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}

/**
 * The CORS headers of an answer; none for a request without an allowed origin.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function corsHeaders(cors: Cors, origin: string | undefined): Record<string, string> {
  const allowed = origin && cors.AllowOrigins?.find((pattern) => matchesWildcard(pattern, origin));
  if (!allowed) return {};
  const headers: Record<string, string> =
    allowed === "*"
      ? { "access-control-allow-origin": "*" }
      : { "access-control-allow-origin": origin, vary: "origin" };
  if (cors.AllowCredentials) headers["access-control-allow-credentials"] = "true";
  if (cors.ExposeHeaders?.length) headers["access-control-expose-headers"] = list(cors.ExposeHeaders);
  return headers;
}

export function preflightHeaders(cors: Cors, origin: string | undefined): Record<string, string> {
  const headers = corsHeaders(cors, origin);
  if (Object.keys(headers).length === 0) return headers;
  if (cors.AllowMethods?.length) headers["access-control-allow-methods"] = cors.AllowMethods.join(",");
  if (cors.AllowHeaders?.length) headers["access-control-allow-headers"] = list(cors.AllowHeaders);
  if (cors.MaxAge !== undefined) headers["access-control-max-age"] = String(cors.MaxAge);
  return headers;
}

function list(names: string[]): string {
  return names.join(",").toLowerCase();
}
