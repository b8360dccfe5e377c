import { request as httpRequest } from "node:http";
import { buffer } from "node:stream/consumers";
import { HOP_BY_HOP_HEADERS } from "../cli/server";
import type { RunRecord } from "./runs/run-record";
import type { TestAnswer, TestRequest } from "./system";

/** A request as it goes over the wire. */
interface RawRequest {
  readonly method: string;
  /** Path and query string. */
  readonly target: string;
  /** Names and values in turns. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** What belongs to a connection, or is set anew. */
const OF_CONNECTION = new Set<string>([...HOP_BY_HOP_HEADERS, "content-length", "expect"]);

/** Makes the bytes of a test request. */
export function rawRequest({ method, path, headers = {}, body = "", isBase64Encoded }: TestRequest): RawRequest {
  const { pathname, search } = new URL(path, "http://api");
  return {
    method,
    target: pathname + search,
    headers: Object.entries(headers).flat(),
    body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
}

/** Makes the same bytes as an earlier request; nothing if not all of them are kept. */
export function repeatedRequest({ request }: RunRecord): RawRequest | undefined {
  if (!request?.body.isWhole) return undefined;
  const headers = withoutHeaders(request.rawHeaders, (name) => name === "host");
  return { ...request, headers, body: request.body.read() };
}

/** Sends a request to the API at a URL. Unlike `fetch`, it adds no headers and changes no path. */
export async function sendRequest(url: string, { method, target, headers, body }: RawRequest): Promise<TestAnswer> {
  const { host, hostname, port } = new URL(url);
  const hasBody = body.length > 0 || !["GET", "HEAD", "DELETE", "OPTIONS"].includes(method);
  const length = hasBody ? ["content-length", String(body.length)] : [];
  const kept = withoutHeaders(headers, (name) => OF_CONNECTION.has(name));
  const hasHost = withoutHeaders(kept, (name) => name === "host").length < kept.length;
  const all = [...(hasHost ? [] : ["host", host]), ...kept, ...length];
  return new Promise((done, fail) => {
    const options = { hostname, port, method, path: target, headers: all, agent: false };
    httpRequest(options as object, async (response) => {
      const requestId = String(response.headers["apigw-requestid"] ?? "");
      const text = (await buffer(response).catch(() => Buffer.alloc(0))).toString();
      done({ status: response.statusCode ?? 0, requestId, body: text });
    })
      .once("error", fail)
      .end(body);
  });
}

/** Leaves out headers by their lower-case names. */
function withoutHeaders(pairs: readonly string[], isLeftOut: (name: string) => boolean): string[] {
  return pairs.filter((_text, index) => !isLeftOut((pairs[index - (index % 2)] ?? "").toLowerCase()));
}
