import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { HOP_BY_HOP_HEADERS } from "@local/command-line/server";
import { findByName } from "../inventory/find-by-name";
import type { RunRecord } from "../runs/run-record";
import type { TestAnswer, TestRequest } from "./running-system";
import type { ServedApi } from "./served-apis";

/** A request as it goes over the wire. */
interface RawRequest {
  readonly method: string;
  /** Path and query string. */
  readonly target: string;
  /** Names and values in turns. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Headers of the connection, and headers that the client sets itself. */
const OF_CONNECTION = new Set<string>([...HOP_BY_HOP_HEADERS, "content-length", "expect"]);

export function rawRequest({ method, path, headers = {}, body = "", isBase64Encoded }: TestRequest): RawRequest {
  return {
    method,
    target: escapeTarget(path),
    headers: Object.entries(headers).flat(),
    body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
}

/**
 * Escapes the characters that cannot be sent. `URL` would also read `//` as the beginning of a host, and resolve `..`.
 */
function escapeTarget(path: string): string {
  const [target = ""] = path.split("#");
  return target.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
}

/** Makes the same bytes as an earlier request; undefined if some of them were not kept. */
export function repeatedRequest({ request }: RunRecord): RawRequest | undefined {
  if (!request?.body.isWhole) return undefined;
  // The API may have another port now.
  const headers = withoutHeaders(request.rawHeaders, (name) => name === "host" && !request.isOfDomain);
  return { ...request, headers, body: request.body.read() };
}

/** Sends requests to the API. Unlike `fetch`, it adds no headers and changes no path. */
export class HttpClient {
  /** The ids of the runs that are being replayed, by the port of their new requests. */
  readonly replays = new Map<number | undefined, string>();

  /**
   * @param url where the API answers
   * @param replayOf the run that the request repeats
   */
  async send(url: string, { method, target, headers, body }: RawRequest, replayOf?: string): Promise<TestAnswer> {
    const { host, hostname, port } = new URL(url);
    const hasBody = body.length > 0 || !["GET", "HEAD", "DELETE", "OPTIONS"].includes(method);
    const length = hasBody ? ["content-length", String(body.length)] : [];
    const kept = withoutHeaders(headers, (name) => OF_CONNECTION.has(name));
    const hasHost = withoutHeaders(kept, (name) => name === "host").length < kept.length;
    const all = [...(hasHost ? [] : ["host", host]), ...kept, ...length];
    const options = { hostname, port, method, path: target, headers: all, agent: false };
    const request = httpRequest(options as object);
    // The awaited events reject with the error.
    request.on("error", () => {});
    const [socket] = (await once(request, "socket")) as [Socket];
    await once(socket, "connect");
    const { localPort } = socket;
    if (replayOf) this.replays.set(localPort, replayOf);
    try {
      const [response] = (await once(request.end(body), "response")) as [IncomingMessage];
      const requestId = String(response.headers["apigw-requestid"] ?? "");
      const text = (await buffer(response).catch(() => Buffer.alloc(0))).toString();
      return { status: response.statusCode ?? 0, requestId, body: text };
    } finally {
      this.replays.delete(localPort);
    }
  }
}

/** Leaves out headers by their lower-case names. */
function withoutHeaders(pairs: readonly string[], isLeftOut: (name: string) => boolean): string[] {
  return pairs.filter((_text, index) => !isLeftOut((pairs[index - (index % 2)] ?? "").toLowerCase()));
}

/** The URL of an API by its name or Terraform address, by default of the first one. */
export function findApiUrl(apis: readonly ServedApi[], name: string | undefined): string {
  const all = apis.map(({ deployed, url }) => ({ url, address: deployed.address, name: deployed.api.Name ?? "" }));
  if (name === undefined && all[0]) return all[0].url;
  return findByName(all, name ?? "", "API").url;
}
