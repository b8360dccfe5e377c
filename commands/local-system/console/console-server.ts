import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { basename, extname, join } from "node:path";
import { z } from "zod";
import { PROJECT_FOLDER } from "../../cli/project";
import { isHeader, readBody } from "../../cli/server";
import type { RunningSystem, TestRequest } from "../system";

/** Its files are not compiled, so that `dist` has none of them. */
const FOLDER = join(PROJECT_FOLDER, "commands", "local-system", "console");
/** The stylesheet of the drawing in the page, and its colours. */
const DIAGRAM_STYLES = join(PROJECT_FOLDER, "commands", "diagram", "diagram.css");

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

const MAX_BODY_BYTES = 1024 * 1024;
/** How many of the latest items, objects and log lines are answered. */
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

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

interface Content {
  readonly type: string;
  readonly body: string | Buffer;
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
      const handler = handlerOf(routes, path, request.method);
      send(response, 200, await handler(request, new URLSearchParams(query)));
    } catch (error) {
      const { status, message, headers } = error instanceof Refusal ? error : new Refusal(500, String(error));
      send(response, status, json({ message }), headers);
    }
  });
}

function routesOf(source: RunningSystem): Routes {
  const folder = join(FOLDER, "browser");
  const files = [...readdirSync(folder).map((name) => join(folder, name)), DIAGRAM_STYLES];
  return new Map<string, Handler>([
    // No path that is asked for leads to another file.
    ...files.map((file): [string, Handler] => [`GET /${basename(file)}`, () => staticFile(file)]),
    ["GET /", () => page(source)],
    ["GET /api/summary", () => answer(source.summary())],
    ["GET /api/runs", async (_, query) => answer(Promise.resolve(source.runs(limitOf(query))))],
    ["GET /api/items", async (_, query) => answer(source.items(limitOf(query)))],
    ["GET /api/archived-log", async (_, query) => answer(source.archivedLog(limitOf(query)))],
    ["POST /api/schedule", () => answer(source.fireSchedule())],
    ["POST /api/requests", async (request) => answer(source.send(await testRequestOf(request)))],
  ]);
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

/** The page, with the diagram in it, or why there is none: the rest of it is of use without. */
async function page(source: RunningSystem): Promise<Content> {
  const html = await readFile(join(FOLDER, "console.html"), "utf8");
  const diagram = await source.diagram().catch((error) => `<p class="trouble">${escapeHtml(reason(error))}</p>`);
  return { type: "text/html", body: html.replace("<!-- diagram -->", () => diagram) };
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

async function staticFile(file: string): Promise<Content> {
  return { type: CONTENT_TYPES[extname(file)] ?? "text/plain", body: await readFile(file) };
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
