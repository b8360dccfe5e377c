import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  validateHeaderName,
  validateHeaderValue,
} from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { UserError } from "./user-error";

/** Headers that concern a connection and not the request: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
export const HOP_BY_HOP_HEADERS = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
] as const;

/** This machine alone. */
const LOOPBACK = "127.0.0.1";

/**
 * Starts a server on 127.0.0.1, which other machines cannot reach, or on another address of this machine. Port 0 takes any free
 * port. If the port is taken, throws a UserError, which names the command's option for the port.
 */
export async function listen(
  port: number,
  option: string,
  options: ServerOptions = {},
  host = LOOPBACK,
): Promise<Server> {
  const server = createServer(options).listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRNOTAVAIL") {
      throw new UserError(`${host} is no address of this machine; use 0.0.0.0 for all of its addresses.`);
    }
    const reason = error.code === "EADDRINUSE" ? "is taken" : `cannot be used (${error.code})`;
    throw new UserError(`Port ${port} ${reason}; choose another one with ${option}, where 0 takes any free one.`);
  });
  return server;
}

/** The server's URL for this machine. */
export function serverUrl(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return urlOf(["0.0.0.0", "::"].includes(address) ? LOOPBACK : address, port);
}

/** The server's URLs for other machines and for containers; none if only this machine reaches it. */
export function urlsForOthers(server: Server): string[] {
  const { address, port } = server.address() as AddressInfo;
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const served = own.filter(
    (each) => address === "::" || address === each.address || (address === "0.0.0.0" && each.family === "IPv4"),
  );
  // A link-local address needs the name of the network interface, which others have under another name.
  return served.filter((each) => !each.internal && !each.scopeid).map((each) => urlOf(each.address, port));
}

function urlOf(address: string, port: number): string {
  return `http://${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/**
 * Closes a server and its connections.
 *
 * @param graceMs the maximum wait for requests under way, in milliseconds; by default they are cut off
 */
export async function close(server: Server, graceMs = 0): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  // A connection that is kept alive becomes idle with its answer.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const end = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(end);
}

/**
 * Reads a request's body; returns `incomplete` if the client disconnects. Also reads a too large body to its end, because
 * a client that is still sending does not see the answer.
 */
export async function readBody(
  message: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | "too large" | "incomplete"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Each request of the local API waits for this; an iterator over the message would take longer.
  const isComplete = await new Promise<boolean>((done) => {
    message.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
    });
    message.once("end", () => done(true));
    message.once("close", () => done(false));
    if (message.closed) done(false);
  });
  if (!isComplete) return "incomplete";
  return bytes > maxBytes ? "too large" : Buffer.concat(chunks);
}

export function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
