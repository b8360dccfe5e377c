import type { Authorizer } from "@aws-sdk/client-apigatewayv2";
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import type { DeployedApi } from "../../inventory/apis";
import type { ApiRequest } from "../request-event";
import { matchRoute, selectStage } from "../route";
import type { LocalIssuer } from "../tokens/local-issuer";

/** The signature algorithms of HTTP APIs. */
const ALGORITHMS = ["RS256", "RS384", "RS512"];

/** The key set's errors for a wrong token. */
const TOKEN_ERRORS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/** The time limit of the issuer, in milliseconds. */
const PATIENCE_MS = 5000;

const discovery = z.object({ jwks_uri: z.url() });

/** The issuer of the tokens that a request needs; undefined if it needs none. */
export function findTokenIssuer(
  { stages, routes, authorizers }: DeployedApi,
  request: { readonly method: string; readonly path: string },
): string | undefined {
  const [path = ""] = request.path.split(/[?#]/);
  const selected = selectStage(stages, path);
  const { route } = (selected && matchRoute(routes, request.method, selected.path)) ?? {};
  const authorizer = authorizers.find(({ AuthorizerId }) => AuthorizerId && AuthorizerId === route?.AuthorizerId);
  return authorizer?.JwtConfiguration?.Issuer;
}

/** The event's authorizer context. */
export interface AuthorizerContext {
  readonly jwt?: { readonly claims: Record<string, string>; readonly scopes: string[] | null };
  readonly lambda?: Readonly<Record<string, unknown>>;
  /** Only format 1.0 has it. */
  readonly principalId?: string;
}

/** An authorizer's decision: the event's authorizer context, or the API's answer. */
export type Authorization =
  | { readonly context: AuthorizerContext }
  | {
      readonly status: 401 | 403 | 500;
      readonly challenge?: string;
      /** A reason that AWS does not report, such as a missing token, or an issuer out of reach. */
      readonly reason?: string;
    };

/** The issuer could not be reached. The message has the reason, and the description has AWS's words. */
class IssuerError extends Error {
  constructor(
    message: string,
    readonly description: string,
  ) {
    super(message);
  }
}

/**
 * Checks a token's signature, issuer, audience, times and scopes as HTTP APIs do.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export class JwtAuthorizer {
  private keys: JWTVerifyGetKey | undefined;

  /** @param localIssuer an issuer whose tokens count as those of the deployed one */
  constructor(
    private readonly authorizer: Authorizer,
    private readonly localIssuer?: LocalIssuer,
  ) {}

  /** @param routeScopes the route's scopes; a token needs one of them, if there are any */
  async authorize(request: ApiRequest, routeScopes: readonly string[] = []): Promise<Authorization> {
    const token = this.findToken(request);
    if (!token) {
      const sources = (this.authorizer.IdentitySource ?? []).join(" or ");
      return { ...unauthorized(""), reason: `there is no token in ${sources}; one of ${this.issuer} is required` };
    }
    let claims: JWTPayload;
    try {
      claims = await this.verify(token);
    } catch (error) {
      if (error instanceof IssuerError) {
        return { ...unauthorized("invalid_token", error.description), reason: error.message };
      }
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

  private async verify(token: string): Promise<JWTPayload> {
    const options = { algorithms: ALGORITHMS, issuer: this.issuer, requiredClaims: ["exp"] };
    const localKey = await this.localIssuer?.keyOf(token);
    if (localKey) return (await jwtVerify(token, localKey, options)).payload;
    this.keys ??= await this.findKeys();
    return (await jwtVerify(token, this.keys, options)).payload;
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

  private get issuer(): string {
    return this.authorizer.JwtConfiguration?.Issuer ?? "";
  }

  private async findKeys(): Promise<JWTVerifyGetKey> {
    const url = `${this.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const keysUrl = await this.reach(url, "OIDC discovery endpoint communication error", async () => {
      const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      const document = await response.json().catch((error: Error) => {
        if (error.name !== "SyntaxError") throw error;
      });
      const { data } = discovery.safeParse(document);
      if (!data) throw new Error("its answer is no JSON with a jwks_uri");
      return data.jwks_uri;
    });
    const keys = createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: PATIENCE_MS });
    return (header, token) => this.reach(keysUrl, "JWKS communication error", () => keys(header, token));
  }

  /** Throws an IssuerError unless the error is the token's. */
  private async reach<T>(url: string, description: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (TOKEN_ERRORS.some((type) => error instanceof type)) throw error;
      throw new IssuerError(
        `the issuer ${this.issuer} could not be reached at ${url}: ${describeCause(error as Error)}`,
        description,
      );
    }
  }
}

function describeCause(error: NodeJS.ErrnoException): string {
  if (error.name === "TimeoutError" || error instanceof errors.JWKSTimeout) {
    return `no answer within ${PATIENCE_MS / 1000} s`;
  }
  // `fetch failed` has the reason as its cause. After tries at several addresses, only the code has it.
  const cause = (error.cause ?? error) as NodeJS.ErrnoException;
  return (cause.message || cause.code || error.message).trim();
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
