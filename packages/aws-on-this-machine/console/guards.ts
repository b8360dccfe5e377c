import type { IncomingMessage } from "node:http";

/** The page loads and sends data only within its own origin. No page of another origin can embed it. */
export const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
};

export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

/**
 * Refuses other machines and pages of other origins, also if a page calls a name of its own that leads here (DNS rebinding).
 * Programs on this machine, such as curl, have access.
 */
export function requireOwnOrigin({ socket, headers }: IncomingMessage, path: string): void {
  const { remoteAddress = "", localPort } = socket;
  const host = headers.host?.toLowerCase() ?? "";
  const isFromHere = /^(127\.|::1$|::ffff:127\.)/.test(remoteAddress);
  const isToHere = ["127.0.0.1", "localhost", "[::1]"].some((name) => host === `${name}:${localPort}`);
  const isOwnOrigin = headers.origin === undefined || headers.origin === `http://${host}`;
  // A link of another origin may lead to the page, but to no other path.
  const isCrossSite = path !== "/" && ["cross-site", "same-site"].includes(String(headers["sec-fetch-site"]));
  if (!isFromHere || !isToHere || !isOwnOrigin || isCrossSite) {
    throw new HttpError(403, "The local console answers this machine and its own page only.");
  }
}
