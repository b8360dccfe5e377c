import type { IncomingMessage } from "node:http";
import { UserError } from "@local/command-line/user-error";
import { z } from "zod";
import { decodePath } from "../gateway/request-event";
import { KEPT, MAX_LISTED, type RunningSystem } from "../system/running-system";
import { readClaims, readEvent, readMessage, readTestRequest } from "./bodies";
import { HttpError } from "./guards";
import { type Content, page, staticFiles } from "./static-files";

export interface Call {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  /** The parts of the path in place of each `<>`. */
  readonly names: readonly string[];
}

/** Answers a call, or throws an `HttpError`. */
export type Handler = (call: Call) => Promise<Content>;

/** How many of the latest items, objects and log lines an answer has, unless the query says so. */
const DEFAULT_LIMIT = 20;

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: Handler;
}

/** The handlers by method and path, such as `GET /api/runs/<>`. */
export class Routes {
  private readonly routes: readonly Route[];

  constructor(source: RunningSystem) {
    const files = [...staticFiles()].map(([path, read]) => [`GET ${path}`, read] as const);
    const handlers: (readonly [string, Handler])[] = [...files, ["GET /", page], ...Object.entries(apiOf(source))];
    this.routes = handlers.map(([route, handler]) => {
      const [method = "", path = ""] = route.split(" ");
      return { method, segments: path.split("/"), handler };
    });
  }

  /** Finds the handler for a method and a path, and the names in the path. Throws an `HttpError`. */
  find(method: string, path: string): Pick<Call, "names"> & { readonly handler: Handler } {
    const parts = path.split("/");
    const fitting = this.routes.filter(({ segments }) => fits(segments, parts));
    if (fitting.length === 0) throw new HttpError(404, `There is no ${path}.`);
    // Node.js sends only the headers of an answer to HEAD.
    const route = fitting.find((each) => each.method === (method === "HEAD" ? "GET" : method));
    if (route) {
      const names = parts.filter((_part, index) => route.segments[index] === "<>").map(decodePath);
      return { handler: route.handler, names };
    }
    const allow = fitting.map((each) => (each.method === "GET" ? "GET, HEAD" : each.method)).join(", ");
    throw new HttpError(405, `${path} takes ${allow} only.`, { allow });
  }
}

function fits(segments: readonly string[], parts: readonly string[]): boolean {
  if (segments.length !== parts.length) return false;
  return segments.every((segment, index) => (segment === "<>" ? parts[index] !== "" : parts[index] === segment));
}

function apiOf(source: RunningSystem): Record<string, Handler> {
  return {
    "GET /api/summary": () => answer(() => source.summary()),
    "GET /api/diagram": async () => ({ type: "image/svg+xml", body: await asked(() => source.diagram()) }),
    "GET /api/metrics": () => answer(() => source.metrics()),
    "GET /api/log": ({ query }) => answer(() => source.logLines(limitOf(query, KEPT))),
    "GET /api/archived-log": ({ query }) => answer(() => source.archivedLog(limitOf(query, MAX_LISTED))),
    "GET /api/tables/<>/items": ({ names: [table = ""], query }) =>
      answer(() => source.items(table, limitOf(query, MAX_LISTED))),
    "POST /api/requests": async ({ request }) => {
      const test = await readTestRequest(request);
      return answer(() => source.send(test));
    },
    "POST /api/tokens": async ({ request }) => {
      const claims = await readClaims(request);
      return answer(async () => ({ token: await source.issueToken(claims) }));
    },
    "POST /api/functions/<>/invocations": async ({ names: [name = ""], request }) => {
      const event = await readEvent(request);
      return answer(() => source.invoke(name, event));
    },
    "POST /api/schedules/<>": ({ names: [name = ""] }) => answer(() => source.fireSchedule(name)),
    ...runsOf(source),
    ...queuesOf(source),
  };
}

function runsOf(source: RunningSystem): Record<string, Handler> {
  const missing = (id: string) => `There is no run ${id}, or not any more.`;
  return {
    "GET /api/runs": ({ query }) => answer(() => source.runs(limitOf(query, KEPT))),
    "GET /api/runs/<>": ({ names: [id = ""] }) => answer(() => source.run(id), missing(id)),
    "POST /api/runs/<>/replay": ({ names: [id = ""] }) => answer(() => source.replay(id), missing(id)),
  };
}

function queuesOf(source: RunningSystem): Record<string, Handler> {
  return {
    "GET /api/queues/<>/messages": ({ names: [queue = ""], query }) =>
      answer(() => source.messages(queue, limitOf(query, MAX_LISTED))),
    "POST /api/queues/<>/messages": async ({ names: [queue = ""], request }) => {
      const body = await readMessage(request);
      return answer(async () => ({ sent: 1, id: await source.sendMessage(queue, body) }));
    },
    "POST /api/queues/<>/messages/<>/put-back": ({ names: [queue = "", id = ""] }) =>
      answer(() => source.putBack(queue, id), `There is no message ${id} in the queue.`),
    "POST /api/queues/<>/purge": ({ names: [queue = ""] }) =>
      answer(async () => ({ purged: await source.purge(queue) })),
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
