import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { z } from "zod";
import { isHeader, readBody } from "../../cli/server";
import type { Change, RunningSystem, TestRequest } from "../system";
import { type Content, page, staticFiles } from "./static-files";

const MAX_BODY_BYTES = 1024 * 1024;
/** How many of the latest items, objects and log lines are answered. */
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 5000;

/** The page may load nothing from elsewhere, send nothing elsewhere, and be no part of a page from elsewhere. */
const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
};

/** What is asked for cannot be answered as asked. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

/** Answers a request, or throws a `Refusal`. */
type Handler = (request: IncomingMessage, query: URLSearchParams) => Promise<Content>;

/** The handlers by method and path, such as `GET /`. */
type Routes = ReadonlyMap<string, Handler>;

const limitSchema = z.coerce.number().int().min(1).max(MAX_LIMIT);

const testRequestSchema: z.ZodType<TestRequest> = z.strictObject({
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
  path: z.string().refine(
    // `//host/`, `/\host/` and the like would lead to another host.
    (path) => path.startsWith("/") && URL.canParse(path, "http://api") && new URL(path, "http://api").host === "api",
    { error: "use a path that begins with a single /" },
  ),
  headers: z
    .record(
      z.string().refine((name) => isHeader(name, ""), { error: "use a header name" }),
      z.string().refine((value) => isHeader("x", value), { error: "use a header value" }),
    )
    .optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
  replayOf: z.string().optional(),
});

/**
 * Serves the local console, its page and what that asks for, to the browsers of this machine and the pages of its own
 * origin only: it starts actions and shows what was sent to the API.
 *
 * @param server a server of 127.0.0.1, listening or not yet
 */
export function serveConsole(server: Server, source: RunningSystem): void {
  const routes = routesOf(source);
  server.on("request", async (request, response) => {
    try {
      // Not by URL, which would read `//` and `/./` as something else.
      const [path = "", query] = (request.url ?? "").split("?", 2);
      requireOwnOrigin(request, path);
      if (path === "/api/events") return streamChanges(source, response);
      const parts = path.split("/").map(decodeURIComponent);
      const byId = await answerById(source, request.method ?? "", parts);
      if (byId) return send(response, 200, byId);
      const handler = handlerOf(routes, path, request.method);
      send(response, 200, await handler(request, new URLSearchParams(query)));
    } catch (error) {
      const { status, message, headers } = error instanceof Refusal ? error : new Refusal(500, String(error));
      send(response, status, json({ message }), headers);
    }
  });
}

function routesOf(source: RunningSystem): Routes {
  return new Map<string, Handler>([
    ...[...staticFiles()].map(([path, read]): [string, Handler] => [`GET ${path}`, read]),
    ["GET /", page],
    ["GET /api/summary", () => answer(source.summary())],
    ["GET /api/runs", async (_, query) => json(source.runs(limitOf(query)))],
    ["GET /api/log", async (_, query) => json(source.logLines(limitOf(query)))],
    ["GET /api/metrics", async () => json(source.metrics())],
    ["GET /api/diagram", async () => ({ type: "image/svg+xml", body: await source.diagram() })],
    ["GET /api/dead-letters", async (_, query) => answer(source.deadLetters(limitOf(query)))],
    ["POST /api/dead-letters/purge", async () => answer(source.purgeDeadLetters())],
    [
      "POST /api/invocations",
      async (request) => answer(source.invoke(String(await readBody(request, MAX_BODY_BYTES)))),
    ],
    ["GET /api/items", async (_, query) => answer(source.items(limitOf(query)))],
    ["GET /api/archived-log", async (_, query) => answer(source.archivedLog(limitOf(query)))],
    ["POST /api/schedule", () => answer(source.fireSchedule())],
    ["POST /api/requests", async (request) => answer(source.send(await testRequestOf(request)))],
  ]);
}

async function answerById(source: RunningSystem, method: string, [, , kind, id = "", action]: string[]) {
  let found: unknown;
  if (kind === "runs" && id && method === "GET") found = await source.run(id);
  else if (kind === "runs" && action === "replay") found = await source.replay(id);
  else if (kind === "dead-letters" && action === "put-back") found = await source.putBackDeadLetter(id);
  else return undefined;
  if (!found) throw new Refusal(404, `${id} is not kept any more.`);
  return json(found);
}

function streamChanges(source: RunningSystem, response: ServerResponse): void {
  response.writeHead(200, { ...SECURITY_HEADERS, "content-type": "text/event-stream" });
  response.write(": open\n\n");
  let waiting: Change[] = [];
  const flush = () => {
    const batch = waiting;
    waiting = [];
    const of = { run: [] as unknown[], log: [] as unknown[], summary: [] as unknown[] };
    for (const change of batch)
      of[change.type].push("run" in change ? change.run : "line" in change ? change.line : change.summary);
    for (const [name, data] of Object.entries(of)) {
      if (data.length > 0) response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    }
  };
  const end = source.subscribe((change) => {
    if (waiting.push(change) === 1) setTimeout(flush, 50);
  });
  response.once("close", end);
}

/**
 * Keeps others out: other machines, and in the browser the pages of other origins, whether they call this address or a
 * name of their own that leads here (DNS rebinding). Programs on this machine, such as curl, may ask.
 */
function requireOwnOrigin({ socket, headers }: IncomingMessage, path: string): void {
  const { remoteAddress = "", localPort } = socket;
  const host = headers.host?.toLowerCase() ?? "";
  const isFromHere = /^(127\.|::1$|::ffff:127\.)/.test(remoteAddress);
  const isToHere = ["127.0.0.1", "localhost", "[::1]"].some((name) => host === `${name}:${localPort}`);
  const isOwnOrigin = headers.origin === undefined || headers.origin === `http://${host}`;
  // A link from elsewhere may lead to the page, but to nothing else.
  const isCrossSite = path !== "/" && ["cross-site", "same-site"].includes(String(headers["sec-fetch-site"]));
  if (!isFromHere || !isToHere || !isOwnOrigin || isCrossSite) {
    throw new Refusal(403, "The local console answers this machine and its own page only.");
  }
}

function handlerOf(routes: Routes, path: string, method = ""): Handler {
  // Of an answer to HEAD Node.js sends only the headers.
  const handler = routes.get(`${method === "HEAD" ? "GET" : method} ${path}`);
  if (handler) return handler;
  const allow = routes.has(`GET ${path}`) ? "GET, HEAD" : "POST";
  if (allow === "POST" && !routes.has(`POST ${path}`)) throw new Refusal(404, `There is no ${path}.`);
  throw new Refusal(405, `${path} takes ${allow} only.`, { allow });
}

function limitOf(query: URLSearchParams): number {
  const { success, data } = limitSchema.safeParse(query.get("limit") ?? DEFAULT_LIMIT);
  if (success) return data;
  throw new Refusal(400, `limit: use a whole number from 1 to ${MAX_LIMIT}`);
}

async function testRequestOf(request: IncomingMessage): Promise<TestRequest> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === "too large") throw new Refusal(413, `The body is longer than ${MAX_BODY_BYTES} bytes.`);
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw new Refusal(400, "The body is not valid JSON.");
  }
  const { success, data, error } = testRequestSchema.safeParse(value);
  if (success) return data;
  const issues = error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": "));
  throw new Refusal(400, issues.join("; "));
}

async function answer(result: Promise<unknown>): Promise<Content> {
  try {
    return json(await result);
  } catch (error) {
    throw new Refusal(502, reason(error));
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function json(value: unknown): Content {
  return { type: "application/json", body: JSON.stringify(value) };
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
