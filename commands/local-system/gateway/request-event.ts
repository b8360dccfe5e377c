import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Headers that end at the API, or that it sets itself. */
const NOT_PASSED_ON = new Set([
  "connection",
  "cookie",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-amzn-trace-id",
  "x-forwarded-for",
  "x-forwarded-port",
  "x-forwarded-proto",
]);

/** What the API knows of a request before it looks for a route. */
export interface ApiRequest {
  /** API Gateway's id of the request: 15 base64 characters and `=`. */
  readonly requestId: string;
  /** When it came, in milliseconds since 1970. */
  readonly time: number;
  readonly method: string;
  /** The path, decoded. */
  readonly path: string;
  readonly rawQueryString: string;
  /** By lower-case name; values of repeated headers are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly sourceIp: string;
  readonly protocol: string;
  /** Value of the header `x-amzn-trace-id`. */
  readonly traceId: string;
}

/** What makes an `ApiRequest` an event. */
export interface EventDetails {
  readonly accountId: string;
  readonly apiId: string;
  /** The API's own domain name. */
  readonly domainName: string;
  readonly stage: string;
  readonly stageVariables?: Readonly<Record<string, string>>;
  readonly routeKey: string;
  readonly pathParameters?: Readonly<Record<string, string>>;
  /** The verified claims and scopes, where the route has an authorizer. */
  readonly authorizer?: unknown;
  readonly body: Buffer;
}

/** Reads a request's head. */
export function readRequest(message: IncomingMessage, now: number): ApiRequest {
  const [, rawPath = "/", rawQueryString = ""] = /^([^?]*)\??(.*)$/s.exec(message.url ?? "/") ?? [];
  const { cookies, values } = readHeaders(message.rawHeaders);
  const sourceIp = (message.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  const traceId = readTraceId(message.headers["x-amzn-trace-id"], now);
  const forwardedFor = message.headers["x-forwarded-for"];
  return {
    requestId: `${randomBytes(11).toString("base64url")}=`,
    time: now,
    method: message.method ?? "GET",
    path: decodePath(rawPath),
    rawQueryString,
    headers: {
      ...values,
      "x-amzn-trace-id": traceId,
      "x-forwarded-for": forwardedFor ? `${forwardedFor}, ${sourceIp}` : sourceIp,
      "x-forwarded-port": String(message.socket.localPort),
      "x-forwarded-proto": "http",
    },
    cookies,
    sourceIp,
    protocol: `HTTP/${message.httpVersion}`,
    traceId,
  };
}

/**
 * Makes the event of payload format 2.0. What a request does not have is left out.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function makeEvent(request: ApiRequest, details: EventDetails): object {
  const { domainName, stage, routeKey, pathParameters, stageVariables, authorizer, body } = details;
  const query = joinRepeats(new URLSearchParams(request.rawQueryString));
  const isText = isTextual(request.headers["content-type"]);
  return {
    version: "2.0",
    routeKey,
    rawPath: request.path,
    rawQueryString: request.rawQueryString,
    ...(request.cookies.length > 0 ? { cookies: request.cookies } : {}),
    headers: request.headers,
    ...(request.rawQueryString ? { queryStringParameters: query } : {}),
    requestContext: {
      accountId: details.accountId,
      apiId: details.apiId,
      ...(authorizer ? { authorizer } : {}),
      domainName,
      domainPrefix: domainName.split(".")[0],
      http: {
        method: request.method,
        path: request.path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: request.headers["user-agent"] ?? "",
      },
      requestId: request.requestId,
      routeKey,
      stage,
      time: formatTime(request.time),
      timeEpoch: request.time,
    },
    ...(pathParameters ? { pathParameters } : {}),
    ...(stageVariables && Object.keys(stageVariables).length > 0 ? { stageVariables } : {}),
    ...(body.length > 0 ? { body: body.toString(isText ? "utf8" : "base64") } : {}),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** A time as access logs write it, such as `01/Jan/2026:00:00:00 +0000`. */
export function formatTime(time: number): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(new Date(time).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

/** Node.js drops or joins repeated headers in ways of its own: this reads them as they came. */
function readHeaders(rawHeaders: string[]): { values: Record<string, string>; cookies: string[] } {
  const pairs: [string, string][] = [];
  const cookies: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const value = Buffer.from(rawHeaders[index + 1] ?? "", "latin1").toString("utf8");
    if (name === "cookie") {
      cookies.push(...value.split(";").flatMap((cookie) => cookie.trim() || []));
    } else if (!NOT_PASSED_ON.has(name)) {
      pairs.push([name, value]);
    }
  }
  return { values: joinRepeats(pairs), cookies };
}

/** Keeps the caller's trace, or begins one. */
function readTraceId(header: string | string[] | undefined, now: number): string {
  if (typeof header === "string" && /^(.*;)?Root=1-/.test(header)) return header;
  return `Root=1-${Math.floor(now / 1000).toString(16)}-${randomBytes(12).toString("hex")}`;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // Not UTF-8, or a stray percent sign.
    return path;
  }
}

function joinRepeats(pairs: Iterable<[string, string]>): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

/** Whether a body goes to the function as text; every other body goes in base64. */
function isTextual(contentType = ""): boolean {
  return /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i.test(contentType);
}
