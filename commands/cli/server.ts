import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  validateHeaderName,
  validateHeaderValue,
} from "node:http";
import type { AddressInfo } from "node:net";
import { UserError } from "./user-error";

/**
 * Takes a port of this machine, which nobody else can reach.
 *
 * @param port 0 takes any free one
 * @param option the option that chooses another port
 * @throws UserError where the port is taken
 */
export async function listen(port: number, option: string, options: ServerOptions = {}): Promise<Server> {
  const server = createServer(options);
  await new Promise<void>((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "EADDRINUSE" ? "is taken" : `cannot be used (${error.code})`;
      fail(new UserError(`Port ${port} ${reason}; choose another one with ${option}, where 0 takes any free one.`));
    });
    server.listen(port, "127.0.0.1", done);
  });
  return server;
}

/** Where a server answers. */
export function serverUrl(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Ends a server and its connections. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  server.closeAllConnections();
  await closed;
}

/**
 * Reads a request's body. What is too large is read to its end all the same: a client that is still sending would not
 * see the answer.
 *
 * @returns `incomplete` where the client has gone
 */
export async function readBody(
  message: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | "too large" | "incomplete"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
    }
  } catch {
    return "incomplete";
  }
  return bytes > maxBytes ? "too large" : Buffer.concat(chunks);
}

/** Whether HTTP allows a header. */
export function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
