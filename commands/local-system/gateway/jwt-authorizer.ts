import type { Authorizer } from "@aws-sdk/client-apigatewayv2";
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import type { ApiRequest } from "./request-event";

/** The signature algorithms of HTTP APIs. */
const ALGORITHMS = ["RS256", "RS384", "RS512"];

const discovery = z.object({ jwks_uri: z.url() });

/** An authorizer's decision: the event's authorizer context, or the API's answer. */
export type Authorization =
  | {
      readonly context: { readonly jwt: { readonly claims: Record<string, string>; readonly scopes: string[] | null } };
    }
  | { readonly status: 401 | 403; readonly challenge: string };

/**
 * Checks a token's signature, issuer, audience, times and scopes as HTTP APIs do.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export class JwtAuthorizer {
  private keys: ReturnType<typeof createRemoteJWKSet> | undefined;

  constructor(private readonly authorizer: Authorizer) {}

  /** @param routeScopes the route's scopes; a token needs one of them, if there are any */
  async authorize(request: ApiRequest, routeScopes: readonly string[] = []): Promise<Authorization> {
    const token = this.findToken(request);
    if (!token) return unauthorized("");
    let claims: JWTPayload;
    try {
      this.keys ??= await this.findKeys();
      ({ payload: claims } = await jwtVerify(token, this.keys, {
        algorithms: ALGORITHMS,
        issuer: this.authorizer.JwtConfiguration?.Issuer ?? "",
        requiredClaims: ["exp"],
      }));
    } catch (error) {
      return unauthorized(error instanceof errors.JOSEError ? "invalid_token" : "invalid_request", String(error));
    }
    const accepted = this.authorizer.JwtConfiguration?.Audience ?? [];
    const audiences = [claims.aud ?? claims.client_id].flat();
    if (!audiences.some((audience) => typeof audience === "string" && accepted.includes(audience))) {
      return unauthorized("invalid_token", "the token does not have a valid audience");
    }
    const scopes = [claims.scope ?? claims.scp ?? ""].flat().join(" ").split(" ");
    if (routeScopes.length > 0 && !routeScopes.some((scope) => scopes.includes(scope))) {
      return { status: 403, challenge: describe("insufficient_scope", "the token lacks a scope that the route needs") };
    }
    const texts = Object.entries(claims).map(([name, value]) => [name, claimText(value)]);
    return {
      context: { jwt: { claims: Object.fromEntries(texts), scopes: routeScopes.length > 0 ? [...routeScopes] : null } },
    };
  }

  private findToken(request: ApiRequest): string | undefined {
    const query = new URLSearchParams(request.rawQueryString);
    for (const source of this.authorizer.IdentitySource ?? []) {
      const [, place, name = ""] = /^\$request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
      const value = place === "header" ? request.headers[name.toLowerCase()] : query.get(name);
      if (value) return value.replace(/^Bearer /i, "");
    }
    return undefined;
  }

  private async findKeys(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    const issuer = (this.authorizer.JwtConfiguration?.Issuer ?? "").replace(/\/$/, "");
    const response = await fetch(`${issuer}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(5000) });
    return createRemoteJWKSet(new URL(discovery.parse(await response.json()).jwks_uri));
  }
}

function unauthorized(error: string, description?: string): Authorization {
  return { status: 401, challenge: error ? describe(error, description) : "Bearer" };
}

function describe(error: string, description = ""): string {
  return `Bearer scope="" error="${error}" error_description="${description.replace(/[^\x20-\x7e]|["\\]/g, " ")}"`;
}

/** The event has claims as text, and lists in brackets without commas. */
function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(" ")}]`;
  return typeof value === "string" ? value : JSON.stringify(value);
}
