import type { Server, ServerResponse } from "node:http";
import type { RunningSystem } from "../system/running-system";
import { EventStream } from "./event-stream";
import { HttpError, requireOwnOrigin, SECURITY_HEADERS } from "./guards";
import { json, Routes } from "./routes";
import type { Content } from "./static-files";

const EVENTS = "/api/events";

/**
 * Serves the local console, its page and its data. Only browsers on this machine and pages of its own origin have
 * access, because it starts actions and shows requests to the API.
 *
 * @param server a server of 127.0.0.1, listening or not yet
 */
export function serveConsole(server: Server, source: RunningSystem): void {
  const routes = new Routes(source);
  const events = new EventStream(source);
  server.on("request", async (request, response) => {
    try {
      // URL would change `//` and `/./`.
      const [path = "", query] = (request.url ?? "").split("?", 2);
      requireOwnOrigin(request, path);
      if (path === EVENTS && request.method === "GET") return events.serve(response);
      if (path === EVENTS) throw new HttpError(405, `${path} takes GET only.`, { allow: "GET" });
      const { handler, names } = routes.find(request.method ?? "", path);
      send(response, 200, await handler({ request, query: new URLSearchParams(query), names }));
    } catch (error) {
      const { status, message, headers } = error instanceof HttpError ? error : new HttpError(500, String(error));
      send(response, status, json({ message }), headers);
    }
  });
}

function send(response: ServerResponse, status: number, { type, body }: Content, headers = {}): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    ...headers,
    "content-type": `${type}; charset=utf-8`,
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
