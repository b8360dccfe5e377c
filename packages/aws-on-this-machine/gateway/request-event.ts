import { isUtf8 } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { HOP_BY_HOP_HEADERS } from "@local/command-line/server";
import type { DeployedApi, DeployedStage } from "../inventory/apis";
import { newTraceId } from "../runs/trace-id";
import type { AuthorizerContext } from "./authorizers/jwt-authorizer";
import { type FoundDomain, pathBelow } from "./domains/find-mapping";
import type { RouteMatch } from "./route";

/** Headers that the API removes or sets itself. */
const NOT_PASSED_ON = new Set<string>([
  ...HOP_BY_HOP_HEADERS,
  "cookie",
  "expect",
  "x-amzn-trace-id",
  "x-forwarded-for",
  "x-forwarded-port",
  "x-forwarded-proto",
]);

/** A request, without its body. */
export interface ApiRequest {
  /** API Gateway's request id: 15 base64 characters and `=`. */
  readonly requestId: string;
  /** Time of arrival, in milliseconds since 1970. */
  readonly time: number;
  readonly method: string;
  /** The path, decoded. */
  readonly path: string;
  readonly rawQueryString: string;
  /** By lower-case name. A comma joins the values of repeated headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** The same headers, with the values of repeated ones in a list. */
  readonly headerValues: Readonly<Record<string, readonly string[]>>;
  readonly cookies: readonly string[];
  readonly sourceIp: string;
  readonly protocol: string;
  /** Value of the header `x-amzn-trace-id`. */
  readonly traceId: string;
  /** The domain that it came to, and the path there, decoded; `undefined` at the API's own address. */
  readonly domain?: { readonly name: string; readonly path: string; readonly stage: string | undefined };
}

/** Reads a request's head. */
export function readRequest(message: IncomingMessage, now: number): ApiRequest {
  // A client may send a whole URI instead of a path: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
  const target = /^(?:https?:\/\/[^/?]*)?([^?]*)\??(.*)$/is;
  const [, rawPath, rawQueryString = ""] = target.exec(message.url ?? "") ?? [];
  const { cookies, values } = readHeaders(message.rawHeaders);
  const identity = newRequest(message.socket, now);
  const { sourceIp } = identity;
  const traceId = readTraceId(message.headers["x-amzn-trace-id"], now);
  const forwardedFor = message.headers["x-forwarded-for"];
  const headerValues = {
    ...values,
    "x-amzn-trace-id": [traceId],
    "x-forwarded-for": [forwardedFor ? `${forwardedFor}, ${sourceIp}` : sourceIp],
    "x-forwarded-port": [String(message.socket.localPort)],
    "x-forwarded-proto": ["http"],
  };
  return {
    ...identity,
    method: message.method ?? "GET",
    path: decodePath(rawPath || "/"),
    rawQueryString,
    headers: joinValues(headerValues),
    headerValues,
    cookies,
    protocol: `HTTP/${message.httpVersion}`,
    traceId,
  };
}

/** Makes the request that an API gets from its domain, whose header Host has no port. */
export function requestOfDomain(request: ApiRequest, { name, mapping }: FoundDomain): ApiRequest {
  const { path, headers, headerValues } = request;
  return {
    ...request,
    path: mapping ? pathBelow(mapping, path) : path,
    headers: { ...headers, host: name },
    headerValues: { ...headerValues, host: [name] },
    domain: { name, path, stage: mapping?.Stage },
  };
}

/** Makes a request without a readable head. The access log has `-` for the unknown values. */
export function unreadableRequest(socket: Socket, now: number): ApiRequest {
  const empty = { rawQueryString: "", headers: {}, headerValues: {}, cookies: [], traceId: "" };
  return { ...newRequest(socket, now), ...empty, method: "-", path: "-", protocol: "-" };
}

function newRequest(socket: Socket, time: number) {
  // A command would take an id with a hyphen at its beginning for an option.
  const requestId = `${randomBytes(11).toString("base64url").replace(/^-/, "A")}=`;
  return { requestId, time, sourceIp: (socket.remoteAddress ?? "").replace(/^::ffff:/, "") };
}

/** The API and its stage that a request has reached. */
export interface ServedAt extends Pick<DeployedApi, "accountId" | "api"> {
  readonly stage: DeployedStage;
  /** Without a port. */
  readonly domainName: string;
}

/**
 * Makes the event in payload format 2.0, without fields for missing parts of the request. Its paths lack that of a domain's
 * mapping. At a domain, they begin with the name of the stage, unless that is `$default`. API Gateway adds the body's length
 * where a client did not send it, such as 0 for a GET. The domain name has no port.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * @see https://github.com/aws/aws-lambda-java-libs/pull/230 for an event of a GET, as AWS sent it
 * @see https://github.com/CodeGenieApp/serverless-express/issues/465 for the paths at a domain
 */
export function makeEvent(
  request: ApiRequest,
  body: Buffer,
  { accountId, api, stage, domainName }: ServedAt,
  { route: { RouteKey: routeKey = "" }, pathParameters }: RouteMatch,
  authorizer: AuthorizerContext | undefined,
): object {
  const { text, isBase64Encoded } = encodeBody(request, body);
  const isBelowStage = request.domain && stage.StageName !== "$default";
  const path = isBelowStage ? `/${stage.StageName}${request.path}` : request.path;
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString: request.rawQueryString,
    ...(request.cookies.length > 0 ? { cookies: request.cookies } : {}),
    headers: { ...request.headers, "content-length": String(body.length) },
    ...(request.rawQueryString ? { queryStringParameters: readQuery(request.rawQueryString) } : {}),
    requestContext: {
      accountId,
      apiId: api.ApiId ?? "",
      ...(authorizer ? { authorizer: { jwt: authorizer.jwt, lambda: authorizer.lambda } } : {}),
      domainName,
      domainPrefix: domainName.split(".")[0],
      http: {
        method: request.method,
        path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: request.headers["user-agent"] ?? "",
      },
      requestId: request.requestId,
      routeKey,
      stage: stage.StageName ?? "",
      time: formatTime(request.time),
      timeEpoch: request.time,
    },
    ...(pathParameters ? { pathParameters } : {}),
    ...(Object.keys(stage.StageVariables ?? {}).length > 0 ? { stageVariables: stage.StageVariables } : {}),
    ...(text === undefined ? {} : { body: text }),
    isBase64Encoded,
  };
}

/** The body as the event has it; `undefined` if it is empty. */
export function encodeBody(
  { headers }: ApiRequest,
  body: Buffer,
): { readonly text?: string; readonly isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  // Text cannot hold bytes that are not UTF-8.
  const isText = isTextual(headers["content-type"]) && isUtf8(body);
  return { text: body.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
}

/** Formats a time for the access log, such as `01/Jan/2026:00:00:00 +0000`. */
export function formatTime(time: number): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(new Date(time).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

/** Reads raw headers, because Node.js drops some repeated headers. */
function readHeaders(rawHeaders: string[]): { values: Record<string, string[]>; cookies: string[] } {
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
  return { values: groupRepeats(pairs), cookies };
}

function readTraceId(header: string | string[] | undefined, now: number): string {
  if (typeof header === "string" && /^(.*;)?Root=1-/.test(header)) return header;
  return newTraceId(now);
}

/** Decodes a path; returns one that is not UTF-8, or has a stray percent sign, unchanged. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export function groupRepeats(pairs: Iterable<[string, string]>): Record<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const [name, value] of pairs) grouped.set(name, [...(grouped.get(name) ?? []), value]);
  return Object.fromEntries(grouped);
}

function joinValues(values: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.join(",")]));
}

function readQuery(rawQueryString: string): Record<string, string> {
  return joinValues(groupRepeats(new URLSearchParams(rawQueryString)));
}

/** Whether the event has the body as text. All other bodies are in base64. */
function isTextual(contentType = ""): boolean {
  return /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i.test(contentType);
}
