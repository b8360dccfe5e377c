import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type Answer, type OwnStatus, ownAnswer } from "./answer";
import { type ApiRequest, readRequest, unreadableRequest } from "./request-event";

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

/** Returns the status that refuses a request with a readable head; undefined for most requests. */
export function refuseHead({ httpVersion, headers, rawHeaders }: IncomingMessage): OwnStatus | undefined {
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return 400;
  // HTTP/1.0 has no chunks. The function could not see other codings.
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && (httpVersion === "1.0" || coding.toLowerCase() !== "chunked")) return 400;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
  if (hosts > 1 || (hosts === 0 && httpVersion === "1.1")) return 400;
  return headers.expect && !/^100-continue$/i.test(headers.expect) ? 417 : undefined;
}

/** Answers malformed requests. Node.js by itself would answer them without a line in the access log. */
export class MalformedRequests {
  /** Each resolves after the last write for the exchange. */
  private readonly exchanges = new WeakMap<Socket, Map<Exchange, Promise<void>>>();
  private readonly refused = new WeakSet<Socket>();

  constructor(private readonly onAnswer: (request: ApiRequest, answer: Answer) => void) {}

  serve(server: Server): void {
    // A client may close its side after its request, and still wait for the answer.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.on("clientError", ({ code }: NodeJS.ErrnoException, socket) => void this.refuse(socket as Socket, code));
    // Node.js would close the connection without an answer.
    server.on("connect", (message, socket) => {
      socket.on("error", () => socket.destroy());
      void this.refuse(socket as Socket, "", readRequest(message, Date.now()));
    });
  }

  /**
   * Remembers a request while it is received and answered. Resolves after the answers to the connection's earlier requests,
   * because a client may rely on their order. Resolves to false if one of these answers was the connection's last, or if
   * this request has meanwhile turned out to be malformed.
   */
  async begin(exchange: Exchange): Promise<boolean> {
    const { message, response } = exchange;
    const { socket } = message;
    const exchanges = this.exchanges.get(socket) ?? new Map<Exchange, Promise<void>>();
    const earlier = [...exchanges.values()].at(-1);
    let end = () => {};
    const ended = new Promise<void>((done) => {
      end = done;
    });
    this.exchanges.set(socket, exchanges.set(exchange, ended));
    response.once("close", end);
    void ended.then(() => exchanges.delete(exchange));
    await earlier;
    // An answer that is never sent has no event for its end.
    if (!socket.writable) end();
    return socket.writable && (message.complete || !this.refused.has(socket));
  }

  private async refuse(socket: Socket, code = "", unanswerable?: ApiRequest): Promise<void> {
    if (this.refused.has(socket)) return;
    this.refused.add(socket);
    const exchanges = [...(this.exchanges.get(socket) ?? [])];
    const broken = exchanges.find(([{ message }]) => !message.complete);
    // The answers to earlier requests on this connection come first.
    await Promise.all(exchanges.filter((each) => each !== broken).map(([, ended]) => ended));
    // The client has gone.
    if (!socket.writable || code === "ECONNRESET") return void socket.destroy();
    // The request's head has been refused.
    if (broken?.[0].response.headersSent) return;

    const request = unanswerable ?? broken?.[0].request ?? unreadableRequest(socket, Date.now());
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
