import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { finished } from "node:stream/promises";
import { type Answer, type OwnStatus, ownAnswer } from "./answer";
import { type ApiRequest, unreadableRequest } from "./request-event";

/** The errors of Node.js's parser that are not answered with 400. */
const STATUS_OF_ERROR: Readonly<Record<string, OwnStatus>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** A request that is being received or answered. */
interface Exchange {
  readonly request: ApiRequest;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

/** Why a request is refused whose head can be read; undefined for most requests. */
export function refuseHead({ httpVersion, headers }: IncomingMessage): OwnStatus | undefined {
  if (httpVersion === "1.1" && headers.host === undefined) return 400;
  return headers.expect && !/^100-continue$/i.test(headers.expect) ? 417 : undefined;
}

/** Answers what is not an HTTP request. Node.js would do so by itself, and without a line in the access log. */
export class MalformedRequests {
  private readonly exchanges = new WeakMap<Socket, Set<Exchange>>();
  private readonly refused = new WeakSet<Socket>();

  /** @param onAnswer called with each answer */
  constructor(private readonly onAnswer: (request: ApiRequest, answer: Answer) => void) {}

  serve(server: Server): void {
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => void this.refuse(error, socket as Socket));
  }

  /** Remembers a request while it is received and answered. */
  watch(exchange: Exchange): void {
    const { socket } = exchange.message;
    const exchanges = this.exchanges.get(socket) ?? new Set();
    this.exchanges.set(socket, exchanges.add(exchange));
    exchange.response.once("close", () => exchanges.delete(exchange));
  }

  private async refuse({ code = "" }: NodeJS.ErrnoException, socket: Socket): Promise<void> {
    if (this.refused.has(socket)) return;
    this.refused.add(socket);
    const exchanges = [...(this.exchanges.get(socket) ?? [])];
    const broken = exchanges.find(({ message }) => !message.complete);
    // The answers to earlier requests on this connection come first.
    const earlier = exchanges.filter((exchange) => exchange !== broken);
    await Promise.allSettled(earlier.map(({ response }) => finished(response)));
    // The client has gone.
    if (!socket.writable || code === "ECONNRESET") return void socket.destroy();

    const request = broken?.request ?? unreadableRequest(socket, Date.now());
    const answer = ownAnswer(STATUS_OF_ERROR[code] ?? 400);
    const head = [
      `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`,
      "connection: close",
      ...Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`),
      `apigw-requestid: ${request.requestId}`,
      `content-length: ${answer.body.length}`,
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${answer.body}`, () => socket.destroy());
    this.onAnswer(request, answer);
  }
}
