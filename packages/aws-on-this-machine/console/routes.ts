import type { IncomingMessage } from "node:http";
import { UserError } from "@local/command-line/user-error";
import { z } from "zod";
import { decodePath } from "../gateway/request-event";
import { KEPT, MAX_LISTED, type RunningSystem } from "../system/running-system";
import { readEvent, readTestRequest } from "./bodies";
import { HttpError } from "./guards";
import { type Content, page, staticFiles } from "./static-files";

export interface Call {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  /** The part of the path in place of `<id>`. */
  readonly id: string;
}

/** Answers a call, or throws an `HttpError`. */
export type Handler = (call: Call) => Promise<Content>;

/** How many of the latest items, objects and log lines an answer has, unless the query says so. */
const DEFAULT_LIMIT = 20;

/** The handlers by method and path, such as `/api/runs/<id>`. */
export class Routes {
  private readonly handlers: ReadonlyMap<string, Handler>;

  constructor(source: RunningSystem) {
    const files = [...staticFiles()].map(([path, read]) => [`GET ${path}`, read] as const);
    this.handlers = new Map<string, Handler>([...files, ["GET /", page], ...Object.entries(apiOf(source))]);
  }

  /** Finds the handler for a method and a path, and the id in the path. Throws an `HttpError`. */
  find(method: string, path: string): { readonly handler: Handler; readonly id: string } {
    const { pattern, id } = this.has(path) ? { pattern: path, id: "" } : readPattern(path);
    // Node.js sends only the headers of an answer to HEAD.
    const handler = this.handlers.get(`${method === "HEAD" ? "GET" : method} ${pattern}`);
    if (handler) return { handler, id };
    if (!this.has(pattern)) throw new HttpError(404, `There is no ${path}.`);
    const allow = this.handlers.has(`GET ${pattern}`) ? "GET, HEAD" : "POST";
    throw new HttpError(405, `${path} takes ${allow} only.`, { allow });
  }

  private has(pattern: string): boolean {
    return this.handlers.has(`GET ${pattern}`) || this.handlers.has(`POST ${pattern}`);
  }
}

/** Reads the id in a path such as `/api/runs/<id>/replay`. */
function readPattern(path: string): { readonly pattern: string; readonly id: string } {
  const [, kind, text = "", rest = ""] = /^\/api\/(runs|dead-letters)\/([^/]+)(\/[^/]+)?$/.exec(path) ?? [];
  return { pattern: kind ? `/api/${kind}/<id>${rest}` : path, id: decodePath(text) };
}

function apiOf(source: RunningSystem): Record<string, Handler> {
  return {
    "GET /api/summary": () => answer(() => source.summary()),
    "GET /api/diagram": async () => ({ type: "image/svg+xml", body: await asked(() => source.diagram()) }),
    "GET /api/runs": ({ query }) => answer(() => source.runs(limitOf(query, KEPT))),
    "GET /api/runs/<id>": ({ id }) => answer(() => source.run(id), `There is no run ${id}, or not any more.`),
    "POST /api/runs/<id>/replay": ({ id }) =>
      answer(() => source.replay(id), `There is no run ${id}, or not any more.`),
    "GET /api/log": ({ query }) => answer(() => source.logLines(limitOf(query, KEPT))),
    "GET /api/metrics": () => answer(() => source.metrics()),
    "GET /api/items": ({ query }) => answer(() => source.items(limitOf(query, MAX_LISTED))),
    "GET /api/archived-log": ({ query }) => answer(() => source.archivedLog(limitOf(query, MAX_LISTED))),
    "GET /api/dead-letters": ({ query }) => answer(() => source.deadLetters(limitOf(query, MAX_LISTED))),
    "POST /api/dead-letters/<id>/put-back": ({ id }) =>
      answer(() => source.putBackDeadLetter(id), `There is no event ${id} in the queue.`),
    "POST /api/dead-letters/purge": () => answer(async () => ({ purged: await source.purgeDeadLetters() })),
    "POST /api/schedule": () => answer(() => source.fireSchedule()),
    "POST /api/requests": async ({ request }) => {
      const test = await readTestRequest(request);
      return answer(() => source.send(test));
    },
    "POST /api/invocations": async ({ request }) => {
      const event = await readEvent(request);
      return answer(() => source.invoke(event));
    },
  };
}

/** Answers with the system's value as JSON. Throws an `HttpError` with the reason if the value is undefined. */
async function answer(ask: () => unknown, missing = "There is none."): Promise<Content> {
  const value = await asked(async () => ask());
  if (value === undefined) throw new HttpError(404, missing);
  return json(value);
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof HttpError) throw error;
    // A UserError means that the system refuses the request.
    const status = error instanceof UserError ? 409 : 502;
    throw new HttpError(status, error instanceof Error ? error.message : String(error));
  }
}

/** Makes JSON of a value. The headers keep browsers from reading it as another type. */
export function json(value: unknown): Content {
  return { type: "application/json", body: JSON.stringify(value) };
}

function limitOf(query: URLSearchParams, max: number): number {
  const schema = z.coerce.number().int().min(1).max(max);
  const { success, data } = schema.safeParse(query.get("limit") ?? DEFAULT_LIMIT);
  if (success) return data;
  throw new HttpError(400, `limit: use a whole number from 1 to ${max}`);
}
