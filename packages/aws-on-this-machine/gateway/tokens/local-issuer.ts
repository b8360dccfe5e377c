import { randomUUID } from "node:crypto";
import { UserError } from "@local/command-line/user-error";
import { decodeProtectedHeader, generateKeyPair, type JWTPayload, type KeyLike, SignJWT } from "jose";
import type { DeployedApi } from "../../inventory/apis";

const ALGORITHM = "RS256";

const VALID_SECONDS = 3600;

/**
 * Issues tokens that only the gateway of this process trusts, in place of the deployed issuer. Its keys exist in memory only.
 */
export class LocalIssuer {
  /** Tells its tokens from those of the deployed issuer. */
  private readonly keyId = `local-${randomUUID()}`;
  private keys: Promise<{ readonly publicKey: KeyLike; readonly privateKey: KeyLike }> | undefined;

  /**
   * Issues a token for one hour. The claims that are not given are as an API's authorizer requires them: the one with the
   * issuer in the claim `iss`, by default the first. Throws a UserError if the APIs have no such authorizer.
   */
  async issue(apis: readonly DeployedApi[], claims: JWTPayload = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const required = requiredClaims(apis, claims.iss);
    const payload = { ...required, sub: "local", iat: now, exp: now + VALID_SECONDS, ...claims };
    const { privateKey } = await this.keyPair();
    return new SignJWT(payload).setProtectedHeader({ alg: ALGORITHM, kid: this.keyId }).sign(privateKey);
  }

  /** The key to verify a token with; `undefined` if another issuer has signed it. */
  async keyOf(token: string): Promise<KeyLike | undefined> {
    try {
      if (decodeProtectedHeader(token).kid !== this.keyId) return undefined;
    } catch {
      return undefined;
    }
    return (await this.keyPair()).publicKey;
  }

  private keyPair() {
    this.keys ??= generateKeyPair(ALGORITHM);
    return this.keys;
  }
}

function requiredClaims(apis: readonly DeployedApi[], issuer: string | undefined): JWTPayload {
  const all = apis.flatMap(({ routes, authorizers }) => authorizers.map((authorizer) => ({ routes, authorizer })));
  const found = all.find(
    ({ authorizer: { AuthorizerType, JwtConfiguration } }) =>
      AuthorizerType === "JWT" && (issuer === undefined || JwtConfiguration?.Issuer === issuer),
  );
  if (!found) {
    const which = issuer === undefined ? "a JWT authorizer" : `an authorizer with the issuer ${issuer}`;
    throw new UserError(`No route has ${which}, so that no token is needed.`);
  }
  const { authorizer, routes } = found;
  const { Issuer, Audience = [] } = authorizer.JwtConfiguration ?? {};
  const guarded = routes.filter(({ AuthorizerId }) => AuthorizerId === authorizer.AuthorizerId);
  const scopes = new Set(guarded.flatMap(({ AuthorizationScopes }) => AuthorizationScopes ?? []));
  return {
    ...(Issuer === undefined ? {} : { iss: Issuer }),
    aud: Audience.length === 1 ? (Audience[0] as string) : [...Audience],
    ...(scopes.size > 0 ? { scope: [...scopes].join(" ") } : {}),
  };
}
